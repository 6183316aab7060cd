"""Exercise 10: a fair comparison of two cells."""

from collections.abc import Sequence
from pathlib import Path

from seqtasks.course.answer import Answer, WrongAnswer
from seqtasks.course.exercise import Exercise
from seqtasks.course.student import Student
from seqtasks.reports.comparison import TaskComparison, comparable_models, paired_tests
from seqtasks.result import Result
from seqtasks.store import Store

_WORDS = ("better", "worse", "tie")
_SEEDS = 3
_SAME_SIZE = 0.1


def _state(student: Student) -> str:
    return f"""\
Is a gru better than an elman at adding two of 20 numbers? One run of each proves
little. Train both at the same size, on the same data, with three seeds each (six
runs of half a minute):

    RUN="seqtasks run adding --set sequence_length=20 --epochs 3 --params 3k"
    for seed in 0 1 2; do
      $RUN --set data_seed={student.seed} --cell gru --seed $seed
      $RUN --set data_seed={student.seed} --cell elman --seed $seed
    done
    seqtasks compare adding --reference elman

Answer the folder of results and the verdict on gru against elman, in the table of
data_seed {student.seed}: better, worse or tie, as in results,tie."""


def _check(answer: Answer) -> str:
    if len(answer.parts) != 2 or answer.parts[1] not in _WORDS:
        raise WrongAnswer(
            f"expected a folder of results and a verdict, {', '.join(_WORDS)}, as in "
            f"results,tie; received {answer.text.strip()!r}."
        )
    folder = Path(answer.parts[0])
    runs, _ = Store(folder).read()
    mine = [
        run
        for run in runs
        if run.task == "adding"
        and run.options.get("data_seed") == answer.student.seed
        and run.cell in ("gru", "elman")
        and run.limit is None
        and not run.is_apart
    ]
    one = _one_comparison(mine, folder, answer.student)
    gru, elman = (
        next(m for m in one.models if m.row.cell == cell) for cell in ("gru", "elman")
    )
    gap = abs(gru.row.num_params - elman.row.num_params)
    if gap > _SAME_SIZE * elman.row.num_params:
        raise WrongAnswer(
            f"expected two models of one size; gru has {gru.row.num_params:,} "
            f"parameters, elman {elman.row.num_params:,}. Give both --params 3k."
        )
    if one.differing:
        raise WrongAnswer(
            f"expected two models that differ in the cell alone; they also differ in "
            f"{', '.join(one.differing)}."
        )
    (test,) = paired_tests([(gru, elman)], one.first.mode, 0.05, 0)
    if len(test.seeds) < _SEEDS or test.outcome is None:
        raise WrongAnswer(
            f"expected {_SEEDS} seeds that both cells have; there are "
            f"{len(test.seeds)}. The difference of one seed may be luck."
        )
    verdict = test.outcome.verdict
    if answer.parts[1] != verdict:
        raise WrongAnswer(
            f"the runs are right, and the verdict is not {answer.parts[1]}: read the "
            f"last column of `seqtasks compare adding --reference elman`."
        )
    sign = {"better": "significantly better", "worse": "significantly worse"}
    return (
        f"gru is {sign.get(verdict, 'not significantly different')} (p = "
        f"{test.outcome.corrected:.3f}) with {len(test.seeds)} seeds and "
        f"{gru.row.num_params:,} against {elman.row.num_params:,} parameters."
    )


def _one_comparison(
    runs: Sequence[Result], folder: Path, student: Student
) -> TaskComparison:
    """The comparison of the two cells; there may be one alone."""
    found = comparable_models(runs)
    cells = {run.cell for run in runs}
    if len(cells) < 2:
        missing = " and ".join(c for c in ("gru", "elman") if c not in cells)
        raise WrongAnswer(
            f"expected runs of gru and elman with --set data_seed={student.seed} in "
            f"{folder}, without --limit; there is none of {missing}."
        )
    if len(found) > 1:
        raise WrongAnswer(
            f"expected runs that may be compared; those in {folder} have other options "
            f"or data: {'; '.join(one.name for one in found)}."
        )
    one = found[0]
    if len(one.models) > 2:
        raise WrongAnswer(
            f"expected one size and one setting of each cell; there are "
            f"{', '.join(model.name for model in one.models)}. Remove the runs that "
            f"are not meant."
        )
    return one


def _solve(student: Student) -> str:
    return (
        "Six runs, and the word in the last column of `seqtasks compare`. Three seeds "
        "are few: a difference of the means by a factor of 27 has been a tie (the "
        "README of the course has the numbers)."
    )


FAIR = Exercise("a fair comparison", "FOLDER,VERDICT", _state, _solve, _check)
