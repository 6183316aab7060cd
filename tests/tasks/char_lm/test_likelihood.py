"""Bits per character, against values worked by hand."""

import numpy as np
import pytest
from seqtasks.tasks.char_lm.likelihood import BitsPerCharacter


def test_a_uniform_model_over_eight_symbols_has_three_bits():
    metric = BitsPerCharacter()
    metric.update_state(np.zeros(6, "int32"), np.zeros((6, 8), "float32"))
    assert float(metric.result()) == pytest.approx(3)


def test_weights_of_zero_leave_characters_out():
    metric = BitsPerCharacter()
    logits = np.zeros((2, 4), "float32")
    logits[1, 0] = 50  # certain, and wrong
    metric.update_state(np.array([1, 1]), logits, sample_weight=np.array([1.0, 0.0]))
    assert float(metric.result()) == pytest.approx(2)


def test_it_is_a_mean_over_characters_and_not_over_batches():
    metric = BitsPerCharacter()
    metric.update_state(np.zeros(3, "int32"), np.zeros((3, 2), "float32"))
    metric.update_state(np.zeros(1, "int32"), np.zeros((1, 32), "float32"))
    assert float(metric.result()) == pytest.approx((3 * 1 + 5) / 4)
