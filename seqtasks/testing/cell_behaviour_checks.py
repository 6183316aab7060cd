"""Checks of what a cell does: each row by itself, no memory but its states."""

from typing import Any

import keras
import numpy as np

from seqtasks.recurrence.rnn import RNN
from seqtasks.testing.cell_subject import (
    BATCH,
    TIME,
    CellSubject,
    as_list,
    initial_states,
    same,
    to_numpy,
)
from seqtasks.testing.checking import raised

# Keras' time loop, and ours, which calls `project` once for all steps.
_LAYERS = (keras.layers.RNN, RNN)


def rows_do_not_mix(subject: CellSubject) -> str | None:
    """Changing one sequence of a batch changes no other; not in training either."""
    inputs, states = subject.inputs[:, 2], subject.states
    changed = inputs.copy()
    changed[0] += 3.0
    for arguments in ({}, {"training": True}):
        if arguments and not subject.cell._call_has_training_arg:
            continue
        before = _step(subject.cell, inputs, states, **arguments)
        if not _equal(before, _step(subject.cell, inputs, states, **arguments)):
            continue  # random: another check's matter
        after = _step(subject.cell, changed, states, **arguments)
        if not _equal([b[1:] for b in before], [a[1:] for a in after]):
            return (
                f"Expected each sequence of a batch to be computed by itself"
                f"{' in training too' if arguments else ''}; changing the first one "
                f"changed others. Reduce and normalise over the last axis, never over "
                f"the batch."
            )
    return None


def nothing_is_remembered_between_calls(subject: CellSubject) -> str | None:
    """The same inputs and states give the same result, whatever came before."""
    inputs, states = subject.inputs[:, 2], subject.states
    first = _step(subject.cell, inputs, states)
    _step(subject.cell, inputs + 1.0, states)
    if not _equal(first, _step(subject.cell, inputs, states)):
        return (
            "Expected the same inputs and states to give the same result; the second "
            "call gave another. Keep what is remembered in the states, not in "
            "attributes or variables, and draw nothing at random outside training."
        )
    return None


def outputs_do_not_see_later_inputs(subject: CellSubject) -> str | None:
    """The output at a step depends on the inputs up to that step."""
    middle = TIME // 2
    changed = subject.inputs.copy()
    changed[:, middle:] += 3.0
    runs = [(subject.unroll(subject.inputs)[0], subject.unroll(changed)[0])]
    if hasattr(subject.cell, "project") and hasattr(subject.cell, "step"):
        runs.append((_hoisted(subject, subject.inputs), _hoisted(subject, changed)))
    for before, after in runs:
        if not same(before[:, :middle], after[:, :middle]):
            return (
                f"Expected the outputs before step {middle} to be the same whatever "
                f"follows; changing the inputs from step {middle} on changed them. Let "
                f"neither project nor call look along the time axis."
            )
    return None


def every_state_changes(subject: CellSubject) -> str | None:
    """Each state is another after some steps than before them."""
    states = initial_states(subject.cell)
    changed = [False] * len(states)
    for step in range(TIME):
        before = [to_numpy(state) for state in states]
        _, states = subject.cell(subject.inputs[:, step], states)
        states = as_list(states)
        for index, state in enumerate(states):
            changed[index] |= not np.array_equal(to_numpy(state), before[index])
    if not all(changed):
        index = changed.index(False)
        which = "the state" if len(changed) == 1 else f"state {index}"
        return (
            f"Expected every state to change from step to step; after {TIME} steps "
            f"{which} is what it was at the beginning. Return the new state of step, "
            f"not the one that it was given."
        )
    return None


def outputs_depend_on_earlier_inputs(subject: CellSubject) -> str | None:
    """Changing the first inputs changes a later output: the cell has a memory."""
    changed = subject.inputs.copy()
    changed[:, 0] += 3.0
    before, after = (subject.unroll(x)[0] for x in (subject.inputs, changed))
    if np.array_equal(before[:, 1:], after[:, 1:]):
        return (
            f"Expected outputs to depend on earlier inputs; another input at the first "
            f"of {TIME} steps changed no later output, so that the cell remembers "
            f"nothing. Compute the output from the states that step is given, and "
            f"return the new ones."
        )
    return None


