import numpy as np
import pytest
from seqtasks.tasks.keyword_spotting import altered as module
from seqtasks.tasks.keyword_spotting.altered import altered
from speech_writer import tone

from seqtasks.data.spectrum import Analysis, log_mel

ANALYSIS = Analysis(rate=16_000, window=512, hop=160, bands=40, low=0, high=7600)
KINDS = ("_SPEED", "_PACE", "_TILT", "_MASK")


@pytest.fixture
def only(monkeypatch):
    """Turns off all alterations but one."""

    def set_only(kind):
        for other in KINDS:
            if other != kind:
                monkeypatch.setattr(module, other, 0.0)
        if kind != "_NOISE":
            monkeypatch.setattr(module, "_NOISE", (-150.0, -150.0))

    return set_only


def copies(samples, count=30):
    rng = np.random.default_rng(0)
    return [altered(samples, ANALYSIS, rng) for _ in range(count)]


def test_with_nothing_altered_the_frames_are_the_recordings(only):
    only("nothing")
    samples = tone(1000)
    (frames,) = copies(samples, 1)
    loud = log_mel(samples, ANALYSIS)
    assert frames.dtype == np.float32
    np.testing.assert_allclose(frames[loud > -60], loud[loud > -60], atol=0.1)


def test_speed_moves_pitch_and_length_together(only):
    only("_SPEED")
    samples = tone(1000, seconds=0.5)
    made = copies(samples)
    whole = len(log_mel(samples, ANALYSIS))
    lengths = np.array([len(frames) for frames in made])
    loudest = np.array([frames.mean(axis=0).argmax() for frames in made])
    assert whole / 1.25 < lengths.min() < whole / 1.1
    assert 1.1 * whole < lengths.max() < 1.25 * whole
    # the shorter, the higher
    assert np.corrcoef(lengths, loudest)[0, 1] < -0.9


def test_pace_changes_the_length_alone(only):
    only("_PACE")
    made = copies(tone(1000, seconds=0.5))
    assert len({len(frames) for frames in made}) > 10
    assert len({int(frames.mean(axis=0).argmax()) for frames in made}) == 1


def test_tilt_lifts_one_end_over_the_other(only):
    only("_TILT")
    samples = np.random.default_rng(1).normal(0, 0.1, 4000)
    plain = log_mel(samples, ANALYSIS)
    slopes = [(frames - plain).mean(axis=0) for frames in copies(samples)]
    for slope in slopes:
        np.testing.assert_allclose(
            slope, np.linspace(slope[0], slope[-1], 40), atol=0.1
        )
        assert abs(slope[0]) <= 4.1
    assert (
        min(slope[0] for slope in slopes) < -2 < 2 < max(slope[0] for slope in slopes)
    )


def test_a_span_is_hidden_under_the_mean(only):
    only("_MASK")
    samples = np.random.default_rng(1).normal(0, 0.1, 16_000)
    plain = log_mel(samples, ANALYSIS)
    hidden = [
        np.flatnonzero(np.abs(frames - plain.mean(axis=0)).max(axis=1) < 0.1)
        for frames in copies(samples)
    ]
    assert max(map(len, hidden)) > 0.08 * len(plain)
    assert max(map(len, hidden)) <= 0.16 * len(plain)
    for span in hidden:
        assert (np.diff(span) == 1).all()


def test_noise_fills_silence(only):
    only("_NOISE")
    made = copies(tone(1000))
    quiet = [frames[:, -5:].mean() for frames in made]
    assert min(quiet) > -85
    assert max(quiet) - min(quiet) > 10


def test_the_shortest_of_recordings():
    assert altered(np.zeros(1), ANALYSIS, np.random.default_rng(0)).shape == (1, 40)
