"""Exercises 3 to 5: overfit on purpose, one-hot inputs, clipping removed."""

from typing import Any

from seqtasks.course.answer import Answer, WrongAnswer
from seqtasks.course.exercise import Exercise
from seqtasks.course.student import Student
from seqtasks.result import Result

# nats a character; an untrained model has about ln 97 = 4.6
_BY_HEART = 0.5
_WORSE = 0.2


def require_seed(run: Result, seed: int) -> None:
    """Refuses a run of another seed than the student's.

    Raises:
        WrongAnswer: If it is another.
    """
    if run.seed != seed:
        raise WrongAnswer(
            f"expected a run with --seed {seed}, as the exercise states it for its "
            f"student (--student NAME); {run.run} has --seed {run.seed}."
        )


def require_same(first: Result, second: Result, apart: str) -> None:
    """Refuses two runs that differ in more than one setting or option.

    Args:
        first: The one.
        second: The other.
        apart: Name of what may differ.

    Raises:
        WrongAnswer: Naming what else differs.
    """
    one, other = _chosen(first), _chosen(second)
    differing = [
        name
        for name in sorted({*one, *other} - {apart})
        if one.get(name) != other.get(name)
    ]
    if differing:
        raise WrongAnswer(
            f"expected two runs that differ in {apart} alone; they also differ in "
            f"{', '.join(differing)}."
        )


def _chosen(run: Result) -> dict[str, Any]:
    names = {"task": run.task, "cell": run.cell, "limit": run.limit}
    return {**names, **run.options, **run.cell_options, **run.settings}


def _state_overfit(student: Student) -> str:
    return f"""\
A model that cannot learn one batch by heart has a fault. Train on one batch, so often
that the loss of training is near 0:

    seqtasks run char_lm --cell elman --units 128 --set dropout=0 --limit 1 \\
      --learning-rate 0.01 --schedule constant --seed {student.seed} --epochs EPOCHS

Find a number of EPOCHS after which the loss of training is below {_BY_HEART} nats a
character. What does the validation do meanwhile? (--limit 1 keeps one batch of each
split; such a run enters no table. For a cell or a task of your own, --overfit tries the
same in one word: the batch is then the validation, too.)

Answer the name of the run, as it is printed behind "written"."""


def _check_overfit(answer: Answer) -> str:
    (run,) = answer.runs(1, "the name of a run")
    require_seed(run, answer.student.seed)
    if run.task != "char_lm" or run.limit is None or run.limit > 2:
        raise WrongAnswer(
            f"expected a run of char_lm on one batch, with --limit 1; {run.run} is of "
            f"{run.task} with {f'--limit {run.limit}' if run.limit else 'no --limit'}."
        )
    losses = [entry["loss"] for entry in run.history if "loss" in entry]
    scores = [
        entry[f"validation_{run.monitor}"]
        for entry in run.history
        if f"validation_{run.monitor}" in entry
    ]
    if not losses or losses[-1] >= _BY_HEART:
        reached = f"{losses[-1]:.2f}" if losses else "none"
        raise WrongAnswer(
            f"expected a loss of training below {_BY_HEART}; it is {reached} after "
            f"{len(losses)} epochs. Train longer: give more --epochs."
        )
    if scores[-1] < min(scores) + _WORSE:
        raise WrongAnswer(
            f"expected a validation that has become worse by {_WORSE} bits since its "
            f"best epoch; it is {scores[-1]:.2f} bits, {min(scores):.2f} at best. "
            f"Train longer."
        )
    return (
        f"the loss of training fell from {losses[0]:.2f} to {losses[-1]:.2f}, while "
        f"validation was best at epoch {run.best_epoch} ({min(scores):.2f} bits) and "
        f"is {scores[-1]:.2f} bits now: the batch is learned by heart."
    )


def _solve_overfit(student: Student) -> str:
    return (
        "Any run with --epochs of some hundreds: the loss of training goes to 0, while "
        "validation has its best epoch early and becomes worse ever after."
    )


def _state_one_hot(student: Student) -> str:
    width = _width(student)
    return f"""\
A character goes in as a one-hot vector (embedding 0), or as a vector that is
learned, the row of a table. Train both, which takes a minute each:

    RUN="seqtasks run char_lm --cell elman --units 64 --limit 200 --epochs 2"
    $RUN --seed {student.seed} --set embedding=0
    $RUN --seed {student.seed} --set embedding={width}

The product of a one-hot vector with a kernel is one row of the kernel, a table of its
own. How many parameters has the second model more than the first (a negative number
if it has fewer)? Compute it from the width of the embedding, the units and the number
V of characters, which follows from the parameters that the first run prints: its
output layer has V classes. Then look at what the second prints.

Answer the first run, the second run, and the number."""


