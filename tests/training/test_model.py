"""The model of a task: what its layers compute in, and how they run."""

import dataclasses
from pathlib import Path

import keras
import pytest

from seqtasks.registry import CELLS
from seqtasks.training.experiment import build_task, find_task
from seqtasks.training.model import build_model
from seqtasks.training.settings import Settings

TINY = str(Path(__file__).parents[1] / "tiny_task.py")
SETTINGS = {
    "units": 3,
    "layers": 2,
    "bidirectional": False,
    "epochs": 1,
    "batch_size": 4,
    "optimizer": "adam",
    "learning_rate": 0.01,
    "schedule": "constant",
    "clip_norm": 1.0,
}
BATCH = {"inputs": keras.ops.ones((4, 8, 2))}


def model(cell="gru", **settings):
    return build_model(
        build_task(*find_task(TINY, {}), seed=0),
        CELLS.find(cell).load(),
        Settings(**SETTINGS | settings),
        BATCH,
    )


@pytest.mark.parametrize("bidirectional", [False, True])
@pytest.mark.parametrize("cell", ["lstm", "keras_lstm"])
def test_mixed_precision_is_that_of_the_recurrent_layers_alone(cell, bidirectional):
    built = model(cell, precision="mixed_bfloat16", bidirectional=bidirectional)
    assert keras.config.dtype_policy().name == "float32"
    for layer in built.loops:
        assert layer.compute_dtype == layer.cell.compute_dtype == "bfloat16"
    first, last = built.recurrence
    assert keras.backend.standardize_dtype(last(first(BATCH["inputs"])).dtype) == (
        "bfloat16"
    )
    assert built.head.compute_dtype == "float32"
    assert keras.backend.standardize_dtype(built(BATCH).dtype) == "float32"
    assert {weight.dtype for weight in built.trainable_variables} == {"float32"}


def test_the_same_initial_weights_in_either_precision():
    narrow, wide = model(precision="mixed_bfloat16"), model()
    for ours, theirs in zip(narrow.get_weights(), wide.get_weights(), strict=True):
        assert (ours == theirs).all()


def test_the_policy_is_put_back_if_a_cell_cannot_be_made():
    task = build_task(*find_task(TINY, {}), seed=0)
    settings = Settings(**SETTINGS | {"precision": "mixed_bfloat16"})
    with pytest.raises(ZeroDivisionError):
        build_model(task, lambda units: 1 / 0, settings, BATCH)
    assert keras.config.dtype_policy().name == "float32"


@pytest.mark.parametrize("bidirectional", [False, True])
def test_the_loop_that_is_asked_for_runs(bidirectional):
    built = model(implementation="keras", bidirectional=bidirectional)
    assert len(built.loops) == (4 if bidirectional else 2)
    assert built.implementation_used == ""  # nothing of the run has happened
    built(BATCH)
    assert built.implementation_used == "keras"
    built.loops[0].implementation = "projected"
    built(BATCH)
    assert built.implementation_used == "projected, keras"


def test_a_head_of_layers_is_not_warned_of_a_mask():
    task = build_task(
        *find_task(TINY, {"each_step": True, "lengths": "varying"}), seed=0
    )
    task = dataclasses.replace(task, head=keras.Sequential([keras.layers.Dense(2)]))
    batch = {**BATCH, "mask": keras.ops.ones((4, 8), "bool")}
    # a warning is an error in these tests
    built = build_model(task, CELLS.find("gru").load(), Settings(**SETTINGS), batch)
    assert built(batch).shape == (4, 8, 2)
