"""The number of units for a number of parameters."""

import functools
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from seqtasks.cli.main import main
from seqtasks.errors import UsageError
from seqtasks.training import sizing
from seqtasks.training.display import Display
from seqtasks.training.experiment import Experiment
from seqtasks.training.run import run
from seqtasks.training.sizing import sized

TINY = str(Path(__file__).parents[1] / "tiny_task.py")
LAZY = Path(__file__).parents[1] / "lazy_task.py"

BY_EIGHT = """
from seqtasks.cells.elman import ElmanCell

class ByEight(ElmanCell):
    def __init__(self, units, **kwargs):
        if units % 8:
            raise ValueError(f"units must be divisible by 8; received {units}.")
        super().__init__(units, **kwargs)

class Steps(ElmanCell):
    "Its kernel is of a rank that grows in steps."
    def build(self, input_shape):
        super().build(input_shape)
        self.extra = self.add_weight(shape=(self.units // 10, 30), name="extra")

class Never(ElmanCell):
    def __init__(self, units, **kwargs):
        raise ValueError("this cell refuses everything")
"""


@pytest.fixture
def cells(tmp_path):
    path = tmp_path / "cells.py"
    path.write_text(BY_EIGHT)
    return path


@functools.cache
def _experiment(cell="elman", options=(), settings=()):
    """An experiment, whose data are read once."""
    return Experiment.resolve(
        TINY, cell, cell_options=dict(options), settings=dict(settings)
    )


def _sized(num_params, cell="elman", options=(), **settings):
    """The number of units for a size, and the size that it gives."""
    experiment = _experiment(cell, tuple(options), tuple(settings.items()))
    found, message = sized(experiment, num_params)
    _, units, number, _ = re.split(r": | units?, | parameters", message)
    assert int(units) == found.settings.units
    return found.settings.units, int(number.replace(",", ""))


def _elman(units):
    """The tiny task's model: two features, and a head of two outputs."""
    return (2 + units) * units + units + 2 * units + 2


@pytest.mark.parametrize("wanted", [8, 105, 20_000])
def test_the_nearest_of_all_numbers_of_units(wanted):
    units = min(range(1, 200), key=lambda units: abs(_elman(units) - wanted))
    assert _sized(wanted) == (units, _elman(units))


@pytest.mark.parametrize(
    ("cell", "options"),
    [
        pytest.param("lmu", (("order", 4),), marks=pytest.mark.slow),
        ("fast_grnn", (("kernel_rank", 2), ("recurrent_rank", 3))),
    ],
)
def test_one_unit_more_or_less_is_no_nearer(cell, options):
    units, number = _sized(1_500, cell, options)
    count = sizing._counter(_experiment(cell, options))
    sizes = [count(units + change) for change in (-1, 0, 1)]
    assert sizes[1] == number
    assert sizes[0] < sizes[1] < sizes[2]
    assert min(sizes, key=lambda size: abs(size - 1_500)) == number


@pytest.mark.slow
def test_a_removed_gate_has_no_parameters_and_the_cell_more_units():
    count = sizing._counter(_experiment("gru", (("without", "reset"),)))
    # two thirds of a GRU's blocks, its second bias, and the head
    assert count(10) == 2 * (2 * 10 + 10 * 10 + 10) + 10 + 2 * 10 + 2
    whole, _ = _sized(3_000, "gru")
    units, number = _sized(3_000, "gru", (("without", "reset"),))
    assert units > whole
    assert abs(number - 3_000) < 150


@pytest.mark.slow
def test_layers_in_both_directions():
    units, number = _sized(5_000, layers=2, bidirectional=True)
    both = [  # two directions a layer; the second reads both of the first
        2 * units * (2 + units + 1) + 2 * units * (3 * units + 1) + 2 * 2 * units + 2
        for units in range(100)
    ]
    assert number == min(both, key=lambda size: abs(size - 5_000))
    assert both[units] == number


def test_few_models_are_built(monkeypatch):
    built = []
    build_model = sizing.build_model
    monkeypatch.setattr(
        sizing, "build_model", lambda *args: built.append(1) or build_model(*args)
    )
    _sized(50_000)
    assert len(built) <= 10


@pytest.mark.slow
def test_a_cell_that_refuses_most_numbers_of_units(cells):
    assert _sized(_elman(40) + 3, f"{cells}:ByEight") == (40, _elman(40))
    with pytest.raises(UsageError) as error:
        _sized(_elman(28), f"{cells}:ByEight")
    assert str(error.value) == (
        "No tiny_task with the cell ByEight has 926 parameters or one within 5% of it. "
        "The nearest are 698 parameters (24 units) or 1,186 parameters (32 units)."
    )


