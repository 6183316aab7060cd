"""The model of a task: what its layers compute in, and how they run."""

import dataclasses

import keras
import numpy as np
import pytest
import tensorflow as tf
from tiny_task import tiny_task

from seqtasks.registry import CELLS
from seqtasks.training.model import SequenceModel, build_model, compile_model
from seqtasks.training.settings import resolve_settings

BATCH = {"inputs": keras.ops.ones((4, 8, 2))}


def model(cell="gru", make=None, **settings):
    keras.utils.set_random_seed(0)
    task = tiny_task()
    resolved = resolve_settings(task, "tiny", {"units": 3, "layers": 2, **settings})
    return build_model(task, make or CELLS.find(cell).load(), resolved, BATCH)


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


def test_a_step_is_that_of_keras_to_the_bit(monkeypatch):
    inputs, targets = np.ones((4, 8, 2)), np.array([0, 1, 1, 0])
    batches = tf.data.Dataset.from_tensors(({"inputs": inputs}, targets)).repeat(3)
    found = []
    for ours in (True, False):
        monkeypatch.setattr(SequenceModel, "_steps_are_ours", ours)
        built = model()
        compile_model(built, tiny_task(), keras.optimizers.SGD(0.1))
        history = built.fit(batches, shuffle=False, verbose=0).history
        scores = built.evaluate(batches, verbose=0)
        built.train_on_batch({"inputs": inputs}, targets)
        found.append((history, scores, [w.tolist() for w in built.get_weights()]))
    assert found[0] == found[1]


def test_the_policy_is_put_back_if_a_cell_cannot_be_made():
    with pytest.raises(ZeroDivisionError):
        model(make=lambda units: 1 / 0, precision="mixed_bfloat16")
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
    head = keras.Sequential([keras.layers.Dense(2)])
    task = dataclasses.replace(tiny_task("varying", each_step=True), head=head)
    batch = {**BATCH, "mask": keras.ops.ones((4, 8), "bool")}
    # a warning is an error in these tests
    settings = resolve_settings(task, "tiny", {})
    built = build_model(task, CELLS.find("gru").load(), settings, batch)
    assert built(batch).shape == (4, 8, 2)
