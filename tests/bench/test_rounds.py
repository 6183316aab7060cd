"""Rounds with workers that need no library: a few lines of Python each."""

import itertools
import sys

import pytest

from seqtasks.bench.process import Process, WorkerFailedError
from seqtasks.bench.rounds import measure

# answers as a worker does: each repetition takes 1 s more for its three steps
WORKER = """
import json, sys
spec = json.loads(sys.stdin.readline())
print(json.dumps({"steps": {"train": 3}, "implementation": spec["contender"]}), flush=True)
for number, _ in enumerate(sys.stdin, 1):
    FAIL
    sample = {"first_seconds": 9, "seconds": 3 * number, "steps": 3, "tokens": 12,
              "waited_seconds": WAITED}
    print(json.dumps({"samples": {"train": sample}, "peak_memory_bytes": 5}),
          flush=True)
"""
GOOD = WORKER.replace("FAIL", "").replace("WAITED", "0")
RAISES = "import sys; sys.stdin.readline(); raise ValueError('no such kernel')"
DIES = WORKER.replace("FAIL", "import os; os.kill(os.getpid(), 9)")
TELLS = """
import json, sys
sys.stdin.readline()
print(json.dumps({"error": "There is no cell.", "kind": "UsageError"}), flush=True)
"""


def spec(contender):
    return {"subject": "lstm", "contender": contender, "settings": {}}


@pytest.fixture
def started():
    """Starts one program after the other; keeps the processes."""
    processes = []

    def of(*programs):
        rest = iter(programs)

        def make():
            processes.append(Process([sys.executable, "-c", next(rest)]))
            return processes[-1]

        return make

    of.processes = processes
    return of


def all_ended(processes):
    return all(process._process.poll() is not None for process in processes)


def test_each_round_asks_every_contender_once(started):
    said = []
    rows, answers = measure([spec("a"), spec("b")], 3, said.append, started(GOOD, GOOD))
    for row, name in zip(rows, "ab", strict=True):
        assert row.seconds_per_step == {"train": (1.0, 2.0, 3.0)}
        assert row.tokens_per_step == {"train": 4.0}
        assert row.steps == {"train": 3}
        assert row.implementation == name
        assert row.peak_memory_bytes == 5
        assert row.waited_seconds_per_step == row.first_seconds == {}
    assert [answer["path"] for answer in answers] == ["a", "b"]
    assert said == [
        *("building lstm, a", "building lstm, b"),
        *(f"round {number} of 3" for number in (1, 2, 3)),
    ]
    assert all_ended(started.processes)


def test_the_wait_is_noted_where_there_is_one(started):
    program = WORKER.replace("FAIL", "").replace("WAITED", "1.5")
    (row,), _ = measure([spec("a")], 2, lambda _: None, started(program))
    assert row.waited_seconds_per_step == {"train": (0.5, 0.5)}
    assert row.first_seconds == {"train": (9.0, 9.0)}


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (RAISES, "Its process ended with exit code 1: ValueError: no such kernel"),
        (DIES, "Its process ended with signal 9."),
        (TELLS, "There is no cell."),
    ],
)
def test_one_that_fails_is_a_row_and_the_others_go_on(started, program, reason):
    said = []
    rows, _ = measure(
        [spec("a"), spec("b"), spec("c")], 2, said.append, started(GOOD, program, GOOD)
    )
    assert [row.reason for row in rows] == ["", reason, ""]
    assert [len(row.seconds_per_step.get("train", ())) for row in rows] == [2, 0, 2]
    assert f"lstm, b failed: {reason}" in said
    assert all_ended(started.processes)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_no_process_is_left_after_an_interruption(started, error):
    sayings = itertools.count()

    def say(sentence):
        if next(sayings) == 3:  # both are built, a round has begun
            raise error

    with pytest.raises(error):
        measure([spec("a"), spec("b")], 5, say, started(GOOD, GOOD))
    assert len(started.processes) == 2
    assert all_ended(started.processes)


def test_the_order_differs_between_rounds():
    asked = []

    class Noted:
        def __init__(self):
            self.kill = self.close = lambda: None

        def ask(self, request):
            if request:
                self.name = request["contender"]
                return {}
            asked.append(self.name)
            sample = {"seconds": 1, "steps": 1, "tokens": 1, "waited_seconds": 0}
            return {"samples": {"train": sample}, "peak_memory_bytes": 0}

    measure([spec(name) for name in "abcd"], 6, lambda _: None, Noted)
    rounds = [asked[start : start + 4] for start in range(0, 24, 4)]
    assert all(sorted(one) == list("abcd") for one in rounds)
    assert len({tuple(one) for one in rounds}) > 1


def test_a_dead_process_answers_with_its_last_words():
    process = Process([sys.executable, "-c", "raise SystemExit('enough')"])
    try:
        with pytest.raises(WorkerFailedError, match="exit code 1: enough"):
            process.ask({})
    finally:
        process.kill()
        process.close()
