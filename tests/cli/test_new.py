import pytest
from click.testing import CliRunner

import seqtasks
from seqtasks.cli.main import main
from seqtasks.cli.new import starting_text
from seqtasks.testing import check_cell, check_task
from seqtasks.training.experiment import build_task, find_cell, find_task


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def _written(kind, name):
    assert _new(kind, name).exit_code == 0
    return f"./{name}.py"


def _new(*arguments):
    return CliRunner().invoke(main, ["new", *arguments])


@pytest.mark.slow
def test_a_new_task_runs(tmp_path):
    run = _new("task", "larger_half")
    assert run.exit_code == 0
    assert run.stdout == (
        "Wrote ./larger_half.py. Next:\n"
        "  seqtasks check ./larger_half.py\n"
        "  seqtasks run ./larger_half.py\n"
    )
    result = seqtasks.run(
        "./larger_half.py", limit=2, units=4, implementation="projected"
    )
    assert result.status == "finished"
    (baseline,) = result.baselines
    assert 0.45 < baseline.value < 0.65
    assert result.options == {"sequence_length": 32, "data_seed": 0}


@pytest.mark.slow
def test_a_new_task_passes_all_checks():
    _new("task", "larger_half")
    check_task(find_task("./larger_half.py", {})[0].load())


def test_the_example_of_a_new_task_is_a_real_one_and_an_odd_length_refused():
    entry, options = find_task(_written("task", "halves"), {"sequence_length": 4})
    inputs, target = next(iter(build_task(entry, options, 0).load("train")))
    shown = "inputs   " + "  ".join(f"{x:+.2f}" for x in inputs.numpy()[:, 0])
    assert f"    {shown}\n" in starting_text("task", "halves")
    assert target == 1
    with pytest.raises(seqtasks.errors.UsageError) as caught:
        build_task(entry, options | {"sequence_length": 3}, 0)
    assert str(caught.value) == (
        "sequence_length must be an even integer of at least 2; received 3."
    )


@pytest.mark.slow
def test_a_new_cell_passes_all_checks():
    run = _new("cell", "slow_elman")
    assert run.exit_code == 0
    assert "  seqtasks check ./slow_elman.py\n" in run.stdout
    cell = find_cell("./slow_elman.py", {})[0].load()
    assert cell.__name__ == "SlowElmanCell"
    check_cell(cell)


@pytest.mark.parametrize("name", ["slow_elman", "slow_elman_cell"])
def test_the_class_of_a_cell_is_named_after_the_file(name):
    assert "\nclass SlowElmanCell(Cell):\n" in starting_text("cell", name)


def test_a_file_that_is_there_is_left_as_it_is(tmp_path):
    (tmp_path / "mine.py").write_text("mine")
    run = _new("task", "mine")
    assert run.exit_code == 2
    assert run.stderr == (
        "Error: Expected to write a new file; mine.py is there already. Choose another "
        "name, or move that file away.\n"
    )
    assert (tmp_path / "mine.py").read_text() == "mine"


def test_the_folder_is_made_where_it_can_be(tmp_path):
    assert _new("cell", "slow", "--into", "my/cells").exit_code == 0
    assert (tmp_path / "my" / "cells" / "slow.py").is_file()
    (tmp_path / "file").touch()
    run = _new("cell", "slow", "--into", "file/cells")
    assert run.exit_code == 2
    assert run.stderr == "Error: Could not write file/cells/slow.py: Not a directory.\n"


@pytest.mark.parametrize("name", ["Mine", "2nd", "my-task", "class", "../up", ""])
def test_a_name_that_python_would_not_take(name):
    run = _new("task", name)
    assert run.exit_code == 2
    assert run.stderr == (
        f"Error: Expected a Python name in lower case, as in larger_half; received "
        f"{name!r}. It becomes the file's name and the task's or cell's own.\n"
    )


@pytest.mark.parametrize("name", ["keras", "random"])
def test_a_name_that_would_hide_a_module(name):
    run = _new("task", name)
    assert run.exit_code == 2
    assert f"{name}.py would hide the module {name} from every program" in run.stderr


def test_a_kind_that_is_neither():
    assert _new("model", "mine").exit_code == 2


@pytest.mark.parametrize("kind", ["task", "cell"])
def test_lines_stay_short(kind):
    assert max(map(len, starting_text(kind, "a" * 20).splitlines())) <= 88
