"""``seqtasks exercise``: the course in a terminal."""

import click

from seqtasks.cli.parameters import echo, results_option
from seqtasks.errors import UsageError
from seqtasks.store import Store


@click.command(
    "exercise",
    # an answer may be a negative number, which looks like an option
    context_settings={"ignore_unknown_options": True},
)
@click.argument("number", type=int, required=False, metavar="[N]")
@click.argument("answers", nargs=-1, metavar="[ANSWER]...")
@click.option(
    "--check", "checking", is_flag=True, help="Check answers: values, files or runs."
)
@click.option("--student", default="", metavar="NAME", help="Numbers of this student.")
@click.option("--solution", is_flag=True, help="For a teacher: the right answer.")
@results_option
@click.pass_context
def command(context, number, answers, checking, student, solution, results) -> None:
    """Ten exercises on recurrent networks, whose answers are checked.

    \b
    seqtasks exercise                          what there is
    seqtasks exercise 2                        what to do, and the command to type
    seqtasks exercise 2 --check 0.1,0.2,1.3,3.9
    seqtasks exercise 2 --student Ada          numbers that are Ada's alone
    seqtasks exercise 2 --check answers/*.txt  one file a student

    A text file holds an answer as it would be typed, and its student in a line
    `student: NAME`. Exit code 0 if all answers are right, 1 if not. The course is
    described in seqtasks/course/README.md.
    """  # noqa: D301 (click reads the backspace)
    from seqtasks.course.exercises import EXERCISES

    unknown = [word for word in answers if word.startswith("--")]
    if unknown:
        raise UsageError(
            f"There is no option {unknown[0]!r}. seqtasks exercise --help lists them."
        )
    if number is None:
        for place, exercise in enumerate(EXERCISES, 1):
            echo(f"{place:>3}  {exercise.title}")
        echo("\nBegin with    seqtasks exercise 1")
        return
    if not 1 <= number <= len(EXERCISES):
        raise UsageError(
            f"Expected the number of an exercise, 1 to {len(EXERCISES)}; received "
            f"{number}."
        )
    if answers and not checking:
        raise UsageError(
            f"Expected --check before an answer, as in `seqtasks exercise {number} "
            f"--check {answers[0]}`."
        )
    if checking and not answers:
        raise UsageError(
            f"Expected an answer, as in `seqtasks exercise {number} --check "
            f"{EXERCISES[number - 1].form}`; received none."
        )

    from seqtasks.course.answer import read_answer
    from seqtasks.course.student import Student

    exercise = EXERCISES[number - 1]
    if not checking:
        shown = exercise.solve if solution else exercise.state
        if not solution:
            whose = f" of {student}" if student else ""
            echo(f"Exercise {number}{whose}: {exercise.title}\n")
        echo(shown(Student(student)))
        if not solution:
            name = f" --student {student}" if student else ""
            echo(f"\n    seqtasks exercise {number}{name} --check {exercise.form}")
        return
    store = Store(results)
    wrong = 0
    for text in answers:
        right, sentence = _checked(exercise, read_answer(text, student, store))
        wrong += not right
        mark = "✓ right" if right else "✗ not right"
        which = f"{text}: " if len(answers) > 1 else ""
        echo(f"{which}{mark}: {sentence}")
    if len(answers) > 1:
        echo(f"{len(answers) - wrong} of {len(answers)} are right.", err=True)
    context.exit(1 if wrong else 0)


def _checked(exercise, answer) -> tuple[bool, str]:
    from seqtasks.course.answer import WrongAnswer

    try:
        return True, exercise.check(answer)
    except WrongAnswer as wrong:
        return False, str(wrong)
