"""``seqtasks exercise`` as a student and a teacher use it."""

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from seqtasks.cli.main import main
from seqtasks.course.exercises import EXERCISES
from seqtasks.course.student import Student

COURSE = Path(__file__).parents[2] / "seqtasks" / "course" / "README.md"
# of the others the answers are runs and files
COMPUTED = ("1", "2", "7", "8")


def seqtasks(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_ten_exercises_are_listed_and_stated_each_with_a_command():
    listed = seqtasks("exercise")
    assert listed.exit_code == 0
    assert len(EXERCISES) == 10
    for number, exercise in enumerate(EXERCISES, 1):
        assert f"{number:>3}  {exercise.title}\n" in listed.stdout
        stated = seqtasks("exercise", number).stdout
        assert f"Exercise {number}: {exercise.title}" in stated
        assert "\n    seqtasks " in stated
        assert f"--check {exercise.form}" in stated
        assert seqtasks("exercise", number, "--solution").stdout.strip()


def test_a_right_answer_ends_with_0_and_a_wrong_one_with_1():
    answer = EXERCISES[1].solve(Student("Ada"))
    right = seqtasks("exercise", 2, "--check", answer, "--student", "Ada")
    assert (right.exit_code, right.stdout[:9]) == (0, "✓ right: ")
    wrong = seqtasks("exercise", 2, "--check", answer, "--student", "Bob")
    assert (wrong.exit_code, wrong.stdout[:13]) == (1, "✗ not right: ")
    # a minus is no option
    negative = seqtasks("exercise", 2, "--check", "-0.5,-0.5,1,1")
    assert negative.exit_code == 1
    assert "h_2[0] is not -0.5." in negative.stdout


def test_many_files_are_checked_at_once_each_by_its_own_student(tmp_path):
    for name in ("Ada", "Bob", "Eve"):
        student = Student("Ada" if name == "Eve" else name)  # Eve has copied
        text = f"student: {name}\n{EXERCISES[1].solve(student)}\n"
        (tmp_path / f"{name}.txt").write_text(text, encoding="utf-8")
    files = [tmp_path / f"{name}.txt" for name in ("Ada", "Bob", "Eve")]
    done = seqtasks("exercise", 2, "--check", *files)
    assert done.exit_code == 1
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{files[0]}: ✓ right: ")
    assert lines[1].startswith(f"{files[1]}: ✓ right: ")
    assert lines[2].startswith(f"{files[2]}: ✗ not right: ")
    assert done.stderr == "2 of 3 are right.\n"
    other = seqtasks("exercise", 2, "--check", files[0], "--student", "Bob")
    assert other.exit_code == 2
    assert "is the answer of 'Ada'; received --student 'Bob'" in other.stderr


def test_what_a_file_holds_is_shown_with_escapes(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("\x1b[31m,1,1,1", encoding="utf-8")
    done = seqtasks("exercise", 2, "--check", path)
    assert done.exit_code == 1
    assert "\x1b" not in done.stdout
    path.write_bytes(b"\xff\xfe")
    done = seqtasks("exercise", 2, "--check", path)
    assert done.exit_code == 2
    assert "to be a text file with an answer" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((11,), "Expected the number of an exercise, 1 to 10; received 11."),
        (
            (2, "1,2,3,4"),
            "Expected --check before an answer, as in `seqtasks",
        ),
        ((2, "--check"), "as in `seqtasks exercise 2 --check H,H,LOSS,PERPLEXITY`"),
        ((2, "--studnet", "Ada"), "There is no option '--studnet'."),
        ((2, "--check", "no.txt"), "Could not read no.txt: No such file"),
    ],
)
def test_what_is_no_call(arguments, sentence):
    done = seqtasks("exercise", *arguments)
    assert done.exit_code == 2
    assert sentence in done.stderr


def test_the_readme_shows_what_is_printed():
    shown = re.findall(
        r"^\$ seqtasks (exercise (\d+) --student Ada .*)\n(.*)$",
        COURSE.read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert {number for _, number, _ in shown} == {str(n + 1) for n in range(10)}
    for typed, number, printed in shown:
        if number in COMPUTED:
            assert seqtasks(*shlex.split(typed)).stdout == printed + "\n"
