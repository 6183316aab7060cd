"""What the kills of a sweep must not leave, without the kills."""

import dataclasses

import numpy as np
import pytest
from results_factory import result

from seqtasks.store import Store
from seqtasks.testing import sweep_kills
from seqtasks.testing.sweep_kills import KilledSweep, problems_of
from seqtasks.training.weights import save_weights

SWEEP = KilledSweep(cells=("gru",), seeds=2)


@pytest.fixture
def stores(tmp_path):
    """The sweep that was never killed and one that was, with the same two rows."""
    found = Store(tmp_path / "whole"), Store(tmp_path / "killed")
    for store in found:
        for seed in range(2):
            _write(store, result(0.5, seed=seed))
    return found


def _write(store, row, weight=1.0):
    store.write(row)
    save_weights(store.weights_path(row.run), [np.array([weight])])


def test_what_is_the_same_has_no_problems(stores):
    assert problems_of(SWEEP, *stores) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda store, row: store.path(row.run).unlink(),
            "There is no row of the cell gru with seed 1.",
        ),
        (
            lambda store, row: _write(store, dataclasses.replace(row, run="twice")),
            "There are 2 rows of the cell gru with seed 1: probe-gru-s1 (finished), tw",
        ),
        (
            lambda store, row: _write(store, dataclasses.replace(row, status="failed")),
            "There are 1 rows of the cell gru with seed 1: probe-gru-s1 (failed).",
        ),
        (
            lambda store, row: _write(store, row, 1.0 + 2**-52),
            "probe-gru-s1 differs from the run that was never killed: weights.",
        ),
        (
            lambda store, row: _write(store, dataclasses.replace(row, steps=99)),
            "probe-gru-s1 differs from the run that was never killed: steps.",
        ),
        (
            lambda store, row: store.checkpoints_path("left").mkdir(parents=True),
            "holds left at the end.",
        ),
    ],
)
def test_a_row_that_lacks_or_is_there_twice_or_has_other_bits(stores, change, sentence):
    whole, killed = stores
    change(killed, result(0.5, seed=1))
    (problem,) = problems_of(SWEEP, whole, killed)
    assert sentence in problem


def test_a_sweep_that_lacks_rows_itself_proves_nothing(stores):
    assert problems_of(dataclasses.replace(SWEEP, seeds=3), *stores) == [
        "Expected 3 rows of the sweep that is never killed; there are 2."
    ]


def test_a_sweep_that_does_not_finish_is_no_tally(tmp_path, monkeypatch):
    monkeypatch.setattr(sweep_kills, "_MOST_CALLS", 1)
    sweep = KilledSweep(task="nothing")
    with pytest.raises(sweep_kills.ChildFailedError, match="There is no task 'nothi"):
        sweep_kills.kill_sweeps(sweep, 1, 0, tmp_path, [].append)
