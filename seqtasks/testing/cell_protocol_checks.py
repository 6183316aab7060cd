"""Checks of what a cell declares: sizes, states, projection."""

from typing import Any

import keras
import numpy as np

from seqtasks.testing.cell_subject import (
    BATCH,
    CellSubject,
    as_list,
    initial_states,
    same,
    state_shapes,
    to_numpy,
)
from seqtasks.testing.checking import NotApplicable, raised

_ONE_STEP = "the cell has call alone, no project and step"


def is_constructed_from_units(subject: CellSubject) -> str | None:
    """``CellClass(units, **options)`` gives a Keras layer with ``call``."""
    try:
        cell = subject.construct()
    except Exception as error:
        return (
            f"Expected {subject.name}({subject.units}) to give a cell; it raised "
            f"{raised(error)}. Let `units` be the first argument, give the others "
            f"defaults, and pass **kwargs on to keras.layers.Layer."
        )
    if not isinstance(cell, keras.layers.Layer):
        return (
            f"Expected a keras.layers.Layer, so that its weights are found; received "
            f"an object of {type(cell).__name__}. Let the class inherit from it."
        )
    if type(cell).call is keras.layers.Layer.call:
        return (
            "Expected a method call(inputs, states); there is none. Let it return the "
            "output and the list of new states."
        )
    return None


def declares_state_size_and_output_size(subject: CellSubject) -> str | None:
    """``state_size`` and ``output_size`` are known before the cell is built."""
    cell = subject.construct()
    for attribute, meaning in (
        ("state_size", "the width of the state, or a list with one width for each"),
        ("output_size", "the width of the output"),
    ):
        if getattr(cell, attribute, None) is None:
            return (
                f"Expected the attribute {attribute}, {meaning}; it is missing. Set "
                f"self.{attribute} in __init__, or call super().__init__(units, "
                f"**kwargs)."
            )
    if not isinstance(cell.output_size, int):
        return (
            f"Expected output_size to be an integer; received {cell.output_size!r}. "
            f"Set self.output_size = units in __init__."
        )
    return None


def makes_a_step(subject: CellSubject) -> str | None:
    """``call(inputs, states)`` returns a pair."""
    cell = subject.construct()
    try:
        returned = cell(subject.inputs[:, 0], initial_states(cell))
    except Exception as error:
        return (
            f"Expected call(inputs, states) to take inputs of shape "
            f"{subject.inputs[:, 0].shape} and states of shapes "
            f"{_with_batch(cell)}; it raised {raised(error)}."
        )
    if not isinstance(returned, tuple | list) or len(returned) != 2:
        return (
            f"Expected call to return the pair (output, states); received "
            f"{_shapes(returned)}. Write `return output, [new_state]`."
        )
    return None


def output_has_the_declared_width(subject: CellSubject) -> str | None:
    """``output_size`` is the width of what ``call`` returns."""
    cell = subject.cell
    output, _ = cell(subject.inputs[:, 0], initial_states(cell))
    if tuple(output.shape) != (BATCH, cell.output_size):
        return (
            f"Expected an output of shape {(BATCH, cell.output_size)}, as declared by "
            f"output_size; received {tuple(output.shape)}. Set self.output_size to the "
            f"real width."
        )
    return None


def new_states_have_the_declared_shapes(subject: CellSubject) -> str | None:
    """The states that come out can go in again."""
    cell = subject.cell
    before = initial_states(cell)
    _, states = cell(subject.inputs[:, 0], before)
    received = [tuple(state.shape) for state in as_list(states)]
    if received != _with_batch(cell):
        return (
            f"Expected new states of shapes {_with_batch(cell)}, as declared by "
            f"state_size; received {received}. Correct state_size, or what call "
            f"returns."
        )
    for old, new in zip(before, as_list(states), strict=True):
        types = [keras.backend.standardize_dtype(state.dtype) for state in (old, new)]
        if types[0] != types[1]:
            return (
                f"Expected a new state of the old one's type, {types[0]}; received "
                f"{types[1]}. Cast it, or give get_initial_state the type."
            )
    return None


def initial_states_have_the_declared_shapes(subject: CellSubject) -> str | None:
    """``get_initial_state``, where there is one, agrees with ``state_size``."""
    cell = subject.construct()
    received = [tuple(state.shape) for state in initial_states(cell)]
    if received != _with_batch(cell):
        return (
            f"Expected get_initial_state(batch_size={BATCH}) to give shapes "
            f"{_with_batch(cell)}, as declared by state_size; received {received}. "
            f"Make the two agree."
        )
    return None


