"""What a drummer plays in a MIDI file, frame by frame."""

import functools
import io
from typing import Any

import numpy as np

from seqtasks.data.damage import DamagedError
from seqtasks.errors import UsageError

FRAMES_PER_SECOND = 20

# the drums of a Roland TD-11, by MIDI number: rims with their drums, but for the
# cross-stick, and the foot's hi-hat apart from the stick's
_PADS = {
    "kick": (35, 36),
    "snare": (38, 40),
    "cross-stick": (37,),
    "high tom": (48, 50),
    "middle tom": (45, 47),
    "low tom": (41, 43, 58),
    "closed hi-hat": (22, 42),
    "foot hi-hat": (44,),
    "open hi-hat": (26, 46),
    "crash": (49, 52, 55, 57),
    "ride": (51, 59),
    "bell": (53,),
}
DRUMS = (*_PADS, "other")
_OTHER = len(_PADS)
_DRUM_OF = {
    number: index for index, numbers in enumerate(_PADS.values()) for number in numbers
}
_TEMPO = 500_000  # microseconds a beat, until a file says another
_MOST_SECONDS = 24 * 3600  # of a piece; more is a damaged file


def drum_frames(content: bytes) -> np.ndarray:
    """How hard each drum is hit in each twentieth of a second.

    Args:
        content: A MIDI file.

    Returns:
        ``(frames, len(DRUMS))``, float32, from 0 to 1: the largest velocity, 0 for no
        hit. The last frame holds the last hit.

    Raises:
        DamagedError: If it is no MIDI file, or has no notes.
        UsageError: If mido is not installed.
    """
    hits = _hits(content)
    if not hits:
        raise DamagedError("no notes")
    seconds, numbers, velocities = (np.array(part) for part in zip(*hits, strict=True))
    if seconds[-1] > _MOST_SECONDS:
        raise DamagedError("it lasts longer than a day")
    frame = np.floor(seconds * FRAMES_PER_SECOND + 1e-9).astype(int)
    drum = np.array([_DRUM_OF.get(number, _OTHER) for number in numbers])
    frames = np.zeros((frame.max() + 1, len(DRUMS)), np.float32)
    np.maximum.at(frames, (frame, drum), velocities.astype(np.float32) / 127)
    return frames


def _hits(content: bytes) -> list[tuple[float, int, int]]:
    """Time in seconds, MIDI number and velocity of each note, in order of time."""
    mido = _import_mido()
    try:
        file = mido.MidiFile(file=io.BytesIO(content))
        # merging copies each message, which takes as long as reading it
        one = len(file.tracks) == 1
        messages = file.tracks[0] if one else mido.merge_tracks(file.tracks)
        ticks_per_beat = file.ticks_per_beat
    # a damaged file makes it raise whatever its parsing comes to
    except Exception as error:
        said = str(error).rstrip(".")
        raise DamagedError(f"no MIDI file: {said or type(error).__name__}") from error
    # a division of 0 or below counts by the frames of a film
    if file.type == 2 or ticks_per_beat <= 0:
        raise DamagedError("its times are not in beats")
    seconds, tempo, hits = 0.0, _TEMPO, []
    for message in messages:
        seconds += message.time * tempo / ticks_per_beat / 1e6
        if message.type == "set_tempo":
            tempo = message.tempo
        elif message.type == "note_on" and message.velocity:
            hits.append((seconds, message.note, message.velocity))
    return hits


@functools.cache
def _import_mido() -> Any:
    try:
        import mido
    except ImportError as error:
        raise UsageError(
            "Reading MIDI needs mido, which is not installed: "
            "`pip install seqtasks[music]`."
        ) from error
    return mido
