import pytest
from click.testing import CliRunner

from seqtasks.cli.check import find
from seqtasks.cli.main import main
from seqtasks.cli.new import starting_text

BROKEN = """
from keras import ops
from seqtasks import Cell

class Deaf(Cell):
    def build(self, input_shape):
        shape = (input_shape[-1], self.units)
        self.kernel = self.add_weight(shape=shape, name="kernel")

    def project(self, inputs):
        return ops.matmul(inputs, ops.stop_gradient(self.kernel))

    def step(self, projected, states):
        h = projected + 0.5 * states[0]
        return h, [h]
"""


def _check(*arguments):
    return CliRunner().invoke(main, ["check", *map(str, arguments)])


@pytest.mark.slow
def test_a_cell_of_the_registry_passes_with_one_line_a_check():
    name = "keras_lstm"  # all others are checked in tests/testing
    run = _check(name)
    lines = run.stdout.splitlines()
    assert run.exit_code == 0
    assert lines[0] == "✓ is constructed from units"
    assert "✓ every weight gets a gradient" in lines
    *checks, last = lines
    passed = [line for line in checks if line.startswith("✓ ")]
    others = [line for line in checks if ": not applicable, the cell " in line]
    assert len(passed) + len(others) == len(checks)
    assert last == (
        f"The cell {name} keeps its contract: {len(passed)} checks passed, "
        f"{len(others)} not applicable."
    )


@pytest.mark.slow
def test_a_task_of_the_registry_passes():
    run = _check("copy_memory", "--set", "delay=5")
    assert run.exit_code == 0, run.output
    *checks, last = run.stdout.splitlines()
    assert "✓ splits do not overlap" in checks
    assert (
        "– padding changes no score: not applicable, all examples have one length"
        in (checks)
    )
    passed = sum(line.startswith("✓ ") for line in checks)
    others = sum(line.startswith("– ") for line in checks)
    assert passed + others == len(checks)
    assert last == (
        f"The task copy_memory keeps its contract: {passed} checks passed, "
        f"{others} not applicable."
    )


def test_data_of_ones_own_is_reported(tmp_path):
    path = tmp_path / "mine.tsv"
    rows = [f"{word} {'x ' * n}\t{word}\x1b" for n in range(40) for word in "ab"]
    path.write_text("\n".join(["text\tlabel", *rows, "c is few", rows[5]]))
    run = _check(
        *("text_classification", "--dataset", path, "--set", "min_count=1"),
        *("--max-examples", 20),
    )
    lines = run.stdout.splitlines()
    assert f"  data        {path}: 80 texts of your own" in lines
    assert "  repeats     1 rows left out" in lines
    # what a person's file holds is written as escapes, here and in the notices
    assert any(line.startswith("  classes     2: a\\x1b ") for line in lines)
    assert "\x1b" not in run.output
    assert f"1 of the 82 rows in {path} cannot be read: line 82 (1 fields" in run.stderr


def test_a_failed_check_has_its_sentence_and_the_exit_code_1(tmp_path):
    path = tmp_path / "deaf.py"
    path.write_text(BROKEN)
    run = _check(path, "--against", "elman")
    assert run.exit_code == 1
    *lines, blank, apart = run.stdout.splitlines()
    assert blank == ""
    assert apart.startswith("Deaf and elman were not compared, as they cannot be given")
    lines = [line for line in lines if not line.startswith("– ")]
    (line,) = (line for line in lines if not line.startswith("✓"))
    assert line.startswith(
        "✗ every weight gets a gradient: Expected a gradient for each trainable weight"
    )
    assert run.stderr == (
        f"The cell Deaf fails 1 of {len(lines)} checks: fix what the lines marked ✗ "
        f"describe, and run this again.\n"
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["addin"],
            "Error: There is no task or cell named 'addin'. Did you mean adding? "
            "A file of your own is given by its path, as in ./my_task.py.\n",
        ),
        (["keras_lstmm"], "Did you mean keras_lstm"),
        (
            ["./nothing.py"],
            "Error: Expected a Python file that defines a task or a cell; there is no "
            "file './nothing.py'. Begin one with `seqtasks new task NAME`.\n",
        ),
        (["./typ.py"], "there is no file './typ.py'. Did you mean typo.py? Begin one"),
        (
            ["./sensor.csv"],
            "The file ./sensor.csv is no Python file; if it is data, give it with "
            "--dataset to the task that reads it.",
        ),
        (["empty"], "There is a file empty.py here: type ./empty.py. A file of your"),
        (
            ["./cut.py"],
            "Error: Could not import the file cut.py: SyntaxError: '(' was never",
        ),
        (["./typo.py"], "No module named 'numpie' (line 1 of typo.py: import numpie)."),
        (
            ["./empty.py"],
            "to define a task (a function) or a cell (a class with call).",
        ),
        (
            ["copy_memory", "--against", "elman"],
            "--against is for cells: two cells are compared, no tasks.",
        ),
        (
            ["copy_memory", "--set", "dellay=5"],
            "There is no option 'dellay' in the task copy_memory.",
        ),
    ],
)
def test_what_cannot_be_checked(tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "typo.py").write_text("import numpie\n")
    (tmp_path / "empty.py").write_text("x = 1\n")
    (tmp_path / "cut.py").write_text("class CutCell(\n")
    (tmp_path / "sensor.csv").write_text("x\n")
    run = _check(*arguments)
    assert run.exit_code == 2
    assert sentence in run.stderr


def test_of_a_task_and_a_cell_in_one_file_one_must_be_named(tmp_path):
    path = tmp_path / "both.py"
    path.write_text(BROKEN + "\ndef helper():\n    return 1\n")
    run = _check(path)
    assert run.exit_code == 2
    assert (
        f"defines a task, helper, and a cell, Deaf. Name one, as in {path}:helper"
        in (run.stderr)
    )
    assert find(f"{path}:Deaf")[0] == "cell"


def test_what_bears_the_files_name_is_meant(tmp_path):
    path = tmp_path / "halves.py"
    path.write_text(
        starting_text("task", "halves")
        + "\n\nclass Layer(keras.layers.Layer):\n"
        + "    def call(self, x):\n        return x\n"
    )
    kind, entry = find(str(path))
    assert (kind, entry.name) == ("task", "halves")
