"""The pool, with runs that end as they are made to."""

import sys

import pytest

from seqtasks.sweep import pool, process
from seqtasks.sweep.grid import Run
from seqtasks.sweep.pool import run_all

RUNS = [Run("adding", "gru", seed, ()) for seed in range(4)]


class Fake:
    """A run that goes on for some polls, then ends with a code."""

    alive = most = 0

    def __init__(self, code, polls=2, waiting=0):
        self.code, self.polls, self.asked = code, polls, []
        self.waiting = waiting
        Fake.alive += 1
        Fake.most = max(Fake.most, Fake.alive)

    def waits(self):
        self.waiting -= 1
        return self.waiting >= 0

    def ended(self):
        self.polls -= 1
        return self.code if self.polls < 0 else None

    def reason(self):
        return "why"

    def terminate(self):
        self.asked.append("terminate")
        self.polls = 0

    def kill(self):
        self.asked.append("kill")

    def close(self):
        Fake.alive -= 1


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(pool, "_PAUSE_SECONDS", 0.0)
    Fake.alive = Fake.most = 0


def test_a_run_that_fails_is_an_outcome_and_the_others_go_on():
    codes = dict(zip(RUNS, (0, 4, -9, 1), strict=True))
    lines = []
    outcomes = run_all(RUNS, 2, lambda run: Fake(codes[run]), lines.append)
    assert {(one.run, one.how, one.reason) for one in outcomes} == {
        (RUNS[0], "finished", ""),
        (RUNS[1], "diverged", "why"),
        (RUNS[2], "killed", "why"),
        (RUNS[3], "failed", "why"),
    }
    assert Fake.most == 2
    assert Fake.alive == 0
    assert sum(line.startswith("started") for line in lines) == 4
    assert "[4/4]" in lines[-1]


class Watching:
    """Knows how long the rest takes, or does not."""

    def __init__(self, left):
        self.left = left
        self.started = self.elsewhere = self.ended = lambda what: None

    def tick(self):
        pass

    def seconds_left(self):
        return self.left


@pytest.mark.parametrize(
    ("left", "shown"), [(5400.0, "[1/4, about 1:30:00 left]"), (None, "[1/4, about 0:")]
)
def test_the_time_left_is_that_of_the_plan(left, shown):
    lines = []
    run_all(RUNS, 1, lambda run: Fake(0), lines.append, watcher=Watching(left))
    ends = [line for line in lines if line.startswith("finished")]
    assert shown in ends[0]
    assert ends[-1].endswith("[4/4]")


def test_a_run_is_started_when_there_is_a_place_for_it(monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(pool.time, "monotonic", lambda: next(clock))
    first, second = (Fake(0, polls=9, waiting=n) for n in (0, 5))
    watcher, events = Watching(None), []
    watcher.started = lambda run: events.append(("started", run.seed))
    watcher.ended = lambda one: events.append(("ended", one.run.seed))
    runs = dict(zip(RUNS[:2], (first, second), strict=True))
    lines = []
    ended = run_all([*runs], 2, runs.get, lines.append, watcher=watcher)
    assert [kind for kind, _ in events] == ["started", "started", "ended", "ended"]
    assert sum(line.startswith("started") for line in lines) == 2
    # what it waited is none of its seconds
    assert ended[1].seconds < ended[0].seconds


def test_a_run_that_is_trained_elsewhere_is_waited_for():
    codes = iter([75, 75, 0])
    lines = []
    (outcome,) = run_all(RUNS[:1], 1, lambda run: Fake(next(codes)), lines.append, 0)
    assert outcome.how == "finished"
    # noted once, however often it is asked for
    assert sum(line.startswith("elsewhere") for line in lines) == 1


def test_ctrl_c_ends_those_that_go_on_with_a_checkpoint():
    made = []

    def start(run):
        if len(made) == 1:
            raise KeyboardInterrupt
        made.append(Fake(143, polls=10**9))
        return made[0]

    lines = []
    with pytest.raises(KeyboardInterrupt):
        run_all(RUNS, 2, start, lines.append)
    assert made[0].asked == ["terminate"]
    assert lines[-1].startswith("Ending 1 run, with a checkpoint")


def test_what_others_left_behind_counts_and_the_rest_waits_for_it():
    left, alive = iter([2, 2, 1]), []

    def taken():
        alive.append(Fake.alive)
        return next(left, 0)

    outcomes = run_all(RUNS, 2, lambda run: Fake(0), [].append, taken=taken)
    assert len(outcomes) == 4
    assert (alive[:4], Fake.most) == ([0, 0, 0, 1], 2)


def test_a_run_for_which_no_process_is_needed_is_not_said_to_start():
    lines = []
    run_all(RUNS[:1], 1, lambda run: Fake(0, polls=0), lines.append)
    assert [line.split()[0] for line in lines] == ["finished"]


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import sys; sys.exit('Error: no such thing')", "no such thing"),
        (
            "import sys; print('loading TensorFlow', file=sys.stderr); sys.exit(7)",
            "exit code 7, without an error message",
        ),
        ("raise ValueError('of a cell')", "ValueError: of a cell"),
        (
            "import os; os.kill(os.getpid(), 9)",
            "ended by SIGKILL, as where memory is short",
        ),
        ("import os; os.kill(os.getpid(), 6)", "ended by SIGABRT"),
    ],
)
def test_the_reason_of_a_process_that_failed(program, reason, monkeypatch):
    usual = process.subprocess.Popen
    monkeypatch.setattr(
        process.subprocess,
        "Popen",
        lambda words, **given: usual([sys.executable, "-c", program], **given),
    )
    started = process.Process(["run", "adding"], threads=1)
    started._process.wait()
    assert started.reason() == reason
    started.close()
