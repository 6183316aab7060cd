"""Checks of a cell's configuration: what is saved is the whole cell."""

import inspect
import typing
from typing import Any

from seqtasks.cells.base import Cell
from seqtasks.options import options_of
from seqtasks.testing.cell_subject import CellSubject, initial_states, same, to_numpy
from seqtasks.testing.checking import raised


def config_holds_every_argument(subject: CellSubject) -> str | None:
    """Each argument of the constructor is in ``get_config``, with its value."""
    config = subject.construct().get_config()
    arguments = _arguments(type(subject.cell))
    for name in arguments:
        if name not in config and name not in _kept_by_cell(subject.cell):
            return (
                f"Expected the argument {name!r} in get_config(), so that a saved cell "
                f"can be made again; it is missing. Add it to the dictionary that "
                f"get_config returns."
            )
    for name, parameter in options_of(subject.factory).items():
        present = subject.options.get(name, parameter.default)
        for value in _other_values(subject.factory, name, parameter, present):
            try:
                changed = subject.construct(**{name: value}).get_config()
            except Exception:
                continue  # not a value that the cell takes; the next one may be
            if changed.get(name) == config.get(name):
                return (
                    f"Expected get_config() to hold the value of {name!r}; it gives "
                    f"{config.get(name)!r} for {name}={value!r} too. Return what the "
                    f"constructor received."
                )
            break
    return None


def is_made_again_from_its_config(subject: CellSubject) -> str | None:
    """``from_config(get_config())``, given the weights, is the same cell."""
    cell = subject.cell
    config = cell.get_config()
    try:
        again = type(cell).from_config(config)
    except Exception as error:
        return (
            f"Expected from_config(get_config()) to make the cell again; it raised "
            f"{raised(error)}. Let get_config hold the constructor's arguments and no "
            f"others, over those of super().get_config()."
        )
    if again.get_config() != config:
        differing = sorted(
            name
            for name in config.keys() | again.get_config().keys()
            if config.get(name) != again.get_config().get(name)
        )
        return (
            f"Expected from_config(get_config()) to have the same configuration; it "
            f"differs in {', '.join(differing)}. Let the constructor take what "
            f"get_config returns."
        )
    again(subject.inputs[:, 0], initial_states(again))
    again.set_weights(cell.get_weights())
    inputs, states = subject.inputs[:, 2], subject.states
    if not same(to_numpy(again(inputs, states)[0]), to_numpy(cell(inputs, states)[0])):
        return (
            "Expected from_config(get_config()), given the same weights, to compute "
            "the same; it does not. Let get_config hold all that call depends on."
        )
    return None


def _kept_by_cell(cell: Any) -> tuple[str, ...]:
    """Arguments that ``Cell`` itself keeps, and leaves out where they are empty."""
    return ("without",) if isinstance(cell, Cell) and not cell.without else ()


def _arguments(cell_class: type) -> list[str]:
    """The named arguments of the constructor. ``units`` is one of them."""
    return [
        name
        for name, parameter in inspect.signature(cell_class).parameters.items()
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
    ]


# By the end of the argument's name, as Keras names arguments.
_KNOWN: dict[str, list[Any]] = {
    "activation": ["relu", "sigmoid"],
    "initializer": ["ones", "zeros"],
    "regularizer": ["l2"],
    "constraint": ["non_neg"],
    "seed": [7],
}


def _other_values(
    factory: Any, name: str, parameter: inspect.Parameter, present: Any
) -> list[Any]:
    """Values that differ from the present one and that the argument probably takes."""
    candidates = [parameter.default, *_likely_values(factory, name, present)]
    return [value for value in candidates if value != present]


def _likely_values(factory: Any, name: str, present: Any) -> list[Any]:
    for ending, values in _KNOWN.items():
        if name.endswith(ending):
            return values
    if isinstance(present, bool):
        return [not present]
    if isinstance(present, int):
        return [present + 1, present * 2, present - 1]
    if isinstance(present, float):
        return [present / 2 if present else 0.25, present + 0.25, present * 2]
    return list(_literals(factory, name)) or ([2, 0.25] if present is None else [])


def _literals(factory: Any, name: str) -> tuple[Any, ...]:
    """The alternatives of an argument annotated as ``Literal``."""
    target = factory.__init__ if inspect.isclass(factory) else factory
    try:
        annotation = typing.get_type_hints(target).get(name)
    except Exception:
        return ()
    if typing.get_origin(annotation) is typing.Literal:
        return typing.get_args(annotation)
    return ()
