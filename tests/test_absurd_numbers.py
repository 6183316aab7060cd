"""Numbers that no machine could use: a sentence at once, whatever takes them."""

import importlib
import math

import click
import pytest
from click.testing import CliRunner
from seqtasks.tasks.list_ops import expressions
from seqtasks.tasks.list_ops.expressions import draw_expressions

from seqtasks.bench.settings import BenchSettings, TaskSettings
from seqtasks.cli.main import _COMMANDS, main
from seqtasks.errors import UsageError
from seqtasks.options import options_of, resolve_options
from seqtasks.registry import TASKS
from seqtasks.training.example_store import parse_bytes
from seqtasks.training.experiment import Experiment, build_cell, find_cell
from seqtasks.training.settings import resolve_settings
from seqtasks.training.sizing import sized

ABSURD = (10**30, -1, math.nan, math.inf, 1e308, 1e-320)
WHOLE = (
    *("units", "layers", "batch_size", "epochs", "limit", "early_stopping", "overfit"),
    "gradient_checkpoint_every",
)
REAL = ("learning_rate", "seconds", "clip_norm")


@pytest.fixture(scope="module")
def task():
    return TASKS.find("adding").load()()


@pytest.mark.parametrize("value", ABSURD)
@pytest.mark.parametrize("name", [*WHOLE, *REAL])
def test_settings_are_bounded(task, name, value):
    if name in REAL and value == 10**30:
        value = 1e39
    with pytest.raises(UsageError) as error:
        resolve_settings(task, "adding", {name: value})
    assert str(error.value).startswith(f"{name} must be ")
    assert len(str(error.value)) < 200


def test_bounds_leave_room(task):
    given = {"units": 2**20, "layers": 256, "epochs": 10**9, "clip_norm": 0.0}
    resolved = resolve_settings(task, "adding", given)
    assert (resolved.units, resolved.clip_norm) == (2**20, 0.0)


@pytest.mark.parametrize("kind", [BenchSettings, TaskSettings])
def test_what_is_measured_is_bounded(kind):
    fixed = {"task": "adding"} if kind is TaskSettings else {}
    for name in ("repetitions", "steps"):
        with pytest.raises(UsageError, match="must be an integer of at most 1,048,576"):
            kind(**fixed, **{name: 10**30})


def test_sizes_are_bounded():
    experiment = Experiment.resolve("adding")
    for params in (10**30, 10**400):
        with pytest.raises(UsageError, match="at most 10,000,000,000 parameters"):
            sized(experiment, params)
    with pytest.raises(UsageError, match="received 400 digits"):
        parse_bytes("9" * 400)


def _numeric_options():
    for name in _COMMANDS:
        command = importlib.import_module(f"seqtasks.cli.{name}").command
        commands = getattr(command, "commands", {"": command})
        for below, one in commands.items():
            for option in one.params:
                kind = option.type
                if isinstance(option, click.Option) and isinstance(
                    kind, click.types.IntParamType | click.types.FloatParamType
                ):
                    yield " ".join([name, below]).strip(), option


# settings of a run and of a measurement, bounded above; numbers of any size mean
# something for a seed, and an index beyond the end is refused by its own sentence
_BOUNDED_BELOW = {"seed", "layer", "step", "example", "number", "every", "length"}


def test_every_numeric_option_has_bounds():
    settings = {*WHOLE, *REAL, "sequence_length", "repetitions", "steps", "min_length"}
    for command, option in _numeric_options():
        if option.name in settings | _BOUNDED_BELOW | {"temperature"}:
            continue
        kind = option.type
        bounds = getattr(kind, "min", None), getattr(kind, "max", None)
        assert None not in bounds, f"seqtasks {command} {option.opts[0]}"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("compare --confidence nan", "from 0.5 to 0.999; received nan"),
        ("verify adding --seeds 1" + "0" * 30, "is not in the range 1<=x<=1000"),
        ("run adding --units " + "9" * 5000, "is not a valid integer"),
        (
            "bench lstm --sequence-length 1" + "0" * 30,
            "an integer of at most 1,048,576",
        ),
    ],
)
def test_on_the_command_line(arguments, sentence):
    run = CliRunner().invoke(main, arguments.split())
    assert (run.exit_code, sentence in run.stderr) == (2, True), run.output


