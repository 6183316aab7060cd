"""Which runs a grid has, and the words of each."""

import pytest

from seqtasks.errors import UsageError
from seqtasks.registry import TASKS
from seqtasks.sweep.grid import Run, grid, tasks_of


def test_each_combination_is_a_run_and_the_seeds_stand_outermost():
    axes = {"--set delay=": ("5", "6"), "--overfit": ("",), "--units": ("8",)}
    runs = grid(["adding", "./mine.py"], ["gru", "lstm"], axes, range(2))
    assert len(set(runs)) == 16
    assert [run.seed for run in runs] == [0] * 8 + [1] * 8
    assert runs[0].words("--results", "r") == [
        *("run", "adding", "--cell", "gru", "--set", "delay=5", "--overfit"),
        *("--units", "8", "--seed", "0", "--results", "r", "--once"),
    ]
    assert grid(["adding"], [], {}, [0]) == [Run("adding", "", 0, ())]
    assert "--cell" not in Run("adding", "", 0, ()).words()


def test_tasks_are_named_by_groups_paths_and_all_each_once(tmp_path):
    memory = ["adding", "associative_recall", "copy_memory"]
    assert tasks_of(["adding", "@memory"]) == memory
    path = tmp_path / "a.py"
    path.write_text("")
    assert tasks_of([f"{path}", f"{path}:b"]) == [f"{path}", f"{path}:b"]
    assert {*tasks_of(["all"])} == {*TASKS.entries()}
    # a person's own group wins over that of a tag, and may have one in it
    assert tasks_of(["@memory"], {"memory": [f"{path}"]}) == [f"{path}"]
    assert tasks_of(["@mine"], {"mine": ["char_lm", "@memory"]}) == ["char_lm", *memory]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("@memry", "There is no group of tasks 'memry'. Did you mean memory?"),
        ("./no.py:a", "There is no file of a task at no.py."),
        ("addin", "There is no task 'addin'. Did you mean adding?"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(name, sentence):
    with pytest.raises(UsageError) as raised:
        tasks_of([name])
    assert str(raised.value) == sentence
