"""Loss and metrics of frames of several keys, worked by hand."""

import math

import keras
import numpy as np
import pytest
from seqtasks.tasks.music_lm.polyphony import (
    FrameAccuracy,
    FrameLikelihood,
    KeysCrossentropy,
)


def log_odds(*probabilities):
    return np.log(np.array(probabilities) / (1 - np.array(probabilities)))


CAME = np.array([[1.0, 0, 0], [1, 1, 0], [0, 0, 0]])
TOLD = np.array(
    [log_odds(0.75, 0.5, 0.1), log_odds(0.2, 0.9, 0.6), log_odds(0.5, 0.01, 0.3)]
)
# -log of the probability of each key's state, added up
NATS = [
    -math.log(0.75 * 0.5 * 0.9),
    -math.log(0.2 * 0.9 * 0.4),
    -math.log(0.5 * 0.99 * 0.7),
]


def test_the_loss_of_a_frame_is_that_of_all_its_keys():
    loss = KeysCrossentropy()
    each = keras.ops.convert_to_numpy(loss.call(CAME[None], TOLD[None]))
    assert each.shape == (1, 3)
    np.testing.assert_allclose(each[0], NATS, rtol=1e-5)


def test_the_likelihood_is_the_mean_over_frames_that_count():
    metric = FrameLikelihood()
    metric.update_state(CAME[:2], TOLD[:2], sample_weight=[1, 1])
    metric.update_state(CAME[2:], TOLD[2:], sample_weight=[0])
    assert float(metric.result()) == pytest.approx(sum(NATS[:2]) / 2, rel=1e-5)


def test_the_accuracy_counts_notes_over_all_frames():
    metric = FrameAccuracy()
    # the first frame: one note, foretold; the second: one foretold, one missed, one
    # too many; the third: nothing
    metric.update_state(CAME, TOLD)
    assert float(metric.result()) == pytest.approx(2 / 4)
    metric.reset_state()
    assert float(metric.result()) == 0
    metric.update_state(CAME, TOLD, sample_weight=[1, 0, 1])
    assert float(metric.result()) == 1
    metric.update_state(CAME[1:2], TOLD[1:2], sample_weight=[2])
    # a weight of two is a frame that is there twice
    assert float(metric.result()) == pytest.approx(3 / 7)


def test_they_are_made_again_from_their_configuration():
    for made in (KeysCrossentropy(), FrameLikelihood("a"), FrameAccuracy("b")):
        again = type(made).from_config(made.get_config())
        assert again.name == made.name
