"""Seconds of training in place of epochs, on a clock that the test moves."""

import itertools
import math

import pytest
from kills import TINY, Killed, Killing

from seqtasks.store import Store
from seqtasks.training.callback import TimeBudget
from seqtasks.training.run import run
from seqtasks.training.settings import resolve_settings
from seqtasks.training.state import TrainState

SMALL = {"cell": "elman", "optimizer": "sgd", "implementation": "projected"}


def budget_of(learning_rate, schedule):
    """A budget of 10 seconds."""
    given = {"seconds": 10.0, "learning_rate": learning_rate, "schedule": schedule}
    return TimeBudget(resolve_settings(FakeTask(), "fake", given))


def test_the_first_step_of_a_shape_compiles_and_is_not_counted():
    budget, state = budget_of(0.1, "constant"), TrainState()
    for seconds, rows in ((100.0, 8), (4.0, 8), (100.0, 2), (5.0, 8)):
        budget.count(state, seconds, (rows, 20))
    assert budget.left(state) == 1.0
    assert budget.not_counted == (
        "Not counted in the budget of 10 s: the first steps on 2 shapes of batches, "
        "200.0 s, and validation."
    )
    again = budget_of(0.1, "constant")  # in another process, that compiles anew
    again.count(state, 100.0, (8, 20))
    assert again.left(state) == 1.0
    again.count(state, 2.0, (8, 20))
    assert again.left(state) == -1.0
    assert again.new_rate(state) is None


def test_a_cosine_follows_the_seconds():
    budget = budget_of(0.2, "cosine")
    assert budget.new_rate(TrainState(budget_seconds=0.0)) is None
    assert budget.new_rate(TrainState(budget_seconds=2.5)) == pytest.approx(
        0.1 * (1 + math.sqrt(0.5))
    )
    assert budget.new_rate(TrainState(budget_seconds=5.0)) == pytest.approx(0.1)
    assert budget.new_rate(TrainState(budget_seconds=5.001)) is None
    assert budget.new_rate(TrainState(budget_seconds=12.0)) == pytest.approx(0.0)


@pytest.fixture
def tenths(monkeypatch):
    """Each reading of the clock is a tenth of a second later; a step is one."""
    readings = itertools.count()
    monkeypatch.setattr(
        "seqtasks.training.callback.time.perf_counter", lambda: next(readings) / 10
    )


def test_the_budget_ends_the_run_which_is_validated_where_it_stands(tenths, tmp_path):
    store, settings = Store(tmp_path), {**SMALL, "seconds": 0.95}
    with pytest.raises(Killed):
        run(
            TINY, store=store, display=Killing(8), checkpoint_every="1 step", **settings
        )
    display = Killing(10**9)
    result = run(TINY, store=store, display=display, **settings)
    assert "from epoch 2, step 8;" in display.sentences[0]
    assert display.sentences[-1] == (
        "Not counted in the budget of 0.95 s: the first step on 1 shape of batches, "
        "0.1 s, and validation."
    )
    # free are, in the first process, step 1 and the epoch's last, smaller batch, and in
    # the other step 9: 6 of the one are counted and 4 of the other
    assert (result.status, result.steps, result.resumed) == ("finished", 13, 1)
    assert [entry["epoch"] for entry in result.history] == [1, 2]
    assert "validation_accuracy" in result.history[-1]
    assert set(result.metrics) == {"train", "validation", "test"}
    assert result.settings["seconds"] == 0.95
    assert result.settings["epochs"] is None
    rates = [entry["learning_rate"] for entry in result.history]
    assert rates[0] == pytest.approx(0.005 * (1 + math.cos(math.pi * 0.5 / 0.95)), 0.02)
    assert rates[1] == pytest.approx(0.005 * (1 + math.cos(math.pi * 0.9 / 0.95)), 0.02)


@pytest.mark.slow
def test_a_budget_of_less_than_a_step_is_timed_out(tenths, tmp_path):
    store = Store(tmp_path)
    result = run(TINY, store=store, seconds=0.05, **SMALL)
    assert (result.status, result.steps) == ("timed_out", 2)
    assert result.reason == (
        f"The budget of 0.05 s was over in epoch 1 at step 2, training loss "
        f"{result.last_loss:.4f}, before anything could be validated."
    )
    assert result.metrics == {}
    assert store.find("tiny") == result
    assert not store.checkpoints.exists()


class FakeTask:
    epochs, units, layers, batch_size = 5, 8, 1, 4
    optimizer, learning_rate, schedule, clip_norm = "adam", 0.1, "cosine", 1.0
    causal = False


def test_seconds_take_the_place_of_epochs():
    settings = resolve_settings(FakeTask(), "fake", {"seconds": 3.0, "epochs": 7})
    assert (settings.seconds, settings.epochs) == (3.0, None)
    assert resolve_settings(FakeTask(), "fake", {}).epochs == 5
