"""What is known before a sweep begins, with processes that nobody starts."""

import dataclasses
import json
from pathlib import Path

import pytest
from results_factory import result

from seqtasks.store import Store
from seqtasks.sweep import measurement, pool
from seqtasks.sweep.calibrate import Calibration
from seqtasks.sweep.grid import Run
from seqtasks.sweep.measurement import Known, Measurement
from seqtasks.sweep.pool import Outcome

RUNS = [Run("probe", cell, seed, ()) for seed in range(2) for cell in ("gru", "lstm")]
KEY = {
    name: getattr(result(), name)
    for name in (
        *("task", "options", "cell", "cell_options", "limit", "seed", "settings"),
        *("task_version", "fingerprint", "rerun_of"),
        *("task_reference", "cell_reference"),
    )
} | {"task_file": "", "cell_file": ""}


def measured(cell="gru", **fields):
    reference = f"seqtasks.cells.{cell}:Cell"
    given = {
        "run_key": KEY | {"cell": cell, "cell_reference": reference},
        "basis": "steps",
        "count": 9,
        "measured_seconds": 0.0,
        "train_seconds": 100.0,
        "score_seconds": 1.0,
        "epochs": 10,
        "peak_memory_bytes": 2**30,
    }
    return Measurement(**given | fields)


class Measuring:
    """A process that has measured; of the lstm one that has failed."""

    def __init__(self, words):
        self.fails = "lstm" in words
        if not self.fails:
            path = Path(words[words.index("--measure") + 1])
            path.write_text(json.dumps(dataclasses.asdict(measured())))

    def ended(self):
        return int(self.fails)

    def reason(self):
        return "no such thing"

    def close(self):
        pass


@pytest.fixture
def calibration(tmp_path, monkeypatch):
    monkeypatch.setattr(pool, "_PAUSE_SECONDS", 0.0)
    return Calibration(Store(tmp_path), lambda run: run.cell, 1, 2)


def calibrated(calibration, runs=RUNS):
    started, lines = [], []

    def start(words):
        started.append(words)
        return Measuring(words)

    return calibration.measured(runs, (), start, lines.append), started, lines


def test_each_configuration_is_measured_once_and_what_fails_is_in_the_plan(calibration):
    plan, started, lines = calibrated(calibration)
    assert len(started) == 2
    assert all(words[words.index("--seed") + 1] == "0" for words in started)
    assert lines == [
        "Measuring a few steps of 2 configurations first; --no-plan leaves this out."
    ]
    assert plan.failures == {RUNS[1]: "no such thing"}
    assert "failed: no such thing" in "\n".join(plan.lines())
    # the process's own seconds are those of its start
    assert plan.cost(RUNS[2]) == pytest.approx(101, abs=5)
    again, started, _ = calibrated(calibration)
    assert [words[words.index("--cell") + 1] for words in started] == ["lstm"]
    assert again.cost(RUNS[2]) == plan.cost(RUNS[2])


@pytest.mark.parametrize(
    "other",
    [
        {"threads": 2},
        {"jobs": 1},
        {"digest_of": lambda run: "another text of the package"},
    ],
)
def test_another_machine_or_code_is_measured_anew(calibration, other):
    calibrated(calibration)
    another = dataclasses.replace(calibration, **other)
    assert RUNS[0] in another.plan(RUNS, ()).unknown
    assert RUNS[0] not in calibration.plan(RUNS, ()).unknown


def test_a_damaged_file_is_measured_anew(calibration):
    calibrated(calibration)
    (path,) = calibration.store.folder.glob("sweep/plan/*.json")
    path.write_text('{"label": 1}')
    assert RUNS[0] in calibration.plan(RUNS, ()).unknown


def test_what_is_done_already_costs_no_training(calibration):
    calibrated(calibration)
    calibration.store.write(result(run="probe-gru-s0-x", seed=0))
    calibration.store.write(result(run="probe-gru-s1-x", seed=1, units=9))
    assert calibration.plan(RUNS, ()).done == {RUNS[0]}
    assert calibration.plan(RUNS, [RUNS[1]]).done == {*RUNS[:2]}


def test_what_was_trained_is_known_better_than_what_was_measured(calibration):
    plan, _, _ = calibrated(calibration)
    outcomes = [
        Outcome(RUNS[0], "finished", "", 130.0),
        Outcome(RUNS[1], "finished", "", 1.0),
        Outcome(RUNS[2], "failed", "why", 1.0),
    ]
    ended = {"created": "2026-01-01T00:02:00+00:00", "peak_memory_bytes": 2**31}
    row = result(run="probe-gru-s0-x", seed=0, **ended)
    calibration.store.write(row)
    began = 1767225600.0  # 2026-01-01, midnight
    # one that was done before, or was cut off, has shown nothing
    assert calibration.note(plan, outcomes, 131.0, began + 3600) == []
    calibration.store.write(dataclasses.replace(row, resumed=1))
    assert calibration.note(plan, outcomes, 131.0, began) == []
    calibration.store.write(row)
    # nor has one that a sweep of before had begun, and that ended by itself
    at_once = [dataclasses.replace(outcomes[0], seconds=0.1), *outcomes[1:]]
    assert calibration.note(plan, at_once, 131.0, began) == []
    lines = calibration.note(plan, outcomes, 131.0, began)
    assert "2 min 10 s" in lines[2]
    path = next(calibration.store.folder.glob("sweep/plan/predicted-*.txt"))
    assert path.read_text().splitlines() == lines[:-1]
    assert lines[-1] == f"Kept in {path}."
    found = calibration.plan(RUNS, ()).predictions[RUNS[0]]
    assert (found.seconds, found.memory, found.basis) == (130, 2**31, "1 run")


def test_the_interval_is_wide_where_training_may_stop_early(tmp_path):
    sure = Known(label="x", measurement=measured(start_seconds=9.0)).prediction
    assert sure.seconds == 110
    assert sure.low == pytest.approx(88)
    early = measured(start_seconds=9.0, is_upper=True)
    unsure = Known(label="x", measurement=early).prediction
    assert (unsure.seconds, unsure.high) == (sure.seconds, sure.high)
    assert unsure.low == pytest.approx(0.8 * 20)
    assert unsure.basis == "9 steps, all epochs counted"
    measurement.write(tmp_path / "x.json", Known(label="x", measurement=early))
    assert measurement.read(tmp_path / "x.json").prediction == unsure