def _width(student: Student) -> int:
    return student.pick("4 width", 6, 28)


def _check_one_hot(answer: Answer) -> str:
    plain, learned = answer.runs(2, "two runs and a number")
    for run in (plain, learned):
        require_seed(run, answer.student.seed)
        if run.task != "char_lm" or run.cell != "elman":
            raise WrongAnswer(
                f"expected runs of char_lm with the cell elman; {run.run} is of "
                f"{run.task} with {run.cell}."
            )
    widths = [run.options.get("embedding") for run in (plain, learned)]
    if widths != [0, _width(answer.student)]:
        raise WrongAnswer(
            f"expected a run with --set embedding=0, then one with --set embedding="
            f"{_width(answer.student)}; received {widths[0]} and {widths[1]}."
        )
    require_same(plain, learned, "embedding")
    difference = learned.num_params - plain.num_params
    number = answer.parts[2] if len(answer.parts) > 2 else ""
    if number.replace("−", "-") != str(difference):
        raise WrongAnswer(
            f"the runs are right, and the number is not {number or 'given'}. With V "
            f"characters, an embedding of width E and H units the first has V H "
            f"weights between a character and the state, the second V E + E H."
        )
    better, worse = sorted((plain, learned), key=lambda run: run.metrics["validation"]
                           [run.monitor])  # fmt: skip
    return (
        f"embedding={better.options['embedding']} validates at "
        f"{better.metrics['validation'][better.monitor]:.3f} bits a character, "
        f"embedding={worse.options['embedding']} at "
        f"{worse.metrics['validation'][worse.monitor]:.3f}: one seed, and so no proof "
        f"(exercise 10)."
    )


def _solve_one_hot(student: Student) -> str:
    return (
        f"Both runs, and V·{_width(student)} + {_width(student)}·64 - V·64, V being "
        f"the number of characters of the text (`seqtasks show char_lm`)."
    )


def _state_clipping(student: Student) -> str:
    return f"""\
A gradient through 50 steps is a product of 50 matrices, and now and then it is huge.
Training clips its norm to 1. Train once so, and once without:

    RUN="seqtasks run adding --set sequence_length=50 --cell elman --limit 100"
    RUN="$RUN --cell-set activation=relu --optimizer sgd --learning-rate 1"
    $RUN --seed {student.seed}
    $RUN --seed {student.seed} --clip-norm 0

How does the second end (its exit code is 4), and at which step?

Answer the first run, the second run, and the step at which its loss was no number."""


def _check_clipping(answer: Answer) -> str:
    clipped, free = answer.runs(2, "two runs and a step")
    for run in (clipped, free):
        require_seed(run, answer.student.seed)
    norms = [run.settings.get("clip_norm") for run in (clipped, free)]
    if not norms[0] or norms[1] != 0:
        raise WrongAnswer(
            f"expected a run that clips, then one with --clip-norm 0; received clip "
            f"norms of {norms[0]:g} and {norms[1]:g}."
        )
    require_same(clipped, free, "clip_norm")
    if free.status != "diverged":
        raise WrongAnswer(
            f"expected a run without clipping that diverged; {free.run} is "
            f"{free.status}. Take the learning rate, 1, and the activation, relu, of "
            f"the exercise."
        )
    if clipped.status != "finished":
        raise WrongAnswer(
            f"expected a run with clipping that finished; {clipped.run} is "
            f"{clipped.status}."
        )
    step = answer.parts[2] if len(answer.parts) > 2 else ""
    if step not in free.reason.replace(";", " ").replace(".", " ").split():
        raise WrongAnswer(
            f"the runs are right, and the step is not {step or 'given'}: it stands in "
            f"the second run's last lines, behind 'at step'."
        )
    return (
        "with a bounded norm the same training stayed finite; without a bound a few "
        "gradients ended it."
    )


def _solve_clipping(student: Student) -> str:
    return "Both runs, and the step that the second names; it is one of the first ten."


OVERFIT = Exercise(
    "overfit on purpose", "RUN", _state_overfit, _solve_overfit, _check_overfit
)
ONE_HOT = Exercise(
    "one-hot vectors against an embedding",
    "RUN,RUN,NUMBER",
    _state_one_hot,
    _solve_one_hot,
    _check_one_hot,
)
CLIPPING = Exercise(
    "clipping removed",
    "RUN,RUN,STEP",
    _state_clipping,
    _solve_clipping,
    _check_clipping,
)