@pytest.mark.parametrize(
    ("task", "option", "value", "sentence"),
    [
        ("keyword_spotting", "bands", 10**5, "an integer from 8 to 1,024; received 1"),
        ("keyword_spotting", "copies", 10**5, "an integer from 0 to 1,000; received 1"),
        ("list_ops", "max_depth", 10**9, "an integer from 1 to 100; received 10"),
        ("list_ops", "max_arguments", 10**9, "an integer from 3 to 1,000; received 10"),
        ("list_ops", "max_length", 10**9, "an integer from 10 to 100,000; received 10"),
        ("speech_synthesis", "bands", 10**5, "an integer from 16 to 1,024; received 1"),
        ("speech_synthesis", "embedding", 10**9, "from 1 to 65,536; received 10000"),
        ("text_classification", "embedding", 10**9, "of at most 65,536; received 10"),
        ("video_frames", "frame_size", 10**5, "an integer of at most 512; received 1"),
        ("video_frames", "max_frames", 10**9, "integer of at most 10,000; received 1"),
        ("music_lm", "dropout", math.nan, "a finite number; received nan."),
    ],
)
def test_sizes_of_tasks_are_bounded(task, option, value, sentence):
    with pytest.raises(UsageError) as error:
        Experiment.resolve(task, options={option: value})
    assert str(error.value).startswith(f"{option} must be ")
    assert sentence in str(error.value)


@pytest.mark.parametrize(
    ("cell", "option", "value", "sentence"),
    [
        ("cfc", "backbone_units", 0, "an integer from 1 to 1,048,576; received 0."),
        ("cfc", "backbone_layers", 10**5, "an integer from 1 to 256; received 100000."),
        ("cfc", "dt", math.nan, "a finite number; received nan."),
        ("co_rnn", "dt", -math.inf, "a finite number; received -inf."),
        ("fast_grnn", "kernel_rank", -1, "an integer from 1 to 1,048,576; received -1"),
        ("fast_grnn", "recurrent_rank", 0, "an integer from 1 to 1,048,576; received"),
        ("ind_rnn", "sequence_length", 0, "an integer from 1 to "),
        ("janet", "longest_dependency", -1, "an integer from 1 to "),
        ("lru", "state_units", 10**9, "an integer from 1 to 1,048,576; received 10000"),
        ("rhn", "depth", 10**9, "an integer from 1 to 256; received 1000000000."),
    ],
)
def test_sizes_of_cells_are_bounded(cell, option, value, sentence):
    with pytest.raises(UsageError) as error:
        build_cell(*find_cell(cell, {option: value}), 4)
    assert f"{option} must be {sentence}" in str(error.value)


def test_expressions_that_hardly_exist_are_refused(monkeypatch):
    # with 3 arguments and no nesting there are 4,400
    monkeypatch.setattr(expressions, "_FIRST", 10_000)
    monkeypatch.setattr(expressions, "_EACH", 10)
    with pytest.raises(UsageError, match="Expected options with 5,000 expressions of "):
        draw_expressions({"train": 5_000, "validation": 0, "test": 0}, 1, 3, 10, 0)


def test_an_infinite_default_may_be_given():
    def task(limit: float = math.inf):
        pass

    assert resolve_options(task, {"limit": "inf"}, "it") == {"limit": math.inf}


def test_options_of_tasks_are_numbers_with_bounds():
    # of each kind one; every task's own test has the others
    names = [name for name, one in options_of(TASKS.find("adding").load()).items()]
    assert "sequence_length" in names
    with pytest.raises(UsageError):
        Experiment.resolve("adding", options={"sequence_length": "nan"})
