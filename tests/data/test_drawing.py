import numpy as np
import pytest

from seqtasks.data.drawing import draw


def test_temperature_nought_takes_the_most_likely():
    rng = np.random.default_rng(0)
    assert draw(np.array([0.0, 2.0, 1.0]), 0, rng) == 1


@pytest.mark.parametrize(("temperature", "share"), [(1, 0.75), (0.5, 0.9)])
def test_symbols_come_as_often_as_the_logits_give(temperature, share):
    # p = 1/4, 3/4, and squared and normalized 1/10, 9/10
    rng = np.random.default_rng(0)
    logits = np.log([1.0, 3.0])
    drawn = [draw(logits, temperature, rng) for _ in range(4_000)]
    assert np.mean(drawn) == pytest.approx(share, abs=0.02)