@pytest.mark.slow
def test_a_cell_that_grows_in_steps(cells):
    def count(units):
        return _elman(units) + units // 10 * 30

    best = min(range(1, 99), key=lambda units: abs(count(units) - 1_250))
    assert _sized(1_250, f"{cells}:Steps") == (best, count(best))


def test_a_cell_that_refuses_everything_says_why(cells):
    with pytest.raises(UsageError, match="this cell refuses everything"):
        _sized(1_000, f"{cells}:Never")


def test_fewer_than_one_unit_needs():
    with pytest.raises(UsageError) as error:
        _sized(5)
    assert str(error.value) == (
        "No tiny_task with the cell elman has 5 parameters or one within 5% of it. "
        "The least is 8 parameters (1 unit)."
    )
    with pytest.raises(UsageError, match="of at least 1; received 0"):
        _sized(0)
    assert sized(_experiment(), 8)[1] == "--params 8: 1 unit, 8 parameters"


class Noting(Display):
    def __init__(self):
        self.lines = []

    def message(self, line):
        self.lines.append(line)


@pytest.mark.slow
def test_a_run_equals_that_with_the_units_to_the_last_digit():
    # both draw random numbers at all the moments that they can
    task, cell = str(LAZY), f"{LAZY}:GreedyCell"
    display = Noting()
    same = {"seed": 5, "limit": 2, "optimizer": "sgd", "implementation": "projected"}
    found = run(task, cell, params=300, display=display, **same)
    units = found.settings["units"]
    assert display.lines == [
        f"--params 300: {units} units, {found.num_params:,} parameters"
    ]
    plain = run(task, cell, units=units, **same)
    assert found.settings == plain.settings
    assert found.metrics == plain.metrics
    assert found.history[0]["loss"] == plain.history[0]["loss"]


def _seqtasks(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_command_line_prints_what_it_chose(tmp_path, monkeypatch):
    def instead(experiment, *_):
        raise UsageError(f"{experiment.settings.units} it is")

    monkeypatch.setattr(Experiment, "prepare", instead)
    done = _seqtasks("run", TINY, "--params", "0.3k", "--results", tmp_path)
    assert done.stderr == ("--params 300: 8 units, 290 parameters\nError: 8 it is\n")


@pytest.mark.parametrize(
    ("line", "arguments", "size"),
    [
        ("", ["--params", "70000"], (None, 70_000)),
        ("", ["--params", "70_000"], (None, 70_000)),
        ("", ["--params", "1.5M"], (None, 1_500_000)),
        ("", ["--params", "task"], (None, "task")),
        ("params = 300", [], (None, 300)),
        ('params = "0.3k"', [], (None, 300)),
        ("units = 3", ["--params", "70k"], (None, 70_000)),
        ("params = 300", ["--units", 3], (3, None)),
        ("units = 3\nparams = 300", [], (3, 300)),
    ],
)
def test_what_is_typed_wins_over_a_file_of_defaults(
    tmp_path, monkeypatch, line, arguments, size
):
    config = tmp_path / "run.toml"
    config.write_text(line)
    received = []

    def instead(*_, units, params, **others):
        received.append((units, params))
        raise UsageError("enough")

    monkeypatch.setattr("seqtasks.training.run.run", instead)
    done = _seqtasks("run", TINY, "--config", config, *arguments)
    assert done.exit_code == 2, done.output
    assert received == [size]


def test_the_size_of_a_task_is_the_one_that_its_file_declares(tmp_path):
    path = tmp_path / "sized_task.py"
    text = Path(TINY).read_text(encoding="utf-8")
    path.write_text(f"STUDY_PARAMS = 300\n{text}", encoding="utf-8")
    with pytest.raises(UsageError, match="No tiny_task with the cell gru has 300 par"):
        run(f"{path}:tiny_task", params="task", layers=50)
    with pytest.raises(UsageError, match="declares none"):
        run(TINY, params="task")
    with pytest.raises(UsageError, match="params must be a number or the word task"):
        run(TINY, params="tsk")


@pytest.mark.parametrize("written", ["0", "-3", "many", "1.5", "1.23456k", "1e3", "k"])
def test_what_is_no_number_of_parameters(written):
    done = _seqtasks("run", TINY, "--params", written)
    assert done.exit_code == 2
    assert "expected a whole number above 0, as in 70000, 70k or 1.5M" in done.stderr


def test_both_sizes_are_too_many():
    done = _seqtasks("run", TINY, "--params", 300, "--units", 3)
    assert done.exit_code == 2
    assert (
        "Expected the size as --params or as --units; received both, --units being 3."
    ) in done.stderr
