"""A few steps, measured; the clock decides nothing here but that it goes on."""

import dataclasses
from pathlib import Path

import keras
import pytest

from seqtasks.store import Store
from seqtasks.sweep import measure as module
from seqtasks.sweep.measure import measure
from seqtasks.training.display import Display
from seqtasks.training.experiment import Experiment
from seqtasks.training.machine import environment
from seqtasks.training.run_writer import make_result
from seqtasks.training.state import TrainState

TINY = str(Path(__file__).parents[1] / "tiny_task.py")
SETTINGS = {"implementation": "projected"}


def experiment(seed=0, **settings):
    return Experiment.resolve(
        TINY,
        "elman",
        options={"lengths": "varying"},
        settings=SETTINGS | settings,
        seed=seed,
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("results"))


@pytest.fixture(scope="module")
def of_steps(store):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(module, "_SECONDS", 0.0)
        made = experiment(early_stopping=1)
        return made, measure(made, store, Display())


def test_steps_are_measured_and_nothing_is_written(of_steps, store):
    made, found = of_steps
    assert found.basis == "steps"
    assert found.epochs == made.settings.epochs
    # may stop early, and nobody knows when
    assert found.is_upper
    for name in ("train_seconds", "score_seconds", "measured_seconds"):
        assert getattr(found, name) > 0
    assert found.peak_memory_bytes > 2**20
    assert not list(store.folder.glob("*.json*"))
    assert not store.checkpoints.exists()


def test_rows_of_other_seeds_are_better_than_steps(of_steps, store):
    made, _ = of_steps
    name = f"{made.task_entry.name}-elman-s0-20260101T000000-abcdef"
    row = make_result(name, made, environment(), TrainState())
    row = dataclasses.replace(
        row,
        seconds=60.0,
        history=[{"epoch": 1.0}],
        created="2026-01-01T00:01:30+00:00",
        peak_memory_bytes=2**60,
    )
    store.write(row)
    other = dataclasses.replace(made, seed=1)
    vars(other).update(vars(made))
    vars(other)["seed"] = 1
    del vars(other)["run_key"]
    found = measure(other, store, Display())
    assert (found.basis, found.count, found.run_key["seed"]) == ("rows", 1, 1)
    assert (found.train_seconds, found.score_seconds) == (60, 30)
    assert found.peak_memory_bytes == 2**60
    # of another machine, or another configuration, a row shows nothing
    for field in ({"device": "another"}, {"fingerprint": "another"}):
        assert not module._is_same(dataclasses.replace(row, **field), made)
    # one epoch of two was trained
    assert module._share([row], made) == 0.5
    assert module._end_seconds(dataclasses.replace(row, resumed=1)) is None
    assert module._end_seconds(dataclasses.replace(row, run="x")) is None


def test_batches_of_the_smallest_to_the_largest_shape_are_measured():
    shapes = [(8, 3), (8, 9), (8, 3), (4, 9), (8, 5), (8, 7), (8, 6)]
    chosen = list(module._of_each_shape(shapes))
    assert chosen[0] == 1
    assert chosen[-1] == 0
    assert len(chosen) == module._MOST_SHAPES
    assert list(module._of_each_shape([(8, 3)] * 5)) == [0]


@pytest.mark.parametrize(
    ("sizes", "seconds", "line"),
    [
        ([1, 2, 3], [3, 5, 7], (1, 2)),
        ([4, 4], [3, 5], (4, 0)),
        # noise gives no time that is below 0
        ([1, 2, 3], [3, 2, 1], (2, 0)),
        ([1, 2, 3], [0, 2, 4], (0, 1)),
    ],
)
def test_the_seconds_of_a_batch_are_a_line_over_its_size(sizes, seconds, line):
    assert module._line(sizes, seconds) == pytest.approx(line)


def test_the_timer_asks_for_the_loss_of_each_batch():
    timer = module._Timer()
    assert isinstance(timer, keras.callbacks.Callback)
    timer.on_train_batch_end(0, {"loss": 1.0})
    timer.on_test_batch_end(0, {"loss": 1.0})
    assert len(timer.moments) == 2
