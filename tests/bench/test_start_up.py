"""The way to the first step, with processes that need no library."""

from pathlib import Path

import pytest
from bench_reports import report

from seqtasks.bench.report import Report, from_json
from seqtasks.bench.rounds import WorkerFailedError
from seqtasks.bench.settings import FIRST_RUN, LATER_RUN
from seqtasks.bench.start_up import measure_start_up
from seqtasks.bench.tables import lay_out

IMPORTS, PREPARATION, STEP = (
    "imports",
    "data, model, baselines",
    "compiling, first step",
)


class Noted:
    """Answers with times of its own; notes what it was asked, and that it was ended."""

    def __init__(self, asked, fails=""):
        self._asked, self._fails = asked, fails
        self._number = len(asked)

    def ask(self, request, seconds=None):
        self._asked.append(request)
        if request["model"] == self._fails:
            raise WorkerFailedError("It broke.")
        kept = Path(request["results"]).parent / "kept"
        request["finds"] = kept.exists()
        kept.touch()
        first, second = 3.0 + self._number, 4.5 + self._number
        ends = {IMPORTS: [2.0, 1.0], PREPARATION: [first, 2.0], STEP: [second, 4.0]}
        return {"reached": ends, "versions": {"keras": "3"}}

    def end(self):
        self._asked[-1]["ended"] = True


@pytest.fixture
def asked():
    return []


def test_each_round_has_a_first_run_and_one_that_finds_what_it_kept(asked):
    log = []
    rows, answers = measure_start_up("t", {"x": 1}, 2, log.append, lambda: Noted(asked))
    assert log == ["round 1 of 2", "round 2 of 2"]
    assert [(one["model"], one["finds"]) for one in asked] == 2 * [
        (FIRST_RUN, False),
        (LATER_RUN, True),
    ]
    assert all(one["ended"] for one in asked)
    assert [one["began"] for one in asked] == sorted(one["began"] for one in asked)
    assert len(answers) == 4
    first, later = rows
    assert first.seconds_per_step == {
        IMPORTS: (2.0, 2.0),
        PREPARATION: (1.0, 3.0),
        STEP: (1.5, 1.5),
        "all": (4.5, 6.5),
    }
    assert later.seconds_per_step["all"] == (5.5, 7.5)
    assert later.processor_seconds == {
        IMPORTS: (1.0, 1.0),
        PREPARATION: (1.0, 1.0),
        STEP: (2.0, 2.0),
        "all": (4.0, 4.0),
    }


def test_a_failure_is_a_row(asked):
    log = []
    rows, _ = measure_start_up(
        "t", {}, 1, log.append, lambda: Noted(asked, fails=LATER_RUN)
    )
    assert [row.reason for row in rows] == ["", "It broke."]
    assert "t, later run failed: It broke." in log
    assert asked[-1]["ended"]


def test_its_table(asked):
    rows, _ = measure_start_up("./a/t.py", {}, 3, print, lambda: Noted(asked))
    settings = {"task": "./a/t.py", "cell": None, "repetitions": 3}
    made = report(settings=settings, kind="start_up")
    made = Report(**{**vars(made), "rows": tuple(rows)})
    assert from_json(made.to_json()) == made
    table = lay_out(made)
    assert table.title.startswith("t.py, the task's cell · A Processor, 2 cores")
    headers = [column.header for column in table.columns]
    shown = [dict(zip(headers, line.cells, strict=True)) for line in table.lines]
    assert [one["start-up"] for one in shown] == [FIRST_RUN, LATER_RUN]
    assert shown[0]["first step after (s)"] == "6.50 (4.50 to 8.50)"
    assert shown[1]["processor time (s)"] == "4.00 (4.00 to 4.00)"
    assert shown[1][f"{STEP} (s)"] == "2.00 (2.00 to 2.00)"
    assert not made.failed
