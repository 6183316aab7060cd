"""Checks of a cell's weights: names, gradients, types."""

import collections

import keras
import numpy as np

from seqtasks.recurrence.rnn import RNN
from seqtasks.testing.cell_behaviour_checks import whole_mask
from seqtasks.testing.cell_model import computing_in
from seqtasks.testing.cell_subject import (
    TIME,
    CellSubject,
    initial_states,
)


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
                f"infinity. Evaluation for a square root, a division or a logarithm at zero."
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