def call_is_step_of_project(subject: CellSubject) -> str | NotApplicable | None:
    """``call(inputs, states)`` is ``step(project(inputs), states)``."""
    cell = subject.cell
    if hasattr(cell, "project") != hasattr(cell, "step"):
        have, lack = (
            ("project", "step")
            if hasattr(cell, "project")
            else (
                "step",
                "project",
            )
        )
        return (
            f"Expected both project(inputs) and step(projected, states) or neither; "
            f"there is {have} but no {lack}. Add it or rename {have}."
        )
    if not hasattr(cell, "project"):
        return NotApplicable(_ONE_STEP)
    inputs = keras.ops.convert_to_tensor(subject.inputs[:, 2])
    called = cell(inputs, subject.states)
    stepped = cell.step(cell.project(inputs), subject.states)
    for one, other in zip(_flat(called), _flat(stepped), strict=True):
        if not same(one, other):
            return (
                "Expected call(inputs, states) to equal step(project(inputs), states); "
                "they differ. Let call be exactly that."
            )
    return None


def projects_each_step_alone(subject: CellSubject) -> str | NotApplicable | None:
    """``project`` of a sequence is ``project`` of each of its steps."""
    cell = subject.cell
    if not hasattr(cell, "project"):
        return NotApplicable(_ONE_STEP)
    inputs = keras.ops.convert_to_tensor(subject.inputs)
    whole = [to_numpy(part) for part in keras.tree.flatten(cell.project(inputs))]
    for step in range(inputs.shape[1]):
        alone = keras.tree.flatten(cell.project(inputs[:, step]))
        for part, of_step in zip(whole, alone, strict=True):
            if not same(part[:, step], to_numpy(of_step)):
                return (
                    f"Expected project of (batch, time, features) to give at each step "
                    f"what project of that step gives; they differ at step {step}. Let "
                    f"project act on the last axis alone: what mixes time belongs in "
                    f"step."
                )
    return None


def coefficients_are_those_of_step(subject: CellSubject) -> str | NotApplicable | None:
    """A cell with ``coefficients`` computes ``x_t = a_t x_{t-1} + b_t`` from them."""
    cell = subject.cell
    if not hasattr(cell, "coefficients"):
        return NotApplicable("the cell declares no coefficients of a linear recurrence")
    projected = cell.project(keras.ops.convert_to_tensor(subject.inputs[:, 2]))
    a, b = (
        [to_numpy(part) for part in keras.tree.flatten(parts)]
        for parts in cell.coefficients(projected)
    )
    output, new_states = cell.step(projected, subject.states)
    before, after = (
        [to_numpy(state) for state in as_list(states)[-len(b) :]]
        for states in (subject.states, new_states)
    )
    # a complex number is a pair of parts, after the output that is handed on
    x = _complex(a) * _complex(before) + _complex(b)
    if not same(x.real, after[0]) or not same(x.imag, _complex(after).imag):
        return (
            "Expected the coefficients a, b of the linear recurrence to give the new "
            "state of step, a * h + b; they give another. Write step with the "
            "coefficients, or remove them if the cell is not linear in its state."
        )
    reads = hasattr(cell, "readout")
    read = cell.readout(after, projected) if reads else after[0]
    if not same(to_numpy(read), to_numpy(output)):
        return (
            "Expected the output of step to be readout(state, projected) of the new "
            "state, or without such a method the state itself; it is another. Define "
            "readout, by which the scan finds the outputs of all steps at once."
        )
    return None


def _complex(parts: list[np.ndarray]) -> np.ndarray:
    return parts[0] if len(parts) == 1 else parts[0] + 1j * parts[1]


def _with_batch(cell: Any) -> list[tuple[int, ...]]:
    return [(BATCH, *shape) for shape in state_shapes(cell)]


def _flat(returned: Any) -> list[Any]:
    return [to_numpy(tensor) for tensor in keras.tree.flatten(returned)]


def _shapes(returned: Any) -> str:
    if hasattr(returned, "shape"):
        return f"a tensor of shape {tuple(returned.shape)}"
    return f"{type(returned).__name__}"
