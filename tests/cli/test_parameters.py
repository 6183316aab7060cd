"""No option that is given twice is dropped without a word, in any command."""

import os

import click
import pytest
from click.testing import CliRunner

from seqtasks.cli.main import main

_COMMANDS = main.list_commands(click.Context(main))


def _run(*words):
    return CliRunner().invoke(main, words)


def _options(command):
    return [one for one in command.params if isinstance(one, click.Option)]


@pytest.mark.parametrize("name", _COMMANDS)
def test_an_option_of_one_value_is_refused_when_it_is_given_twice(name):
    command = main.get_command(click.Context(main), name)
    for option in _options(command):
        if option.multiple:
            continue
        spelled = max(option.opts, key=len)
        words = [spelled] if option.is_flag else [spelled, "1"]
        done = _run(name, *words, *words)
        assert done.exit_code == 2, spelled
        assert done.stderr == (
            f"Error: Expected {spelled} once; received it 2 times, and it has one "
            f"value. Leave all but one of them out.\n"
        )


@pytest.mark.parametrize("name", _COMMANDS)
def test_what_may_be_repeated_is_given_to_the_command_as_several(name):
    command = main.get_command(click.Context(main), name)
    for option in _options(command):
        if option.multiple:
            words = [
                word for value in ("a=1", "b=2") for word in (option.opts[0], value)
            ]
            parsed = command.make_parser(click.Context(command)).parse_args(words)[0]
            assert parsed[option.name] == ["a=1", "b=2"]


def test_two_spellings_and_two_sides_of_one_option_are_the_same_option():
    for words in (
        ("--lr", "0.1", "--learning-rate", "0.2"),
        ("--resume", "--no-resume"),
        ("--seed=1", "--seed=1"),
    ):
        done = _run("run", "adding", *words)
        assert (done.exit_code, "received it 2 times" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ("--set", "length=5", "--set", "length=6"),
            "Expected length once after --set; received length=5 and length=6.",
        ),
        (
            ("--cell-set", "a=1", "--cell-set", "a=2"),
            "Expected a once after --cell-set; received a=1 and a=2.",
        ),
        (
            ("--dataset", "x", "--set", "dataset=y"),
            "Expected the data set once; received --dataset x and --set dataset=y.",
        ),
    ],
)
def test_an_option_of_a_task_or_a_cell_has_one_value(words, sentence):
    done = _run("run", "adding", *words)
    assert done.exit_code == 2
    assert sentence in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ("run", "adding"),
        ("predict", "adding-gru", "a.csv"),
        ("export", "adding-gru"),
        ("merge", "."),
    ],
)
def test_several_folders_of_the_environment_where_one_is_taken(words):
    several = os.pathsep.join(("anna", "bob"))
    run = CliRunner(env={"SEQTASKS_RESULTS": several})
    done = run.invoke(main, words)
    assert done.exit_code == 2
    option = "--into" if words[0] == "merge" else "--results"
    assert (
        "Expected one folder of results; SEQTASKS_RESULTS names 2: anna, bob. table, "
        f"compare, plot and report read them together; here name one by {option} "
        "FOLDER." in done.stderr
    )
