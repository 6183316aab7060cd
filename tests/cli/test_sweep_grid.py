"""The grid of a sweep from a study's file."""

import pytest
from click.testing import CliRunner

from seqtasks.cli.main import main

STUDY = """
tasks = ["adding", "@mine"]
cells = ["gru", "lstm"]
seeds = [0, 4]
params = "task"
learning-rate = [1e-3, 3e-3]
bidirectional = true
dataset = ["a,b", "c"]

[set]
sequence_length = [5, 6]

[groups]
mine = ["copy_memory"]
"""


@pytest.fixture
def commands(tmp_path):
    """A function of the command lines of a study's file and of what is typed."""

    def run(text, *words):
        path = tmp_path / "study.toml"
        path.write_text(text, encoding="utf-8")
        words = ["sweep", *words, "--grid", str(path), "--print-commands"]
        done = CliRunner().invoke(main, words)
        if done.exit_code == 0:
            return done.stdout.splitlines()
        assert done.exit_code == 2
        return done.stderr.replace(str(path), "study.toml")

    return run


def test_a_study_has_all_combinations(commands):
    lines = commands(STUDY)
    assert len({*lines}) == len(lines) == 2 * 2 * 2 * 2 * 2 * 2
    assert lines[0] == (
        "seqtasks run adding --cell gru --params task --learning-rate 0.001 "
        "--bidirectional --dataset a,b --set sequence_length=5 --seed 0 --once"
    )
    assert lines[-1] == (
        "seqtasks run copy_memory --cell lstm --params task --learning-rate 0.003 "
        "--bidirectional --dataset c --set sequence_length=6 --seed 4 --once"
    )


def test_what_is_typed_wins(commands):
    lines = commands(
        STUDY,
        *("char_lm", "--cell", "lru", "--seeds", "1", "--learning-rate", "1e-2"),
        *("--set", "sequence_length=7", "--dataset", "d"),
    )
    assert lines == [
        "seqtasks run char_lm --cell lru --params task --learning-rate 1e-2 "
        "--bidirectional --dataset d --set sequence_length=7 --seed 0 --once"
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('tasks = ["addin"]', "tasks: There is no task 'addin'. Did you mean adding"),
        ('tasks = ["@mi"]', "tasks: There is no group of tasks 'mi'."),
        ('tasks = ["./no.py"]', "tasks: There is no file of a task at no.py."),
        ("tasks = 3", 'tasks: expected a list of different names, as in ["adding", "'),
        ('cells = ["gru", "gru"]', "cells: expected a list of different names, as in"),
        ('cells = ["lsm"]', "cells: There is no cell 'lsm'. Did you mean lstm"),
        ('cells = ["./no.py"]', "cells: Expected a file of a cell; there is none at"),
        ("seeds = 0", "seeds: expected a number of seeds from 1 to 1000, or a list of"),
        ("seeds = [1, 1]", "received [1, 1]."),
        ("seeds = true", "received True."),
        ("unitz = 8", "unitz: there is no such option of a sweep. Did you mean units"),
        ("config = 8", "config: there is no such option of a sweep."),
        ('units = [8, "x"]', "units: 'x' is not a valid integer"),
        ("units = [8, 8]", "units: expected a value, or a list of different ones; rec"),
        ("units = []", "units: expected a value, or a list of different ones; receiv"),
        ("bidirectional = 1", "bidirectional: expected true or false; received 1."),
        ("set = 1", "set: expected a table, [set] and one line for each; received 1."),
        ("[set]\na.b = 1", "set.a: expected a value, or a list of different ones; rec"),
        ("groups = []", "groups: expected a table, [groups] and one line for each; re"),
        ('[groups]\nm = ["@m"]', "groups.m: There is no group of tasks 'm'."),
    ],
)
def test_a_mistake_is_named_by_its_file_and_key(commands, text, sentence):
    shown = commands(text)
    assert shown.startswith("Error: study.toml has 1 mistake:\n  ")
    assert sentence in shown


def test_all_mistakes_are_named_at_once(commands):
    shown = commands('tasks = ["addin"]\ncells = "gru"\nunits = "x"\nseeds = "many"')
    assert shown.startswith("Error: study.toml has 3 mistakes:\n  tasks: ")
    assert "\n  seeds: " in shown
    assert "\n  units: " in shown


@pytest.mark.parametrize(
    ("text", "words", "sentence"),
    [
        ("seeds = [", (), "Expected study.toml to be a TOML file"),
        ("", (), "Expected tasks, as in `seqtasks sweep adding char_lm`; received no"),
        (
            f"tasks = 'all'\nseeds = 1000\nunits = {[*range(1, 99)]}",
            (),
            "Expected a grid of at most 100,000 runs; this one has 1,470,000.",
        ),
    ],
)
def test_what_is_no_study(commands, text, words, sentence):
    assert sentence in commands(text, *words)
