"""What ten drummers played, as MIDI (groove), and how hard each drum is hit."""

import functools
import io
from collections.abc import Callable

import numpy as np
from seqtasks.tasks.chords.music_clips import Clip, Music, chosen_label, whole_clip

from seqtasks.data.damage import DamagedError, read_whole
from seqtasks.data.sources import prepared
from seqtasks.errors import UsageError
from seqtasks.task import Source, Split

FRAMES_PER_SECOND = 20
TEMPI = ("below 80", "80 to 99", "100 to 119", "120 to 139", "140 and more")

_TEMPO_BORDERS = (80, 100, 120, 140)

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
_TEMPO = 500_000  # microseconds a beat, until a file sets another
_MOST_SECONDS = 24 * 3600  # of a piece; more is a damaged file


def groove(label: str) -> Music:
    """What ten drummers played, as MIDI, through TensorFlow Datasets.

    The splits are the official ones, by piece. Most sessions of a drummer have pieces
    in several of them. The label is ``style``, the first, ``tempo`` or ``metre``.
    """
    label = chosen_label(label, ("style", "tempo", "metre"), "groove")
    licence = "CC BY 4.0"
    # without it the five gigabytes of sound would be asked for too
    needs = "-midionly.zip"
    builder = prepared("groove/full-midionly", licence=licence, needs=needs)
    features = builder.info.features
    names = {
        "style": features["style"]["primary"].names,
        "tempo": TEMPI,
        "metre": features["time_signature"].names,
    }
    class_of: dict[str, Callable[[dict], int]] = {
        "style": lambda piece: piece["style"]["primary"],
        "tempo": lambda piece: np.searchsorted(_TEMPO_BORDERS, piece["bpm"], "right"),
        "metre": lambda piece: piece["time_signature"],
    }

    @functools.cache
    def load(split: Split) -> tuple[Clip, ...]:
        pieces = builder.as_dataset(split=split).as_numpy_iterator()
        # by name: the order of TensorFlow Datasets is that of its hashes
        ordered = sorted(pieces, key=lambda piece: piece["id"])
        whole, _ = read_whole(
            ordered,
            lambda piece: drum_frames(piece["midi"]),
            lambda piece: piece["id"].decode(),
            "pieces",
            builder.data_path,
        )
        return tuple(
            whole_clip(piece["id"].decode(), frames, int(class_of[label](piece)))
            for piece, frames in whole
        )

    return Music(
        load,
        tuple(names[label]),
        FRAMES_PER_SECOND,
        False,
        Source("groove", "drummers, as MIDI", licence, builder.info.homepage),
    )


def drum_frames(content: bytes) -> np.ndarray:
    """How hard each drum is hit in each twentieth of a second.

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
    try:
        import mido
    except ImportError as error:
        raise UsageError(
            "Reading MIDI needs mido, which is not installed: "
            "`pip install seqtasks[music]`."
        ) from error
    try:
        file = mido.MidiFile(file=io.BytesIO(content))
        # merging copies each message, which takes as long as reading it
        one = len(file.tracks) == 1
        messages = file.tracks[0] if one else mido.merge_tracks(file.tracks)
        ticks_per_beat = file.ticks_per_beat
    # a damaged file makes it raise whatever its parsing comes to
    except Exception as error:
        reason = str(error).rstrip(".")
        raise DamagedError(f"no MIDI file: {reason or type(error).__name__}") from error
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
