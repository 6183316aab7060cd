"""What a sweep prints at its end."""

import dataclasses

from results_factory import result

from seqtasks.cli.sweep_end import comparison, summary
from seqtasks.sweep.grid import Run
from seqtasks.sweep.pool import Outcome

WORDS = ["seqtasks", "sweep", "probe"]


def rows_of(*cells, status="finished"):
    return [
        result(0.5 + seed / 10, cell=cell, seed=seed, status=status)
        for cell in cells
        for seed in range(3)
    ]


def outcome(how, seed=0):
    return Outcome(Run("probe", "gru", seed, ()), how, "why", 1.0)


def test_two_cells_are_compared_over_these_runs_alone(tmp_path):
    lines = [*comparison(rows_of("gru", "lstm"), tmp_path)]
    assert any("gru" in line and "lstm" in line for line in lines)
    assert not [*comparison(rows_of("gru"), tmp_path)]
    smoke = [dataclasses.replace(row, limit=2) for row in rows_of("gru", "lstm")]
    assert not [*comparison(smoke, tmp_path)]


def test_what_did_not_finish_is_named_and_how_it_goes_on(tmp_path):
    ends = [outcome("failed"), outcome("killed", 1), outcome("finished", 2)]
    rows = [*rows_of("gru")[:2], *rows_of("lstm", status="failed")]
    lines = [*summary(ends, rows, tmp_path, WORDS)]
    assert lines[-7:] == [
        "3 runs: 1 failed, 1 killed, 1 finished",
        "  failed: probe gru seed 0: why",
        "  killed: probe gru seed 1: why",
        "next     seqtasks sweep probe",
        "         seqtasks sweep probe --retry failed",
        f"         seqtasks table probe --results {tmp_path}",
        f"         seqtasks report --results {tmp_path}",
    ]


def test_of_many_that_did_not_finish_a_screen_is_shown(tmp_path):
    ends = [outcome("failed", seed) for seed in range(30)]
    lines = [*summary(ends, [], tmp_path, WORDS)]
    assert sum(line.startswith("  failed") for line in lines) == 20
    assert "  and 10 more" in lines
