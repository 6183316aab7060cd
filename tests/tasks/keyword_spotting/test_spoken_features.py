import numpy as np
from seqtasks.tasks.keyword_spotting.recordings import Recordings
from seqtasks.tasks.keyword_spotting.spoken_features import (
    Spoken,
    speech_analysis,
    spoken_features,
    thirds,
)
from speech_writer import tone

from seqtasks.task import Source

ANALYSIS = speech_analysis(16_000, 24)


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
    spoken = Spoken(frames, np.array([6, 1]), np.array([0, 1]), np.zeros((2, 4)))
    # means of 0 and 1, of 2 and 3, of 4 and 5; then three times the only frame
    assert thirds(spoken).tolist() == [
        [0.5, 5, 2.5, 25, 4.5, 45],
        [6, 60, 6, 60, 6, 60],
    ]
    two = Spoken(frames[:2], np.array([2]), np.array([0]), np.zeros((1, 4)))
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
