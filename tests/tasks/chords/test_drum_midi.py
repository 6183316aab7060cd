import sys

import numpy as np
import pytest
from music_writer import drum_midi
from seqtasks.tasks.chords import drum_midi as module
from seqtasks.tasks.chords.drum_midi import DRUMS, drum_frames

from seqtasks.data.damage import DamagedError
from seqtasks.errors import UsageError

pytest.importorskip("mido")


def test_hits_by_hand():
    # at 120 beats a minute a beat of 480 ticks is half a second, ten frames
    content = drum_midi(
        [
            (0, 36, 127),
            (0, 42, 64),
            (24, 36, 100),  # 25 ms later, in the same frame, but softer
            (48, 40, 32),  # 50 ms: the rim of the snare, in the next one
            (480, 38, 0),  # a velocity of 0 ends a note
            (960, 99, 127),
        ]
    )
    frames = drum_frames(content)
    assert frames.shape == (21, 13)
    assert frames.dtype == np.float32
    expected = np.zeros((21, 13))
    expected[0, DRUMS.index("kick")] = 1
    expected[0, DRUMS.index("closed hi-hat")] = 64 / 127
    expected[1, DRUMS.index("snare")] = 32 / 127
    expected[20, DRUMS.index("other")] = 1
    np.testing.assert_allclose(frames, expected, rtol=1e-6)


def test_tempo_decides_the_time():
    hits = [(0, 36, 100), (480, 38, 100), (960, 38, 100)]
    slow, fast = (drum_frames(drum_midi(hits, tempo)) for tempo in (1_000_000, 300_000))
    assert np.flatnonzero(slow[:, 1]).tolist() == [20, 40]
    assert np.flatnonzero(fast[:, 1]).tolist() == [6, 12]


def test_each_pad_has_a_drum():
    pads = [22, 26, *range(36, 60)]
    hits = [(480 * index, pad, 100) for index, pad in enumerate(pads)]
    drums = drum_frames(drum_midi(hits))[::10].argmax(axis=1)
    named = dict(zip(pads, (DRUMS[drum] for drum in drums), strict=True))
    assert named[36] == "kick"
    assert named[37] == "cross-stick"
    assert named[38] == named[40] == "snare"
    assert named[42] == named[22] == "closed hi-hat"
    assert named[46] == named[26] == "open hi-hat"
    assert named[44] == "foot hi-hat"
    assert named[51] == named[59] == "ride"
    assert named[49] == named[57] == "crash"
    assert named[56] == "other"


def test_files_that_are_damaged():
    whole = drum_midi([(0, 36, 100), (480, 36, 100)])
    for content, why in (
        (drum_midi([]), "no notes"),
        (drum_midi([(0, 36, 0)]), "no notes"),
        (b"", "no MIDI file: EOFError"),
        (b"RIFF" + whole, "no MIDI file: MThd not found. Probably not a MIDI file"),
        (whole[:-8], "no MIDI file: EOFError"),
        (drum_midi([(0, 36, 100)], ticks_per_beat=-480), "its times are not in beats"),
        (drum_midi([(2**27, 36, 100)]), "it lasts longer than a day"),
    ):
        with pytest.raises(DamagedError) as error:
            drum_frames(content)
        assert str(error.value) == why


def test_without_mido(monkeypatch):
    monkeypatch.setitem(sys.modules, "mido", None)
    module._import_mido.cache_clear()
    with pytest.raises(UsageError) as error:
        drum_frames(b"")
    assert str(error.value) == (
        "Reading MIDI needs mido, which is not installed: "
        "`pip install seqtasks[music]`."
    )
    module._import_mido.cache_clear()
