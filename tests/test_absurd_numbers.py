"""Numbers that no machine could use: a sentence at once, whatever takes them."""

import importlib
import math

import click
import pytest
from click.testing import CliRunner

from seqtasks.bench.settings import BenchSettings, TaskSettings
from seqtasks.cli.main import _COMMANDS, main
from seqtasks.errors import UsageError
from seqtasks.options import options_of
from seqtasks.registry import TASKS
from seqtasks.training.example_store import parse_bytes
from seqtasks.training.experiment import Experiment
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


def test_options_of_tasks_are_numbers_with_bounds():
    # of each kind one; every task's own test has the others
    names = [name for name, one in options_of(TASKS.find("adding").load()).items()]
    assert "sequence_length" in names
    with pytest.raises(UsageError):
        Experiment.resolve("adding", options={"sequence_length": "nan"})
