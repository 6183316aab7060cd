"""Exercise 9: a cell of her own that computes what ``elman`` does."""

import dataclasses
import re
from typing import Any

from seqtasks.course.answer import Answer, WrongAnswer
from seqtasks.course.exercise import Exercise
from seqtasks.course.student import Student
from seqtasks.errors import UsageError
from seqtasks.registry import CELLS

_ACTIVATIONS = ("tanh", "sigmoid", "softsign", "relu")
_FEATURES, _UNITS, _STEPS, _BATCH = 3, 5, 4, 2


def _activation(student: Student) -> str:
    return _ACTIVATIONS[student.pick("9 activation", 0, len(_ACTIVATIONS) - 1)]


def _state(student: Student) -> str:
    name = _activation(student)
    return f"""\
Write a cell yourself. This writes a file to begin with:

    seqtasks new cell my_cell

Change its `build`, `project` and `step` so that it is an Elman cell with the activation
φ = {name}: h_t = φ(x_t W + h_{{t-1}} U + b), W of shape (features, units), U of shape
(units, units), b of shape (units,), and no other weight. Then

    seqtasks check ./my_cell.py
    seqtasks run adding --cell ./my_cell.py --set sequence_length=20 --epochs 3
    seqtasks trace machine --cell ./my_cell.py --against elman

(the last shows both side by side; there elman has φ = tanh).

Answer the file, ./my_cell.py. It is given the weights of `elman`, and must compute the
same states."""


def _check(answer: Answer) -> str:
    if not answer.text.strip().endswith(".py"):
        raise WrongAnswer(
            f"expected the file of a cell, as in ./my_cell.py; received "
            f"{answer.text.strip()!r}."
        )
    from seqtasks.training.machine import start

    start()  # before the file imports the libraries
    try:
        entry = CELLS.find(answer.text.strip())
        cell = entry.load()(_UNITS)
    except UsageError as error:
        raise WrongAnswer(str(error)) from error
    except Exception as error:
        raise WrongAnswer(
            f"{entry.name}({_UNITS}) cannot be made: {type(error).__name__}: {error}"
        ) from error
    return _compare(entry.name, cell, _activation(answer.student))


@dataclasses.dataclass(frozen=True)
class _Sample:
    """Weights, inputs and first states, drawn once."""

    weights: dict[tuple[int, ...], Any]
    inputs: Any  # (T, B, F)
    state: Any  # (B, H)


def _sample() -> _Sample:
    import numpy as np

    rng = np.random.default_rng(0)

    def normal(*shape):
        return rng.normal(size=shape).astype("float32")

    shapes = ((_FEATURES, _UNITS), (_UNITS, _UNITS), (_UNITS,))
    return _Sample(
        {shape: normal(*shape) for shape in shapes},
        normal(_STEPS, _BATCH, _FEATURES),
        normal(_BATCH, _UNITS),
    )


def _compare(name: str, cell: Any, activation: str) -> str:
    import numpy as np

    from seqtasks.cells.elman import ElmanCell

    sample = _sample()
    elman = ElmanCell(_UNITS, activation, form="two_kernels")
    elman.build((None, _FEATURES))
    elman.set_weights([*sample.weights.values()])
    try:
        cell(sample.inputs[0], [sample.state])
        _give(name, cell, sample)
        ours = theirs = [sample.state]
        for step, x in enumerate(sample.inputs, 1):
            expected, ours = elman(x, ours)
            output, theirs = cell(x, theirs)
            if len(theirs) != 1:
                raise WrongAnswer(
                    f"expected one state; a step of {name} returns {len(theirs)}."
                )
            output, state = np.array(output), np.array(theirs[0])
            for what, value in (("output", output), ("state", state)):
                difference = float(np.abs(value - np.array(expected)).max())
                if not difference <= 1e-4:
                    raise WrongAnswer(
                        f"with the same weights the {what} of step {step} differs from "
                        f"elman's by {difference:.3g}. {_hint(sample, output, what)}"
                    )
    except WrongAnswer:
        raise
    except Exception as error:
        raise WrongAnswer(
            f"a step of {name} with inputs ({_BATCH}, {_FEATURES}) and one state "
            f"({_BATCH}, {_UNITS}) fails: {type(error).__name__}: {_reason(error)}"
        ) from error
    return f"{name} computes what elman does with the activation {activation}."


def _give(name: str, cell: Any, sample: _Sample) -> None:
    """Gives the cell the sample's weights, by their shapes."""
    shapes = [tuple(weight.shape) for weight in cell.weights]
    if sorted(shapes) != sorted(sample.weights):
        raise WrongAnswer(
            f"expected weights of the shapes (features, units), (units, units) and "
            f"(units,), once each; {name} has, with {_FEATURES} features and {_UNITS} "
            f"units, {', '.join(map(str, shapes)) or 'none'}."
        )
    for weight in cell.weights:
        weight.assign(sample.weights[tuple(weight.shape)])


def _reason(error: Exception) -> str:
    """The line of Keras' message that says what is wrong, without its colours."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).splitlines()
    found = [line.strip() for line in lines if line.strip()]
    return found[1] if len(found) > 1 and "calling" in found[0] else "".join(found[:1])


def _hint(sample: _Sample, output: Any, what: str) -> str:
    """What the first output of the cell is instead, if it is a known mistake."""
    import keras
    import numpy as np

    if what == "state":
        return "Its output is right: return h as the one state, too."

    mixed = [
        0.5 * sample.state + 0.5 * np.array(keras.activations.get(other)(_sums(sample)))
        for other in _ACTIVATIONS
    ]
    if any(np.allclose(output, value, atol=1e-4) for value in mixed):
        return "It still leaks: half of h_t is h_{t-1}, as in the file to begin with."
    W, U, b = sample.weights.values()  # noqa: N806
    x, h = sample.inputs[0], sample.state
    candidates = {
        "the bias b is not added": x @ W + h @ U,
        "h_{t-1} U is not added": x @ W + b,
        "U is transposed": x @ W + h @ U.T + b,
    }
    found = [
        f"Its activation is {other}."
        for other in (*_ACTIVATIONS, "linear")
        if np.allclose(keras.activations.get(other)(_sums(sample)), output, atol=1e-4)
    ]
    found += [
        f"In it {what}."
        for what, value in candidates.items()
        for other in _ACTIVATIONS
        if np.allclose(keras.activations.get(other)(value), output, atol=1e-4)
    ]
    return found[0] if found else "Compare its step with the equation, term by term."


def _sums(sample: _Sample) -> Any:
    """What φ is taken of in the first step, (B, H)."""
    W, U, b = sample.weights.values()  # noqa: N806 (the lecture's letters)
    return sample.inputs[0] @ W + sample.state @ U + b


def _solve(student: Student) -> str:
    return (
        f"The file of `seqtasks new cell` without its leak: the step returns h and [h] "
        f"with h = ops.{_activation(student)}(projected + "
        f"recurrent_matmul(h, self.recurrent_kernel))."
    )


OWN_CELL = Exercise("a cell of your own", "FILE.py", _state, _solve, _check)
