"""Rounds with workers that need no library: a few lines of Python each."""

import dataclasses
import io
import itertools
import json
import sys
import types

import pytest

from seqtasks.bench import rounds, worker
from seqtasks.bench.batches import Sample
from seqtasks.bench.rounds import Process, TimeLimit, WorkerFailedError, measure
from seqtasks.bench.settings import BenchSettings

# answers as a worker does: each repetition takes 1 s more for its three steps
WORKER = """
import json, sys
spec = json.loads(sys.stdin.readline())
print(json.dumps({"steps": {"train": 3}, "implementation": spec["model"]}), flush=True)
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
REFUSES = """
import json, sys
sys.stdin.readline()
print(json.dumps({"error": "There is no cell.", "kind": "UsageError"}), flush=True)
"""


def spec(kind):
    return {"subject": "lstm", "model": kind, "settings": {}}


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


def test_each_round_asks_every_kind_once(started):
    log = []
    rows, answers = measure([spec("a"), spec("b")], 3, log.append, started(GOOD, GOOD))
    for row, name in zip(rows, "ab", strict=True):
        assert row.seconds_per_step == {"train": (1.0, 2.0, 3.0)}
        assert row.tokens_per_step == {"train": 4.0}
        assert row.steps == {"train": 3}
        assert row.implementation == name
        assert row.peak_memory_bytes == 5
        assert row.waited_seconds_per_step == row.first_seconds == {}
    assert [answer["implementation"] for answer in answers] == ["a", "b"]
    assert log == [
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
        (REFUSES, "There is no cell."),
    ],
)
def test_one_that_fails_is_a_row_and_the_others_go_on(started, program, reason):
    log = []
    rows, _ = measure(
        [spec("a"), spec("b"), spec("c")],
        2,
        log.append,
        started(GOOD, program, GOOD),
    )
    assert [row.reason for row in rows] == ["", reason, ""]
    assert [len(row.seconds_per_step.get("train", ())) for row in rows] == [2, 0, 2]
    assert f"lstm, b failed: {reason}" in log
    assert all_ended(started.processes)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_no_process_is_left_after_an_interruption(started, error):
    calls = itertools.count()

    def log(sentence):
        if next(calls) == 3:  # both are built, a round has begun
            raise error

    with pytest.raises(error):
        measure([spec("a"), spec("b")], 5, log, started(GOOD, GOOD))
    assert len(started.processes) == 2
    assert all_ended(started.processes)


def test_the_order_differs_between_rounds():
    asked = []

    class Noted:
        def __init__(self):
            self.end = lambda: None

        def ask(self, request, seconds=None):
            if request:
                self.name = request["model"]
                return {}
            asked.append(self.name)
            sample = {"seconds": 1, "steps": 1, "tokens": 1, "waited_seconds": 0}
            return {"samples": {"train": sample}, "peak_memory_bytes": 0}

    measure([spec(name) for name in "abcd"], 6, lambda _: None, Noted)
    rounds = [asked[start : start + 4] for start in range(0, 24, 4)]
    assert all(sorted(one) == list("abcd") for one in rounds)
    assert len({tuple(one) for one in rounds}) > 1


def test_a_dead_process_answers_with_its_last_message():
    process = Process([sys.executable, "-c", "raise SystemExit('enough')"])
    try:
        with pytest.raises(WorkerFailedError, match="exit code 1: enough"):
            process.ask({})
    finally:
        process.end()


@pytest.mark.slow
def test_a_worker_of_its_own_answers_in_json_whatever_the_libraries_print():
    process = Process()
    sizes = BenchSettings(units=4, batch_size=3, sequence_length=6, steps=1)
    settings = dataclasses.asdict(sizes)
    try:
        asked = {"subject": "matmul", "model": "matmul", "settings": settings}
        assert process.ask(asked)["device"]
        assert process.ask({})["samples"]["float32"]["seconds"] > 0
    finally:
        process.end()


# Bounded in time.


SLEEPS = "import time; time.sleep(600)"


def test_one_that_takes_too_long_is_ended(started):
    process = started(SLEEPS)()
    with pytest.raises(WorkerFailedError, match="was not done in 0 s and was ended"):
        process.ask({}, 0.1)
    assert all_ended(started.processes)
    process.end()


def test_after_half_of_the_time_none_is_built_and_after_all_no_round_begins(
    started, monkeypatch
):
    clock = iter([0.0, 1.0, 6.0, 9.0, 11.0])  # begin, two models, rounds 2 and 3
    monkeypatch.setattr(rounds, "time", types.SimpleNamespace(monotonic=clock.__next__))
    log = []
    rows, _ = measure(
        [spec("a"), spec("b")],
        5,
        log.append,
        started(GOOD),
        TimeLimit(seconds=10, each=600),
    )
    assert [row.reason for row in rows] == [
        "",
        "Half of the time was over before it was built.",
    ]
    assert rows[0].seconds_per_step == {"train": (1.0, 2.0)}
    assert log[-1] == "The time is over after 2 of 5 rounds."


# The worker's side.


class Counted:
    """A mode whose first step takes 5 s and whose others take as long as is said."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.asked = []

    def __call__(self, steps):
        self.asked.append(steps)
        first = 5.0 if len(self.asked) == 1 else self.seconds
        return Sample(first, self.seconds * steps, steps, 10.0 * steps)


@pytest.mark.parametrize(
    ("seconds", "given", "steps"),
    [(0.05, None, 10), (3.0, None, 1), (1e-9, None, 1000), (0.05, 4, 4)],
)
def test_a_repetition_takes_about_half_a_second_unless_steps_are_given(
    seconds, given, steps
):
    mode = Counted(seconds)
    found, compiling = worker.warm_up(mode, given)
    assert found == steps
    assert compiling == pytest.approx(5 - seconds)


@pytest.mark.parametrize(("seconds", "steps"), [(0.05, 16), (0.2, 8)])
def test_batches_of_many_shapes_are_seen_before_and_timed_equally_often(seconds, steps):
    mode = Counted(seconds)
    found, _ = worker.warm_up(mode, None, batches=8)
    assert found == steps
    assert mode.asked == [8, 8]


def test_each_request_after_the_first_is_a_repetition(monkeypatch):
    class Counting:
        def __init__(self):
            self.modes = {"train": Counted(0.25)}

        def about(self):
            return {"implementation": "compiled"}

    monkeypatch.setattr(worker, "build", lambda spec: Counting())
    answers = io.StringIO()
    worker.serve(io.StringIO('{"settings": {"steps": null}}\n{}\n{}\n'), answers)
    ready, *samples = map(json.loads, answers.getvalue().splitlines())
    assert ready == {
        "steps": {"train": 2},
        "compile_seconds": {"train": 4.75},
        "implementation": "compiled",
    }
    assert len(samples) == 2
    assert samples[0]["samples"]["train"] == {
        "first_seconds": 0.25,
        "seconds": 0.5,
        "steps": 2,
        "tokens": 20.0,
        "waited_seconds": 0.0,
    }
