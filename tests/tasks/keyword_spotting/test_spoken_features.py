"""Features of recordings, altered copies of them, and the means of their thirds."""

import numpy as np
import pytest
from seqtasks.tasks.keyword_spotting import spoken_features as module
from seqtasks.tasks.keyword_spotting.recordings import Recordings
from seqtasks.tasks.keyword_spotting.spoken_features import (
    SpokenFeatures,
    altered,
    speech_analysis,
    spoken_features,
    thirds,
)
from speech_writer import tone

from seqtasks.data.spectrum import Analysis, log_mel
from seqtasks.task import Source

ANALYSIS = speech_analysis(16_000, 24)


FINE = Analysis(rate=16_000, window=512, hop=160, bands=40, low=0, high=7600)
KINDS = ("_SPEED", "_PACE", "_TILT", "_MASK")


def features_of(*samples, coefficients=0, center=False, copies=0):
    recordings = Recordings(
        lambda split: iter([(one, index) for index, one in enumerate(samples)]),
        16_000,
        ("a", "b"),
        Source("made", "tones", "no rights"),
    )
    return spoken_features(
        recordings, "train", ANALYSIS, coefficients, center, copies, 0
    )


def test_frames_are_of_32_ms_one_each_10_ms():
    assert (ANALYSIS.window, ANALYSIS.hop, ANALYSIS.high) == (512, 160, 7600)
    assert speech_analysis(8000, 24).window == 256


def test_thirds_by_hand():
    frames = np.arange(7.0)[:, None] * [1, 10]
    spoken = SpokenFeatures(
        frames, np.array([6, 1]), np.array([0, 1]), np.zeros((2, 4))
    )
    # means of 0 and 1, of 2 and 3, of 4 and 5; then three times the only frame
    assert thirds(spoken).tolist() == [
        [0.5, 5, 2.5, 25, 4.5, 45],
        [6, 60, 6, 60, 6, 60],
    ]
    two = SpokenFeatures(frames[:2], np.array([2]), np.array([0]), np.zeros((1, 4)))
    assert np.isfinite(thirds(two)).all()


def test_what_is_far_below_the_loudest_is_silence():
    found = features_of(tone(800), 0.1 * tone(800))
    first, second = np.split(found.frames, 2)
    np.testing.assert_allclose(first, second, atol=1e-3)
    assert found.frames.min() == found.frames.max() - 50


def test_spectra_are_means_and_deviations_before_centring():
    centred = features_of(tone(800, 0.5), center=True, coefficients=10)
    plain = features_of(tone(800, 0.5), coefficients=10)
    expected = [*plain.frames.mean(axis=0), *plain.frames.std(axis=0)]
    np.testing.assert_allclose(centred.spectra[0], expected, rtol=1e-4)
    np.testing.assert_allclose(centred.frames.mean(axis=0), 0, atol=1e-4)
    assert plain.frames.shape[1] == 10


def test_copies_follow_their_recording():
    found = features_of(tone(800), tone(400), copies=2)
    assert found.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert len(found.lengths) == len(found.spectra) == 6
    assert found.lengths.sum() == len(found.frames)


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


def copies(samples, count=20):
    rng = np.random.default_rng(0)
    return [altered(samples, FINE, rng) for _ in range(count)]


def test_with_nothing_altered_the_frames_are_the_recordings(only):
    only("nothing")
    samples = tone(1000)
    (frames,) = copies(samples, 1)
    loud = log_mel(samples, FINE)
    assert frames.dtype == np.float32
    np.testing.assert_allclose(frames[loud > -60], loud[loud > -60], atol=0.1)
    assert altered(np.zeros(1), FINE, np.random.default_rng(0)).shape == (1, 40)


def test_speed_moves_pitch_and_length_together(only):
    only("_SPEED")
    samples = tone(1000, seconds=0.5)
    made = copies(samples)
    whole = len(log_mel(samples, FINE))
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
    plain = log_mel(samples, FINE)
    slopes = [(frames - plain).mean(axis=0) for frames in copies(samples)]
    for slope in slopes:
        line = np.linspace(slope[0], slope[-1], 40)
        np.testing.assert_allclose(slope, line, atol=0.1)
        assert abs(slope[0]) <= 4.1
    lifted = [slope[0] for slope in slopes]
    assert min(lifted) < -2 < 2 < max(lifted)


def test_a_span_is_hidden_under_the_mean(only):
    only("_MASK")
    samples = np.random.default_rng(1).normal(0, 0.1, 16_000)
    plain = log_mel(samples, FINE)
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