def every_step_of_a_layer_is_a_step_of_the_cell(subject: CellSubject) -> str | None:
    """``keras.layers.RNN(cell, return_sequences=True)`` is the cell, step by step."""
    expected, _ = subject.unroll(subject.inputs)
    for layer in _LAYERS:
        outputs = to_numpy(layer(subject.cell, return_sequences=True)(subject.inputs))
        if not same(outputs, expected):
            return (
                f"Expected {_name(layer)}(cell, return_sequences=True) to give the "
                f"cell's own outputs, of shape {expected.shape}; it gave others, of "
                f"shape {outputs.shape}. Let the result depend on inputs and states "
                f"alone."
            )
    return None


def padding_changes_nothing(subject: CellSubject) -> str | None:
    """A sequence padded at its end and masked has its own last output."""
    short = TIME - 2
    padded = subject.inputs.copy()
    padded[:, short:] = 0.0
    mask = np.zeros((BATCH, TIME), bool)
    mask[:, :short] = True
    for layer in _LAYERS:
        masked = to_numpy(layer(subject.cell)(padded, mask=mask))
        alone = to_numpy(layer(subject.cell)(subject.inputs[:, :short]))
        if not same(masked, alone):
            return (
                f"Expected a sequence of {short} steps to have the same last output in "
                f"{_name(layer)} when it is padded to {TIME} and masked; it has "
                f"another. Let the result depend on inputs and states alone, not on "
                f"the number of calls."
            )
    return None


def graph_mode_equals_eager(subject: CellSubject) -> str | None:
    """The compiled model computes what the cell computes step by step."""
    try:
        compiled = subject.model.predict_on_batch([subject.inputs, whole_mask()])
    except Exception as error:
        return (
            f"Expected the cell to run in a compiled model as it does step by step; it "
            f"raised {raised(error)}. Use keras.ops on the tensors, not NumPy."
        )
    eager, _ = subject.unroll(subject.inputs)
    if not same(compiled, eager):
        return (
            f"Expected the compiled model to give what the cell gives when it is run "
            f"step by step; the largest difference is "
            f"{np.max(np.abs(compiled - eager)):.2g}. Use keras.ops on the tensors: "
            f"Python's `if`, NumPy and attributes are read once, when a graph is made."
        )
    return None


def large_inputs_stay_finite(subject: CellSubject) -> str | None:
    """Inputs of a thousand standard deviations give numbers, not NaN."""
    outputs, _ = subject.unroll(1000.0 * subject.inputs)
    if not np.all(np.isfinite(outputs)):
        return (
            "Expected finite outputs for inputs of size 1000; received NaN or "
            "infinity. Use keras.ops.sigmoid, softplus or logsumexp in place of a "
            "bare exp."
        )
    return None


def whole_mask() -> np.ndarray:
    """The mask of a batch without padding, ``(BATCH, TIME)``."""
    return np.ones((BATCH, TIME), bool)


def _step(cell: Any, inputs: np.ndarray, states: list[Any], **arguments: Any) -> Any:
    output, new_states = cell(inputs, states, **arguments)
    return [to_numpy(tensor) for tensor in (output, *as_list(new_states))]


def _hoisted(subject: CellSubject, inputs: np.ndarray) -> np.ndarray:
    """Outputs with the projection of all steps at once, as a fast loop does it."""
    projected = subject.cell.project(keras.ops.convert_to_tensor(inputs))
    states, outputs = initial_states(subject.cell), []
    for step in range(TIME):
        now = keras.tree.map_structure(lambda part, step=step: part[:, step], projected)
        output, states = subject.cell.step(now, as_list(states))
        outputs.append(to_numpy(output))
    return np.stack(outputs, axis=1)


def _name(layer: type) -> str:
    return "keras.layers.RNN" if layer is keras.layers.RNN else "seqtasks.RNN"


def _equal(left: list[np.ndarray], right: list[np.ndarray]) -> bool:
    return all(same(one, other) for one, other in zip(left, right, strict=True))
