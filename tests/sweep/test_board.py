"""The board, with runs that report what a test lets them report."""

import io
import time

import pytest
from rich.console import Console

from seqtasks import claims
from seqtasks.files import acquire
from seqtasks.heartbeat import HeartbeatWriter
from seqtasks.store import Store
from seqtasks.sweep import board as module
from seqtasks.sweep.board import Board
from seqtasks.sweep.grid import Run
from seqtasks.sweep.measurement import Prediction
from seqtasks.sweep.plan import Plan
from seqtasks.sweep.pool import Outcome
from seqtasks.sweep.state import going_sweeps

RUNS = [Run("probe", "gru", seed, ()) for seed in range(6)]
NAME = "probe-gru-s0-20260101T000000-abcdef"
ONE = Prediction(seconds=100, low=90, high=120, fixed=10, memory=1, basis="9 steps")


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path)


def board_of(store, plan=None, terminal=True):
    plan = plan or Plan(RUNS, 2, {RUNS[0]: ONE})
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100)
    return Board(
        store, "here-1-abc", RUNS, plan, lambda run: f"words{run.seed}", console
    )


def text_of(board):
    console = Console(file=io.StringIO(), width=100)
    console.print(board.drawn())
    return console.file.getvalue()


def report(store, share, run=RUNS[0]):
    """A process that trains the run reports how far it is."""
    key = {"seed": run.seed}
    claims.write_claim(store, f"words{run.seed}", run_key=key)
    folder = store.checkpoints_path(NAME)
    folder.mkdir(parents=True, exist_ok=True)
    writer = HeartbeatWriter(folder, NAME, claims.key_digest(key))
    writer.write(0.0, 0.0, epoch=1, epochs=4, loss=None)
    writer.write(share, 30.0, epoch=2, epochs=4, loss=1.5)


def test_each_run_stands_under_what_it_does(store, monkeypatch):
    # ten minutes of a board take no time
    monkeypatch.setattr(module, "_DRAW_SECONDS", 0.0)
    board = board_of(store)
    with board.shown(), acquire(claims.sweep_path(store, "here-1-abc")):
        for run in RUNS[:4]:
            board.started(run)
        board.elsewhere(RUNS[3])
        board.ended(Outcome(RUNS[1], "finished", "", 100.0))
        board.ended(Outcome(RUNS[2], "failed", "no \x1b[1msuch thing", 1.0))
        report(store, 0.5)
        board.tick()
        (state,) = going_sweeps(store)
        shown = text_of(board)
    assert (state.finished, state.total) == (1, 6)
    assert state.running == ("probe gru seed 0",)
    assert state.elsewhere == ("probe gru seed 3",)
    assert state.queued == ("probe gru seed 4", "probe gru seed 5")
    assert state.unfinished[0].how == "failed"
    lines = shown.splitlines()
    assert lines[0].startswith("2/6 ended · 1 running · 1 elsewhere · 2 queued · about")
    assert "epoch 2/4  loss 1.5  30 s left" in shown
    assert "failed: probe gru seed 2: no \\x1b[1msuch thing" in shown
    assert list(going_sweeps(store)) == []
    assert not list(claims.folder(store).glob("*.state"))


def test_the_time_left_is_that_of_the_reports_and_of_the_queue(store):
    board = board_of(store)
    board.started(RUNS[0])
    report(store, 0.5)
    board.tick()
    # 30 s of training and 5 s of the end; five runs of 100 s on two places
    assert board.seconds_left() == pytest.approx(300, abs=2)
    # what has finished took twice as long as predicted
    board.started(RUNS[1])
    board.ended(Outcome(RUNS[1], "finished", "", 200.0))
    assert board.seconds_left() == pytest.approx(435, abs=2)
    board._since[RUNS[0]] -= 1000
    board._keys.clear()
    board._digests[RUNS[0]] = ""
    assert board.seconds_left() == pytest.approx(400, abs=2)


def test_of_a_configuration_that_was_predicted_wrongly_its_own_time_counts(store):
    gru, lstm = (
        [Run("probe", c, seed, ()) for seed in range(3)] for c in ("gru", "lstm")
    )
    board = board_of(store, Plan([*gru, *lstm], 1, {gru[0]: ONE, lstm[0]: ONE}))
    board._queued = dict.fromkeys(gru[1:])
    board.ended(Outcome(gru[0], "finished", "", 300.0))
    for run in lstm:
        board.ended(Outcome(run, "finished", "", 100.0))
    # not 1.5 times what was predicted, as of all that has ended together
    assert board.seconds_left() == pytest.approx(600)


def test_without_a_plan_the_time_left_is_known_by_what_has_finished(store):
    board = board_of(store, Plan(RUNS, 1, {}))
    board.started(RUNS[0])
    assert board.seconds_left() is None
    assert "left" not in text_of(board).splitlines()[0]
    board.ended(Outcome(RUNS[0], "finished", "", 50.0))
    assert board.seconds_left() == pytest.approx(250)


def test_lines_stand_above_the_board_or_alone(store):
    lines = []
    alone = board_of(store, terminal=False)
    alone.line("started   x", lines.append)
    assert lines == ["started   x"]
    assert not alone._is_terminal
    drawn = board_of(store)
    with drawn.shown():
        drawn.line("started   x", lines.append)
        drawn.line("failed    \x1b[2Jx", lines.append)
    written = drawn._live.console.file.getvalue()
    assert lines == ["started   x"]
    assert "failed    \\x1b[2Jx" in written
    assert "started   x" not in written


def test_the_file_is_written_when_something_happens_and_else_seldom(store, monkeypatch):
    written = []
    monkeypatch.setattr(module, "write_state", lambda store, state: written.append(1))
    board = board_of(store, terminal=False)
    board._written = time.monotonic()
    for _ in range(5):
        board.tick()
    assert written == []
    board.started(RUNS[0])
    board.tick()
    board.tick()
    assert len(written) == 1
    board._written -= module._STATE_SECONDS
    board.tick()
    assert len(written) == 2


def test_many_that_go_on_or_failed_are_counted(store, monkeypatch):
    monkeypatch.setattr(module, "_MOST_RUNNING", 1)
    monkeypatch.setattr(module, "_MOST_UNFINISHED", 1)
    board = board_of(store)
    for run in RUNS:
        board.started(run)
    for run in RUNS[:3]:
        board.ended(Outcome(run, "diverged", "nan", 1.0))
    shown = text_of(board)
    assert "… and 2 more" in shown
    assert "2 more did not finish" in shown
