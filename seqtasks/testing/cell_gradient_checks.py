"""Checks of a cell's weights: names, gradients, types."""

import collections
from typing import Any

import keras
import numpy as np

from seqtasks.recurrence.rnn import RNN
from seqtasks.testing.cell_behaviour_checks import whole_mask
from seqtasks.testing.cell_subject import (
    TIME,
    CellSubject,
    ProbeModel,
    as_list,
    computing_in,
    initial_states,
    same,
    to_numpy,
)
from seqtasks.testing.checking import NotApplicable, raised


def weights_have_names_of_their_own(subject: CellSubject) -> str | None:
    """Weights are saved by path, so that two of one path lose each other."""
    counts = collections.Counter(weight.path for weight in subject.cell.weights)
    for path, count in counts.items():
        if count > 1:
            return (
                f"Expected each weight to have a name of its own; {count} are named "
                f"{path!r}. Give add_weight a name."
            )
    return None


def every_weight_gets_a_gradient(subject: CellSubject) -> str | None:
    """Training reaches every trainable weight."""
    for name, gradient in _gradients(subject, whole_mask()).items():
        if not np.all(np.isfinite(gradient)):
            return (
                f"Expected finite gradients; that of the weight {name!r} has NaN or "
                "infinity. Search for a square root, a division or a logarithm at "
                "zero."
            )
        if not np.any(gradient):
            return (
                f"Expected a gradient for each trainable weight; that of {name!r} is "
                f"zero. Use the weight in call, let nothing round or stop the "
                f"gradient, or make the weight with trainable=False."
            )
    return None


