"""Killed at random moments and resumed, a run ends in the bits of one never killed."""

import kills
import numpy as np
import pytest

from seqtasks.training import callback
from seqtasks.training.experiment import Experiment


@pytest.mark.parametrize("case", kills.CASES)
def test_many_kills_change_no_bit(case, tmp_path):
    killed, same = kills.compared(case, tmp_path, seed=3, trials=1)
    assert same == 1
    assert killed >= 3


@pytest.mark.slow
def test_partial_sums_are_a_part_of_it(tmp_path, monkeypatch):
    """The comparison sees it if they are lost: an epoch's loss is another."""
    monkeypatch.setattr(callback.TrainingCallback, "on_epoch_begin", lambda *_: None)
    _, same = kills.compared("lengths that vary", tmp_path, seed=3, trials=1)
    assert same == 0


@pytest.mark.parametrize("case", kills.CASES)
def test_the_rest_of_an_epoch_is_that_of_the_whole(case, tmp_path):
    task, options, settings = kills.CASES[case](kills.text_of(tmp_path / "book.txt"))
    one = Experiment.resolve(task, "gru", options=options, settings=settings, seed=4)
    whole = [*one.pipeline.train(1).as_numpy_iterator()]
    steps = one.pipeline.steps
    assert len(whole) == steps
    for start in (1, steps - 1):
        rest = one.pipeline.train(1, start=start)
        assert int(rest.cardinality()) == steps - start
        for batch, expected in zip(
            rest.as_numpy_iterator(), whole[start:], strict=True
        ):
            np.testing.assert_equal(batch, expected)
