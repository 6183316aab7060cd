"""seqtasks status: a folder with one of everything."""

import dataclasses
import json

import pytest
from click.testing import CliRunner
from results_factory import result

from seqtasks import claims
from seqtasks.cli.main import main
from seqtasks.files import acquire
from seqtasks.heartbeat import HeartbeatWriter
from seqtasks.store import Store
from seqtasks.sweep.state import (
    SweepState,
    Unfinished,
    going_sweeps,
    remove_state,
    write_state,
)

COMMAND = "seqtasks run probe --cell lstm --resume"
SWEEP = SweepState(
    sweep="here-7-abcdef",
    host="here",
    pid=7,
    written=0.0,
    finished=2,
    unfinished=(Unfinished(label="probe gru seed 3", how="failed", reason="why"),),
    running=("probe gru seed 4",),
    elsewhere=(),
    queued=tuple(f"probe gru seed {seed}" for seed in range(5, 10)),
    seconds_left=60.0,
)


def status(*words):
    return CliRunner().invoke(main, ["status", *map(str, words)])


@pytest.fixture
def folder(tmp_path):
    store = Store(tmp_path)
    store.write(result(run="probe-gru-s0", seed=0))
    bad = {"status": "failed", "reason": "ValueError: \x1b[31mno\nsuch"}
    for seed in (1, 2):
        store.write(result(None, run=f"probe-gru-s{seed}", seed=seed, **bad))
    # failed once, and finished since
    store.write(result(None, run="probe-gru-s0-before", seed=0, **bad))
    cut = {"status": "running", "reason": "in epoch 1 at step 5, training loss 2.0."}
    for cell in ("lstm", "elman"):
        store.write(result(None, run=f"probe-{cell}-s0", cell=cell, **cut))
    about = store.checkpoints_path("probe-lstm-s0") / "about.json"
    about.parent.mkdir(parents=True)
    about.write_text(json.dumps({"command": COMMAND}))
    writer = HeartbeatWriter(store.checkpoints_path("probe-elman-s0"), "", "")
    with acquire(store.lock_path("probe-elman-s0")):
        writer._known["run"] = "probe-elman-s0"
        writer.write(0.25, 0.0, epoch=2, epochs=4, loss=2.5)
        writer.write(0.5, 30.0, epoch=3, epochs=4, loss=1.25)
        yield store


def test_each_run_stands_where_it_belongs(folder):
    done = status("--results", folder.folder)
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[:2] == ["1 run in training:", "  probe-elman-s0"]
    for part in (
        "██████████░░░░░░░░░░ 50%",
        "epoch 3/4",
        "loss 1.25",
        "1 min 00 s left",
    ):
        assert part in lines[2]
    assert lines[3:6] == [
        "1 run cut off, can go on:",
        "  probe-lstm-s0: Its process ended unexpectedly; it was last noted in epoch "
        "1 at step 5, training loss 2.0.",
        f"    {COMMAND}",
    ]
    assert lines[6] == "2 runs did not finish:"
    assert lines[7].startswith("  failed: probe-gru-s2 and 1 more: ValueError: ")
    # what a terminal would obey is written out
    assert "\x1b" not in done.stdout
    assert lines[-2] == "  A sweep runs them again with --retry failed."
    assert lines[-1] == "1 run finished."


def test_as_json_it_has_the_same(folder):
    found = json.loads(status("--results", folder.folder, "--json").stdout)
    assert found["finished"] == 1
    assert found["running"][0]["progress"]["share"] == 0.5
    assert found["cut_off"][0]["command"] == COMMAND
    assert {one["run"] for one in found["failed"]} == {"probe-gru-s1", "probe-gru-s2"}
    assert found["sweeps"] == []


def test_a_sweep_is_shown_while_it_goes_on(folder):
    write_state(folder, SWEEP)
    assert list(going_sweeps(folder)) == []
    with acquire(claims.sweep_path(folder, SWEEP.sweep)):
        assert list(going_sweeps(folder)) == [SWEEP]
        lines = status("--results", folder.folder).stdout.splitlines()
        assert lines[:6] == [
            "A sweep of 9 runs on here (process 7): 3 ended, about 0 s left",
            "  2 finished, 1 failed, 1 running, 5 queued",
            "  next: probe gru seed 5",
            "  next: probe gru seed 6",
            "  next: probe gru seed 7",
            "  failed: probe gru seed 3: why",
        ]
        # another sweep that ends takes no file of one that goes on
        remove_state(folder, "another")
        assert list(going_sweeps(folder)) == [SWEEP]
    remove_state(folder, "another")
    assert not list(claims.folder(folder).glob("*.state"))


def test_many_are_counted_and_not_listed(tmp_path):
    store = Store(tmp_path)
    for number in range(25):
        cut = {"status": "interrupted", "reason": f"why {number}", "seed": number}
        store.write(result(None, run=f"probe-gru-s{number}", **cut))
    lines = status("--results", tmp_path).stdout.splitlines()
    assert lines[0] == "25 runs cut off, can go on:"
    assert "  … and 5 more" in lines
    assert lines[2].strip().startswith("no command line is kept")


def test_an_empty_folder_and_a_missing_one(tmp_path):
    assert status("--results", tmp_path).stdout == (
        f"There are no results in {tmp_path} yet: `seqtasks run adding` makes the "
        f"first.\n"
    )
    Store(tmp_path).write(dataclasses.replace(result(), run="probe"))
    assert status("--results", tmp_path).stdout == "1 run finished; nothing goes on.\n"
    missing = status("--results", tmp_path / "no")
    assert missing.exit_code == 2
    assert "Expected --results to be a folder of results; there is none" in (
        missing.stderr
    )
