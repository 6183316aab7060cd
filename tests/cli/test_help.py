"""What `run --help` shows, what the shell completes, and what `~` is."""

import ast

import click
import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from seqtasks.cli.help import _HEADINGS, GroupedCommand, options_in
from seqtasks.cli.main import main
from seqtasks.cli.parameters import typed_words
from seqtasks.cli.run import command
from seqtasks.registry import TASKS


def seqtasks(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_every_option_of_run_stands_under_a_heading_and_once():
    named = [name for names in _HEADINGS.values() for name in names]
    assert len(named) == len({*named})
    options = [one for one in command.params if isinstance(one, click.Option)]
    assert {one.name for one in options} <= {*named}
    shown = seqtasks("run", "--help").stdout
    headings = [line for line in shown.splitlines() if line in
                [f"{one}:" for one in (*_HEADINGS, "Other")]]  # fmt: skip
    assert headings == ["Data:", "Model:", "Training:", "Run:", "Output:", "Other:"]
    for one in options:
        assert shown.count(f"\n  {one.opts[0]} ") == (not one.hidden), one.opts
    assert "`seqtasks run char_lm --help`" in shown.replace("\n", " ")


def test_an_option_without_a_heading_is_shown_too():
    own = GroupedCommand("own", params=[click.Option(["--odd"], help="It is odd.")])
    shown = CliRunner().invoke(own, ["--help"]).stdout
    assert "Other:\n  --odd" in shown
    assert "has that of the task" not in shown


def test_help_of_a_task_ends_with_its_defaults():
    shown = " ".join(seqtasks("run", "adding", "--cell", "gru", "-h").stdout.split())
    assert shown.endswith(
        "Defaults of adding: --cell lstm --units 64 --layers 1 --epochs 12 "
        "--batch-size 32 --optimizer adam --learning-rate 0.003 --schedule cosine "
        "--clip-norm 1.0 --set sequence_length=100 --set data_seed=0"
    )


def test_the_defaults_are_those_of_the_task_itself():
    from seqtasks.tasks.copy_memory import copy_memory

    task = copy_memory(delay=5)
    shown = " ".join(seqtasks("run", "copy_memory", "--help").stdout.split())
    for name in ("units", "epochs", "batch_size", "learning_rate", "cell"):
        assert f"--{name.replace('_', '-')} {getattr(task, name)} " in shown


@pytest.mark.parametrize("name", TASKS.entries())
def test_each_task_has_defaults_in_its_help(name):
    done = seqtasks("run", name, "--help")
    assert done.exit_code == 0
    shown = done.stdout.partition(f"Defaults of {name}:")[2]
    assert "--cell " in shown
    assert "--learning-rate" in shown or name == "sequential_image"


def test_help_runs_nothing_of_a_file(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(
        "raise SystemExit\n\ndef mine(length: int = 7, /, *, kind='a b', other):\n"
        "    return seqtasks.Task(units=3, epochs=length)\n"
    )
    shown = " ".join(seqtasks("run", path, "--help").stdout.split())
    assert "Defaults of mine: --cell lstm --units 3 --layers 1 --batch-size 64" in shown
    assert "--epochs 10" not in shown.partition("Defaults")[2]
    assert shown.endswith("--set length=7 --set 'kind=a b'")
    for missing in (tmp_path / "no.py", "./also_none.py"):
        assert seqtasks("run", missing, "--help").exit_code == 0


def test_defaults_that_are_no_literals_are_shown_as_written():
    (node,) = ast.parse("def f(a, b=N * 2, c=None): ...").body
    assert [*options_in(node)] == [("b", "N * 2"), ("c", "None")]


def completed(words, incomplete=""):
    shell = ShellComplete(main, {}, "seqtasks", "_SEQTASKS_COMPLETE")
    found = shell.get_completions(list(words), incomplete)
    return [item.value if item.type == "plain" else item.type for item in found]


@pytest.mark.parametrize(
    ("words", "incomplete", "expected"),
    [
        (["run"], "addi", ["adding"]),
        (["run"], "./my", ["file"]),
        (["run", "adding", "--cell"], "min_l", ["min_lstm"]),
        (["run", "adding", "--set"], "seq", ["sequence_length="]),
        (["run", "adding", "--cell", "gru", "--cell-set"], "r", ["reset_after="]),
        (["run", "adding", "--set"], "none", []),
        (["run", "adding", "--optimizer"], "adam", ["adam", "adamw"]),
        (["run", "adding", "--precision"], "", ["float32", "mixed_bfloat16"]),
        (["run", "char_lm", "--dataset"], "bo", ["file"]),
        (["run", "adding", "--device"], "c", ["cpu"]),
        (["run", "adding", "--config"], "", ["file"]),
        (["table"], "char", ["char_lm"]),
        ([], "pl", ["plot"]),
    ],
)
def test_the_shell_completes(words, incomplete, expected):
    assert completed(words, incomplete) == expected


def test_the_shell_completes_runs_of_the_folder(tmp_path):
    for name in ("adding-gru-s0", "adding-lstm-s0", "char_lm-gru-s0"):
        (tmp_path / f"{name}.json").touch()
    for verb in ("plot", "sample", "export", "predict", "rerun", "xray"):
        found = completed([verb, "--results", str(tmp_path)], "adding")
        assert found == ["adding-gru-s0", "adding-lstm-s0"], verb


def test_what_is_completed_are_the_values_that_there_are():
    from seqtasks.recurrence import IMPLEMENTATIONS, PRECISIONS
    from seqtasks.training.settings import OPTIMIZERS

    for option, values in (
        ("--optimizer", OPTIMIZERS),
        ("--implementation", IMPLEMENTATIONS),
        ("--precision", PRECISIONS),
    ):
        assert sorted(completed(["run", "adding", option])) == sorted(values)


def test_a_tilde_is_ones_home_in_a_file_of_options_and_behind_an_equals_sign(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    config = tmp_path / "run.toml"
    config.write_text(
        'results = "~/r"\ncell = "~/c.py"\ndataset = "~/d.txt"\n'
        'tensorboard = "~/t"\n[set]\ndataset = "~/e.txt"\n'
    )
    typed = command.make_context("run", ["adding", "--config", str(config)]).params
    assert typed["results"] == tmp_path / "r"
    assert typed["cell"] == f"{tmp_path}/c.py"
    assert typed["dataset"] == f"{tmp_path}/d.txt"
    assert typed["tensorboard"] == f"{tmp_path}/t"
    assert typed["config"]["set"]["dataset"] == f"{tmp_path}/e.txt"
    typed = command.make_context("run", ["adding", "--results=~/r"]).params
    assert typed["results"] == tmp_path / "r"


@pytest.mark.parametrize(("value", "expected"), [("true", ""), ("false", None)])
def test_an_option_whose_value_may_be_left_out_is_true_or_false_in_a_file(
    tmp_path, value, expected
):
    config = tmp_path / "run.toml"
    config.write_text(f"tensorboard = {value}")
    typed = command.make_context("run", ["adding", "--config", str(config)]).params
    assert typed["tensorboard"] == expected


def test_what_was_typed_is_repeated_as_it_was():
    for typed in (["--tensorboard"], ["--tensorboard", "tb"], ["--set", "data_seed=1"]):
        context = command.make_context("run", ["adding", *typed])
        assert typed_words(context) == ["seqtasks", "run", "adding", *typed]


def test_a_wrong_option_is_answered_with_the_right_one():
    done = seqtasks("run", "adding", "--learn-rate", 1)
    assert done.exit_code == 2
    assert "Did you mean" in done.stderr
    assert "--learning-rate" in done.stderr
    # as near as --help and --once are to --cel is not near
    done = seqtasks("run", "adding", "--cel", "gru")
    assert "--cell" in done.stderr
    assert "--once" not in done.stderr
