"""A model, run one step at a time by its cell's own step, with every state at hand.

In the comments B is the examples, R the rows of the recurrence, T the time steps, F the
features of the layer's input.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from seqtasks.analysis.xray_examples import Examples
from seqtasks.recurrence.implementations import has_project_and_step
from seqtasks.recurrence.rnn import RNN
from seqtasks.training.model import SequenceModel


@dataclasses.dataclass(frozen=True)
class Unrolled:
    """A layer and all above it over a batch, step by step.

    Args:
        entering: States that enter each step of the layer: T lists of ``(R, size)``.
            ``entering[t]`` is the state after step t - 1, as a tensor of its own, by
            which a gradient can be taken.
        final: States after the last step.
        outputs: Outputs of the layer, ``(R, T, units)``.
        top: Outputs of the last layer, ``(R, T, units)``.
    """

    entering: list[list[tf.Tensor]]
    final: list[tf.Tensor]
    outputs: tf.Tensor
    top: tf.Tensor


def layer_inputs(model: SequenceModel, examples: Examples, layer: int) -> tf.Tensor:
    """What the cell of a layer is given, ``(R, T, F)``.

    Args:
        model: The model.
        examples: The examples.
        layer: Number of the layer, from 0.
    """
    outputs = tf.constant(examples.encoded)
    for below, states in zip(
        model.recurrence[:layer], examples.initial[:layer], strict=True
    ):
        outputs = _run(below, outputs, _mask(examples), states)[0]
    return outputs


def unroll(
    model: SequenceModel,
    examples: Examples,
    layer: int,
    inputs: tf.Tensor,
) -> Unrolled:
    """Runs a layer on its inputs, and the layers above it on its outputs."""
    mask = _mask(examples)
    outputs, entering, final = _run(
        model.recurrence[layer], inputs, mask, examples.initial[layer]
    )
    top = outputs
    above = model.recurrence[layer + 1 :]
    for other, states in zip(above, examples.initial[layer + 1 :], strict=True):
        top = _run(other, top, mask, states)[0]
    return Unrolled(entering, final, outputs, top)


def predictions_at_last(
    model: SequenceModel, examples: Examples, top: tf.Tensor
) -> tf.Tensor:
    """Predictions for the step T of each example, ``(B, …)``."""
    last = tf.constant(examples.last)
    if model.return_sequences:
        return tf.gather(model.predictions(top), last, axis=1, batch_dims=1)
    # a padded step repeats the last output, so that this is the model's last output
    return model.predictions(top[:, -1])


def predictions_at_each(model: SequenceModel, top: tf.Tensor) -> tf.Tensor:
    """Predictions at each step, ``(B, T, …)``.

    With one target a sequence, the predictions that there would be if it ended there.
    """
    if model.return_sequences:
        return tf.convert_to_tensor(model.predictions(top))
    # time first: a head may join the rows of an example, which stand together
    rows = model.predictions(
        tf.reshape(tf.transpose(top, (1, 0, 2)), (-1, top.shape[-1]))  # (T·R, units)
    )
    by_time = tf.reshape(rows, (top.shape[1], -1, *rows.shape[1:]))  # (T, B, …)
    return tf.transpose(by_time, (1, 0, *range(2, len(by_time.shape))))


def losses(
    loss: keras.losses.Loss, targets: np.ndarray, predictions: tf.Tensor
) -> tf.Tensor:
    """The loss of each row, ``(rows,)``: the mean over what it predicts.

    Args:
        loss: The task's loss.
        targets: ``(rows, …)``.
        predictions: ``(rows, …)``.
    """
    # as in the call of a loss, which would take the mean over the rows too
    dtype = loss.dtype
    each = loss.call(
        keras.ops.convert_to_tensor(targets, dtype=dtype),
        keras.ops.convert_to_tensor(predictions, dtype=dtype),
    )
    each = tf.convert_to_tensor(each)
    return tf.reduce_mean(tf.reshape(each, (each.shape[0], -1)), axis=1)


def step_rows(
    cell: Any, inputs: tf.Tensor, states: Sequence[tf.Tensor]
) -> tuple[tf.Tensor, list[tf.Tensor]]:
    """One step of a cell on rows of any sequences and times: output and new states.

    Args:
        cell: The cell.
        inputs: ``(rows, F)``.
        states: ``(rows, size)`` each.
    """
    if has_project_and_step(cell):
        output, new = cell.step(cell.project(inputs), list(states))
    else:
        output, new = cell(inputs, list(states))
    return output, keras.tree.flatten(new)


def _mask(examples: Examples) -> tf.Tensor | None:
    if examples.mask is None:
        return None
    return tf.constant(examples.by_row(examples.mask))


def _run(
    layer: RNN, inputs: tf.Tensor, mask: tf.Tensor | None, states: Sequence[Any]
) -> tuple[tf.Tensor, list[list[tf.Tensor]], list[tf.Tensor]]:
    """All outputs ``(R, T, units)``, the states that enter each step, the last ones."""
    cell = layer.cell
    projects = has_project_and_step(cell)
    batch, time, width = inputs.shape
    if projects:
        rows = cell.project(tf.reshape(inputs, (-1, width)))  # (R·T, P)
        inputs = tf.reshape(rows, (batch, time, rows.shape[-1]))
    entering: list[list[tf.Tensor]] = []
    outputs: list[tf.Tensor] = []
    after: list[tf.Tensor] = [tf.convert_to_tensor(state) for state in states]
    # unstacked at once: the gradient of a slice would be as large as the whole
    for step, x in enumerate(tf.unstack(inputs, axis=1)):
        # a copy: an LSTM's h_t depends on its c_t, and the gradient by the one must
        # not count the way through the other within the step
        before = [tf.identity(state) for state in after]
        output, new = (cell.step if projects else cell)(x, list(before))
        after = keras.tree.flatten(new)
        if mask is not None:
            keep = mask[:, step, None]  # (R, 1)
            earlier = outputs[-1] if outputs else tf.zeros_like(output)
            output = tf.where(keep, output, earlier)
            after = [tf.where(keep, a, b) for a, b in zip(after, before, strict=True)]
        entering.append(before)
        outputs.append(output)
    return tf.stack(outputs, axis=1), entering, after
