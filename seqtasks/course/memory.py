"""Exercise 6: gradients that vanish, and what gates do to them."""

import math

from seqtasks.analysis.xray_record import StateGradient, XRay
from seqtasks.analysis.xray_store import read_xrays
from seqtasks.course.answer import Answer, WrongAnswer
from seqtasks.course.exercise import Exercise
from seqtasks.course.student import Student
from seqtasks.course.training import require_seed


def _seed(student: Student) -> int:
    """Another than in exercise 5, so that the beginning of a run's name is enough."""
    return student.seed + 1


def _decays(student: Student) -> tuple[float, float]:
    """The recurrent weight of a unit, and the forget gate of another."""
    return student.pick("6 w", 60, 85) / 100, student.pick("6 f", 955, 985) / 1000


def _state(student: Student) -> str:
    w, f = _decays(student)
    return f"""\
Back through k steps a gradient is multiplied k times by the derivative of a step.
For one Elman unit near h = 0 that is its recurrent weight; for the cell state c of
an LSTM it is the forget gate. Train both on a sum over 30 steps, and look:

    RUN="seqtasks run adding --set sequence_length=30 --units 32 --epochs 5"
    $RUN --seed {_seed(student)} --cell elman
    $RUN --seed {_seed(student)} --cell lstm
    seqtasks xray adding-elman-s{_seed(student)} adding-lstm-s{_seed(student)}

Then compute: after how many steps is the gradient half as large,
  1. with a recurrent weight of {w}?
  2. with a forget gate of {f}?

Answer the run of elman, the run of lstm (both X-rayed as above), and the two
numbers of steps, to one decimal."""


def _half_life(factor: float) -> float:
    return math.log(0.5) / math.log(factor)


def _check(answer: Answer) -> str:
    plain, gated = answer.runs(2, "two runs and two numbers")
    for run, cell in ((plain, "elman"), (gated, "lstm")):
        require_seed(run, _seed(answer.student))
        if (run.task, run.cell) != ("adding", cell):
            raise WrongAnswer(
                f"expected a run of adding with the cell {cell}; {run.run} is of "
                f"{run.task} with {run.cell}."
            )
    numbers = answer.parts[2:]
    if len(numbers) != 2:
        raise WrongAnswer(
            f"expected two numbers of steps behind the runs; received {len(numbers)}."
        )
    for name, factor, text in zip(
        ("recurrent weight", "forget gate"),
        _decays(answer.student),
        numbers,
        strict=True,
    ):
        _check_half_life(name, factor, text)
    found = [_xray(run.run, answer).state_gradient for run in (plain, gated)]
    return (
        f"in your runs the gradient of the elman {_falls(found[0])}, that of the lstm "
        f"{_falls(found[1])}: a gate can hold the factor of a step near 1."
    )


def _falls(gradient: StateGradient) -> str:
    if gradient.half_life is None:
        return "does not fall by half"
    return f"halves in {gradient.half_life:.1f} steps"


def _check_half_life(name: str, factor: float, text: str) -> None:
    try:
        value = float(text)
    except ValueError:
        raise WrongAnswer(f"expected a number of steps; received {text!r}.") from None
    if abs(value - _half_life(factor)) > 0.1:
        raise WrongAnswer(
            f"with a {name} of {factor} the gradient is {factor**value:.2f} of itself "
            f"after {text} steps, not half: solve {factor}^k = 0.5."
        )


def _xray(run: str, answer: Answer) -> XRay:
    found, _ = read_xrays(answer.store.folder, [run])
    if not found:
        raise WrongAnswer(
            f"the numbers are right; {run} has not been X-rayed: `seqtasks xray {run}`."
        )
    return found[0]


def _solve(student: Student) -> str:
    found = ",".join(f"{_half_life(factor):.1f}" for factor in _decays(student))
    return f"Both runs, and {found}: ln 0.5 / ln of the factor."


VANISHING = Exercise(
    "gradients that vanish", "RUN,RUN,STEPS,STEPS", _state, _solve, _check
)
