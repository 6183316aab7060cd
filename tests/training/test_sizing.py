"""The number of units for a number of parameters."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from seqtasks.cli.main import main
from seqtasks.errors import UsageError
from seqtasks.training import sizing
from seqtasks.training.display import Display
from seqtasks.training.plan import plan_cell, plan_task
from seqtasks.training.run import run
from seqtasks.training.settings import resolve_settings
from seqtasks.training.sizing import Sizing, sizing_line, units_for

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


def _units_for(num_params, cell="elman", options=None, task=TINY, **settings):
    task_plan = plan_task(task, {})
    resolved = resolve_settings(task_plan.build(0), "it", settings)
    return units_for(task_plan, plan_cell(cell, options or {}), resolved, num_params)


def _elman(units):
    """The tiny task's model: two features, and a head of two outputs."""
    return (2 + units) * units + units + 2 * units + 2


@pytest.mark.parametrize("wanted", [8, 52, 105, 1_000, 20_000])
def test_the_nearest_of_all_numbers_of_units(wanted):
    units = min(range(1, 200), key=lambda units: abs(_elman(units) - wanted))
    assert _units_for(wanted) == Sizing(units, _elman(units))


@pytest.mark.parametrize(
    ("cell", "options"),
    [
        ("lstm", {}),
        ("lmu", {"order": 4}),
        ("fast_grnn", {"kernel_rank": 2, "recurrent_rank": 3}),
    ],
)
def test_one_unit_more_or_less_is_no_nearer(cell, options):
    found = _units_for(1_500, cell, options)
    count = sizing._counter(
        plan_task(TINY, {}),
        plan_cell(cell, options),
        resolve_settings(plan_task(TINY, {}).build(0), "it", {}),
    )
    sizes = [count(found.units + change) for change in (-1, 0, 1)]
    assert sizes[1] == found.num_params
    assert sizes[0] < sizes[1] < sizes[2]
    assert min(sizes, key=lambda size: abs(size - 1_500)) == found.num_params


def test_layers_in_both_directions():
    found = _units_for(5_000, layers=2, bidirectional=True)
    both = [  # two directions a layer; the second reads both of the first
        2 * units * (2 + units + 1) + 2 * units * (3 * units + 1) + 2 * 2 * units + 2
        for units in range(100)
    ]
    assert found.num_params == min(both, key=lambda size: abs(size - 5_000))
    assert both[found.units] == found.num_params


def test_few_models_are_built(monkeypatch):
    built = []
    build_model = sizing.build_model
    monkeypatch.setattr(
        sizing, "build_model", lambda *args: built.append(1) or build_model(*args)
    )
    _units_for(50_000)
    assert len(built) <= 10


def test_a_cell_that_refuses_most_numbers_of_units(cells):
    found = _units_for(_elman(40) + 3, f"{cells}:ByEight")
    assert found == Sizing(40, _elman(40))
    with pytest.raises(UsageError) as error:
        _units_for(_elman(28), f"{cells}:ByEight")
    assert str(error.value) == (
        "No tiny_task with the cell ByEight has 926 parameters or one within 5% of it. "
        "The nearest are 698 parameters (24 units) or 1,186 parameters (32 units)."
    )


def test_a_cell_that_grows_in_steps(cells):
    def count(units):
        return _elman(units) + units // 10 * 30

    best = min(range(1, 99), key=lambda units: abs(count(units) - 1_250))
    assert _units_for(1_250, f"{cells}:Steps") == Sizing(best, count(best))


def test_a_cell_that_refuses_everything_says_why(cells):
    with pytest.raises(UsageError, match="this cell refuses everything"):
        _units_for(1_000, f"{cells}:Never")


def test_fewer_than_one_unit_needs():
    with pytest.raises(UsageError) as error:
        _units_for(5)
    assert str(error.value) == (
        "No tiny_task with the cell elman has 5 parameters or one within 5% of it. "
        "The least is 8 parameters (1 unit)."
    )
    with pytest.raises(UsageError, match="of at least 1; received 0"):
        _units_for(0)


class Noting(Display):
    def __init__(self):
        self.lines = []

    def told(self, line):
        self.lines.append(line)


def test_a_run_equals_that_with_the_units_to_the_last_digit():
    # both draw random numbers at all the moments that they can
    task, cell = str(LAZY), f"{LAZY}:GreedyCell"
    display = Noting()
    sized = run(task, cell, params=300, seed=5, epochs=1, display=display)
    units = sized.settings["units"]
    assert display.lines == [
        f"--params 300: {units} units, {sized.num_params:,} parameters"
    ]
    plain = run(task, cell, units=units, seed=5, epochs=1)
    assert sized.settings == plain.settings
    assert sized.metrics == plain.metrics
    assert sized.history[0]["loss"] == plain.history[0]["loss"]


def test_one_unit_is_said_so():
    assert sizing_line(9, Sizing(1, 8)) == "--params 9: 1 unit, 8 parameters"


def _seqtasks(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_the_command_line_says_what_it_chose(tmp_path, monkeypatch):
    def instead(task_plan, task, cell_plan, settings, seed):
        raise UsageError(f"{settings.units} it is")

    monkeypatch.setattr("seqtasks.training.run.prepare", instead)
    done = _seqtasks("run", TINY, "--params", "0.3k", "--results", tmp_path)
    assert done.stderr == ("--params 300: 8 units, 290 parameters\nError: 8 it is\n")


@pytest.mark.parametrize(
    ("line", "arguments", "size"),
    [
        ("", ["--params", "70000"], (None, 70_000)),
        ("", ["--params", "70_000"], (None, 70_000)),
        ("", ["--params", "1.5M"], (None, 1_500_000)),
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