def padding_keeps_gradients_finite(subject: CellSubject) -> str | None:
    """Zeros behind the end of a sequence do no harm on the way back."""
    mask = whole_mask()
    mask[:, TIME // 2 :] = False
    for name, gradient in _gradients(subject, mask).items():
        if not np.all(np.isfinite(gradient)):
            return (
                f"Expected finite gradients when a sequence is padded with zeros; that "
                f"of the weight {name!r} has NaN or infinity. Keep a division by the "
                f"inputs' norm away from zero with an epsilon."
            )
    return None


def mixed_precision_keeps_its_type(subject: CellSubject) -> str | None:
    """Under ``mixed_bfloat16`` outputs and states are bfloat16, weights float32."""
    with computing_in("mixed_bfloat16"):
        cell = subject.construct()
        inputs = keras.ops.cast(subject.inputs[:, 0], "bfloat16")
        states = initial_states(cell)
        output, new_states = cell(inputs, states)
        outputs = RNN(cell)(subject.inputs)
    for what, tensor in [
        ("an output", output),
        ("the output of seqtasks.RNN(cell)", outputs),
        *(("a state", state) for state in keras.tree.flatten(new_states)),
    ]:
        dtype = keras.backend.standardize_dtype(tensor.dtype)
        if dtype != "bfloat16":
            return (
                f"Expected {what} of type bfloat16 under the policy mixed_bfloat16; "
                f"received {dtype}. Make constants with self.compute_dtype."
            )
    for weight in cell.trainable_weights:
        if keras.backend.standardize_dtype(weight.dtype) != "float32":
            return (
                f"Expected weights of type float32 under the policy mixed_bfloat16; "
                f"{weight.path!r} is {weight.dtype}. Give add_weight no dtype."
            )
    return None


def _gradients(subject: CellSubject, mask: np.ndarray) -> dict[str, np.ndarray]:
    """The gradient of each trainable weight, by path."""
    inputs = np.where(mask[..., np.newaxis], subject.inputs, np.float32(0))
    gradients = subject.model.gradients(inputs, mask, subject.targets)
    return {
        weight.path: gradients[weight.path] for weight in subject.cell.trainable_weights
    }


# the gradient of a direction, by central differences: its error is the square of this
_STEP = 1e-4
# XLA takes its time for each length; a product of a few steps has all there is
_FEW = 3


def compiles_with_xla(subject: CellSubject) -> str | NotApplicable | None:
    """A step compiled by XLA gives what it gives eagerly."""
    if keras.backend.backend() != "tensorflow":
        return NotApplicable("graph mode is XLA on this backend, and was checked")
    inputs = keras.ops.convert_to_tensor(subject.inputs[:, 2])
    try:
        compiled = _compiled_step(subject.cell, inputs, subject.states)
    except Exception as error:
        return (
            f"Expected XLA to compile the cell; it raised {raised(error)}. Use "
            f"keras.ops on the tensors, or run the cell with --implementation "
            f"projected, which compiles nothing."
        )
    eager = keras.tree.flatten(subject.cell(inputs, subject.states))
    for one, other in zip(keras.tree.flatten(compiled), eager, strict=True):
        if not same(to_numpy(one), to_numpy(other)):
            return (
                f"Expected XLA to compute what the cell computes eagerly; the largest "
                f"difference is {np.max(np.abs(to_numpy(one) - to_numpy(other))):.2g}. "
                f"Use keras.ops on the tensors: Python's `if`, NumPy and attributes "
                f"are read once, when a graph is made."
            )
    return None


def fast_loop_equals_that_of_keras(subject: CellSubject) -> str | NotApplicable | None:
    """``seqtasks.RNN`` in a compiled model: outputs and all gradients are Keras'."""
    if not (hasattr(subject.cell, "project") and hasattr(subject.cell, "step")):
        return NotApplicable("the cell has no project and step: Keras' loop runs it")
    ours, theirs = subject.model_with(RNN), subject.model
    mask = whole_mask()
    mask[0, TIME // 2 :] = False
    try:
        outputs = ours.predict_on_batch([subject.inputs, mask])
    except Exception:
        if compiles_with_xla(subject) is None:
            raise
        return NotApplicable("XLA does not compile the cell, as reported above")
    expected = theirs.predict_on_batch([subject.inputs, mask])
    if not same(outputs, expected):
        return _unlike("the outputs", "those", outputs, expected)
    arguments = (subject.inputs, mask, subject.targets)
    found = ours.gradients(*arguments)
    for name, gradient in theirs.gradients(*arguments).items():
        # rounding is that of the largest terms of a sum
        scale = max(1.0, float(np.max(np.abs(gradient), initial=0.0)))
        if not same(found[name] / scale, gradient / scale):
            what = f"the gradient of {name}"
            return _unlike(what, "that", found[name], gradient)
    return None


def gradients_are_those_of_finite_differences(subject: CellSubject) -> str | None:
    """A small change of weights, inputs or states changes the loss as predicted."""
    inputs, mask = subject.inputs[:, :_FEW], whole_mask()[:, :_FEW]
    targets = subject.targets[:, :_FEW]
    model, tolerance = _in_high_precision(subject)
    # initial states may be a special point, as an empty memory is
    model.start_in(subject.states)
    gradients = model.gradients(inputs, mask, targets)
    noise = np.random.default_rng(4)
    for name, weight in zip(model.gradient_names, model.probed, strict=True):
        gradient = gradients[name]
        if not np.any(gradient):
            continue  # another check's matter
        direction = noise.choice([-1.0, 1.0], gradient.shape)
        value = keras.ops.convert_to_numpy(weight)
        losses = []
        for sign in (1.0, -1.0):
            weight.assign(value + sign * _STEP * direction)
            outputs = model.predict_on_batch([inputs, mask])
            losses.append(np.mean(np.sum(targets * outputs, axis=-1), dtype="float64"))
        weight.assign(value)
        measured = (losses[0] - losses[1]) / (2 * _STEP)
        predicted = float(np.sum(gradient * direction))
        if not abs(predicted - measured) <= tolerance * np.sum(np.abs(gradient)):
            return (
                f"Expected the gradient of {name} to be the change of the loss; in one "
                f"direction it is {predicted:.4g} where the loss changes by "
                f"{measured:.4g}. Correct the custom gradient, or search for "
                f"stop_gradient and rounding; a gradient that is another on purpose "
                f"fails this check alone."
            )
    return None


def _in_high_precision(subject: CellSubject) -> tuple[ProbeModel, float]:
    """The cell in float64, with the same weights, and the error to be expected.

    Where a cell cannot be in float64, as one with constants in float32, it is float32.
    """
    cell, tolerance = subject.cell, 1e-2
    inputs = subject.inputs[:, :_FEW]
    if keras.backend.backend() != "jax":  # which has no float64 as it comes
        try:
            with computing_in("float64"):
                wide = subject.construct()
                keras.layers.RNN(wide)(inputs)
            wide.set_weights([to_numpy(weight) for weight in cell.weights])
            cell, tolerance = wide, 1e-5
        except Exception:
            pass
    layer = keras.layers.RNN(cell, return_sequences=True, dtype=cell.dtype_policy)
    # what is run once is not worth a graph; JAX compiles each operation if not all
    eagerly = keras.backend.backend() != "jax"
    return ProbeModel(layer, inputs.shape, run_eagerly=eagerly), tolerance


def _compiled_step(cell: Any, inputs: Any, states: list[Any]) -> Any:
    import tensorflow as tf

    @tf.function(jit_compile=True, autograph=False)
    def step(inputs, states):
        output, new_states = cell(inputs, states)
        return output, as_list(new_states)

    return step(inputs, states)


def _unlike(what: str, which: str, ours: np.ndarray, theirs: np.ndarray) -> str:
    return (
        f"Expected {what} in a compiled model of seqtasks.RNN(cell) to be {which} of "
        f"keras.layers.RNN(cell); the largest difference is "
        f"{np.max(np.abs(ours - theirs)):.2g}. Let call be step(project(inputs), "
        f"states), and let step use keras.ops alone."
    )
