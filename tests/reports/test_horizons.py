import dataclasses
from pathlib import Path

import pytest
from horizon_factory import record, trial

from seqtasks.analysis.horizon_record import read_records
from seqtasks.data.picture import new_figure
from seqtasks.reports import horizons as module
from seqtasks.reports.horizons import format_horizons, plot_horizons, table_of
from seqtasks.store import read_file

ELMAN = {"cell": "elman", "cell_reference": "seqtasks.cells.elman:ElmanCell"}
LRU = {"cell": "lru", "cell_reference": "seqtasks.cells.lru:LRUCell"}


def test_a_table_has_the_longest_first_and_names_its_bounds():
    found = [record(0, 0, **ELMAN), record(8, 4, 10), record(64, 64, 12, **LRU)]
    (group,) = module.by_conditions(found)
    cells = [line.cells[:4] for line in table_of(group).lines]
    assert cells == [
        ("lru", "≥ 64", "12 to ≥ 64", "≥ 64, ≥ 64, 12"),
        ("gru", "8", "4 to 10", "8, 4, 10"),
        ("elman", "< 1", "< 1 to < 1", "< 1, < 1"),
    ]
    text = format_horizons(found)
    assert text.startswith(
        "probe · longest delay (steps) · 16,000 parameters · 5 epochs\n"
    )
    assert "median over 2 or 3 seeds" in text
    assert "Solved: symbol_accuracy ≥ 0.99 on the validation split" in text
    assert "5 epochs, 1,565 training steps" in text
    assert "Trained on A Processor, 2 cores, tensorflow, python 3.11.7" in text


def test_one_seed_has_no_range():
    (line,) = table_of([record(8)]).lines
    assert line.cells[2] == ""
    assert "one seed has no range" in format_horizons([record(8)])


def test_a_metric_of_anyones_is_no_format():
    text = format_horizons([record(8, metric="a{0.__class__}{value}")])
    assert "Solved: a{0.__class__}N ≥ 0.99" in text


@pytest.mark.parametrize(
    "other",
    [
        {"settings": {"seconds": 20.0, "epochs": None}},
        {"params": 70_000},
        {"task": "adding"},
        {"task_options": {"data_seed": 1}},
        {"threshold": 0.98},
        {"most": 32},
    ],
)
def test_what_was_found_otherwise_stands_in_a_table_of_its_own(other):
    found = [record(8), record(4, **other)]
    assert len(module.by_conditions(found)) == 2
    assert format_horizons(found).count("Search: doubling") == 2


def test_a_budget_of_seconds_and_runs_that_diverged_are_named():
    one = record(8, settings={"seconds": 20.0, "epochs": None})
    reach = dataclasses.replace(
        one.reaches[0], trials=(trial(8), trial(16, status="diverged", score=None))
    )
    text = format_horizons([dataclasses.replace(one, reaches=(reach,))])
    assert "20 seconds of training" in text
    assert "1 training diverged" in text


def test_cells_that_differ_in_an_option_are_named_by_it():
    found = [record(8), record(4, cell_options={"reset_after": False})]
    text = format_horizons(found)
    assert "gru reset_after=True" in text
    assert "gru reset_after=False" in text


def test_nothing_found_yet_names_the_command():
    assert "`seqtasks horizon lstm gru --params 16k --seconds 120`" in format_horizons(
        []
    )


def test_the_picture_has_a_row_a_cell_and_a_dot_a_seed():
    group = module.by_conditions([record(8, 4, 10), record(0, 64, **ELMAN)])[0]
    axes = new_figure(600, 300).subplots()
    module._panel(axes, group)
    dots = [(*line.get_xdata(), *line.get_ydata()) for line in axes.lines]
    assert {(8, 0), (4, 0), (10, 0), (0.5, 1), (64, 1)} <= {*dots}
    assert [one.get_text() for one in axes.get_yticklabels()] == ["gru", "elman"]
    assert [one.get_text() for one in axes.texts] == ["8", "< 1"]
    markers = [line.get_marker() for line in axes.lines]
    assert markers.count(">") == 1


def test_each_task_has_a_picture(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "draw", lambda groups, form: str(len(groups)).encode())
    found = [record(8), record(8, task="adding"), record(8, params=70_000)]
    written = plot_horizons(found, None, tmp_path)
    drawn = {path.name: path.read_bytes() for path in written}
    assert drawn == {"horizon-probe.png": b"2", "horizon-adding.png": b"1"}
    (one,) = plot_horizons(found, tmp_path / "all.svg", tmp_path)
    assert one.read_bytes() == b"3"


def test_the_committed_page_is_that_of_the_committed_horizons():
    folder = Path(__file__).parents[2] / "results" / "reference" / "horizon"
    found, damaged = read_records([folder])
    page = (folder / "README.md").read_text(encoding="utf-8")
    assert page == format_horizons(found, "markdown")
    assert damaged == []
    for one in found:
        for trial_ in one.trials:
            row = read_file(folder / f"{trial_.run}.json")
            assert (row.cell, row.options["delay"]) == (one.cell, trial_.value)
            assert row.metrics["validation"][one.metric] == trial_.score
            assert (row.purpose, "test" in row.metrics) == ("horizon", False)


def test_of_cells_that_come_equally_far_the_nearer_one_is_first():
    def failed(score, **fields):
        one = record(0, **fields)
        trials = (trial(1, score=score, solved=False),)
        reach = dataclasses.replace(one.reaches[0], unsolved=1, trials=trials)
        return dataclasses.replace(one, reaches=(reach,))

    found = [failed(0.25), failed(0.84, **ELMAN), failed(None, **LRU), record(64)]
    (group,) = module.by_conditions(found)
    cells = [(line.cells[0], line.cells[4]) for line in table_of(group).lines]
    assert cells[1:] == [
        ("elman", "1: 0.8400"),
        ("gru reset_after=True", "1: 0.2500"),
        ("lru", "1: diverged"),
    ]
    assert cells[0][1] == "none"
