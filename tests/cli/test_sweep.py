"""seqtasks sweep: the grid that options give; the pool is tested apart."""

import dataclasses
import json
from typing import ClassVar

import pytest
from click.testing import CliRunner
from results_factory import result

from seqtasks.claims import take, write_claim
from seqtasks.cli import sweep as module
from seqtasks.cli.main import main
from seqtasks.store import Store
from seqtasks.sweep import local
from seqtasks.sweep.calibrate import Calibration
from seqtasks.sweep.grid import Run
from seqtasks.sweep.local import Local
from seqtasks.sweep.measurement import Prediction
from seqtasks.sweep.plan import Plan

RUN = Run("adding", "gru", 0, ())


def sweep(*arguments):
    return CliRunner().invoke(main, ["sweep", *map(str, arguments)])


def test_commands_are_printed_one_a_run():
    done = sweep(
        *("adding", "--cell", "gru,lstm", "--set", "sequence_length=5,6"),
        *("--learning-rate", "1e-3", "--dataset", "a,b", "--seeds", 2),
        *("--results", "r s", "--retry", "failed", "--overfit", "--print-commands"),
    )
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert len(set(lines)) == 8
    for word in ("--learning-rate 1e-3", "--dataset a,b", "--results 'r s'"):
        assert all(word in line for line in lines)
    assert lines[-1].endswith("--retry failed --once")
    assert "sequence_length=6 --overfit" in lines[-1]


def test_the_folder_that_was_typed_wins_over_that_of_the_environment(monkeypatch):
    monkeypatch.setenv("SEQTASKS_RESULTS", "mine")
    words = ["adding", "--cell", "gru", "--print-commands"]
    usual = "seqtasks run adding --cell gru --seed 0 --once\n"
    assert sweep(*words).stdout == usual
    typed = sweep(*words, "--results", "results").stdout
    assert typed == usual.replace("--once", "--results results --once")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--cell", "gru,lsm"], "There is no cell 'lsm'. Did you mean lstm"),
        (["--cell", "gru,,lstm"], "Expected --cell to be different names with commas"),
        (["--cell", "./no.py"], "Expected a file of a cell; there is none at no.py."),
        (["--units", "8,x"], "'x' is not a valid integer"),
        (["--units", "8,8"], "Expected different values of --units; received 8, 8."),
        (["--retry", "finished"], "received 'finished'"),
        (["--fit-in", "2"], "Expected --fit-in to be a time, as in 2h, 90m"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_starts(words, sentence):
    done = sweep("adding", *words, "--dry-run")
    assert done.exit_code == 2
    assert sentence in " ".join(done.stderr.split())


def test_a_dry_run_shows_the_plan_and_starts_nothing(tmp_path):
    words = ("--cell", "gru,lstm", "--seeds", 2, "--results", tmp_path)
    done = sweep("adding", *words, "--dry-run")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert lines[2:4] == [["adding", "gru", "2", "?"], ["adding", "lstm", "2", "?"]]
    assert done.stdout.splitlines()[-1] == "4 runs to train."
    assert not list(tmp_path.iterdir())


def test_a_sweep_that_does_not_fit_is_not_begun(tmp_path, monkeypatch):
    def measured(self, runs, done, start, log):
        one = Prediction(
            seconds=100, low=90, high=120, fixed=10, memory=2**30, basis="9 steps"
        )
        return Plan(runs, 1, {runs[0]: one}, frozenset(done))

    monkeypatch.setattr(Calibration, "measured", measured)
    words = ("--cell", "gru", "--seeds", 3, "--results", tmp_path)
    done = sweep("adding", *words, "--fit-in", "4m")
    assert done.exit_code == 2
    assert done.stdout.splitlines()[-3:] == [
        "It does not fit into 4 min 00 s.",
        "What would, each by itself:",
        "  --seeds 2  (3 min 20 s)",
    ]
    assert not Ended.made
    assert sweep("adding", *words, "--fit-in", "5m").exit_code == 1
    assert len(Ended.made) == 3


class Ended:
    """A process that has ended: with code 4 if its seed is 1."""

    made: ClassVar[list] = []

    def __init__(self, words, threads, variables):
        self.words = words
        Ended.made.append(words)

    def waits(self):
        return False

    def ended(self):
        return 4 if "1" in self.words else 0

    def reason(self):
        return "The loss was nan."

    def terminate(self):
        pass

    kill = close = terminate


@pytest.fixture(autouse=True)
def _processes(monkeypatch):
    monkeypatch.setattr(local, "Process", Ended)
    Ended.made.clear()


def test_the_summary_names_what_did_not_finish(tmp_path):
    words = ("--cell", "gru", "--seeds", 2, "--no-plan", "--results", tmp_path)
    done = sweep("adding", *words)
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "",
        "2 runs: 1 finished, 1 diverged",
        "  diverged: adding gru seed 1: The loss was nan.",
        f"next     seqtasks table --results {tmp_path}",
        f"         seqtasks report --results {tmp_path}",
    ]
    assert not list((tmp_path / "sweep").glob("*.sweep"))


@pytest.fixture
def known(tmp_path):
    """A folder in which the run of seed 0 has ended, and its command line is known."""
    store = Store(tmp_path)
    row = result(0.5, task="adding", run="adding-gru-s0-x")
    units = {"accuracy": "fraction", "loss": "nats"}
    row = dataclasses.replace(row, metric_units=units)
    key = {name: getattr(row, name) for name in _OF_KEY}
    key |= {"task_file": "", "cell_file": ""}
    digest = module.digest_of(Run("adding", "gru", 0, ("--units", "8")))
    write_claim(store, digest, run_key=json.loads(json.dumps(key)))
    return store, row, digest


_OF_KEY = (
    *("task", "options", "cell", "cell_options", "limit", "seed", "settings"),
    *("task_version", "fingerprint", "rerun_of", "task_reference", "cell_reference"),
)


@pytest.mark.parametrize(
    ("status", "retry", "started"),
    [
        ("finished", (), ["1"]),
        ("failed", (), ["1"]),
        ("failed", ("--retry", "failed"), ["0", "1"]),
        ("interrupted", (), ["0", "1"]),
    ],
)
def test_what_is_done_already_is_found_without_a_process(known, status, retry, started):
    store, row, _ = known
    store.write(dataclasses.replace(row, status=status, reason="why"))
    words = ("--units", 8, "--seeds", 2, "--results", store.folder)
    done = sweep("adding", "--cell", "gru", "--no-plan", *words, *retry)
    seeds = [words[words.index("--seed") + 1] for words in Ended.made]
    assert seeds == started
    already = f"done      adding gru --units 8 seed 0 already: {status}"
    assert (already in done.stderr) == ("0" not in started)
    assert ("failed: adding gru --units 8 seed 0: why" in done.stdout) == (
        status == "failed" and not retry
    )


def test_run_once_finds_it_too_before_it_has_loaded_anything(known, monkeypatch):
    store, row, _ = known
    store.write(row)
    monkeypatch.setattr("seqtasks.training.machine.start", None)
    words = ["run", "adding", "--cell", "gru", "--units", "8", "--once"]
    done = CliRunner().invoke(main, [*words, "--results", str(store.folder)])
    assert done.exit_code == 0, done.output
    assert f"{row.run} is done: finished." in done.stderr


def test_one_that_goes_on_elsewhere_is_not_started(known):
    store, _, digest = known
    with take(store, digest):
        started = Local(store, (), lambda run: digest).start(RUN)
    assert (started.ended(), Ended.made) == (75, [])


def test_what_a_killed_sweep_has_left_is_counted_till_it_ends(known):
    store, _, digest = known
    write_claim(store, digest, sweep="killed")
    own = Local(store, (), lambda run: digest)
    with take(store, digest):
        with own.going():
            assert own.left() == 1
        # of a sweep that goes on it is that one's
        with own.going():
            write_claim(store, digest, sweep=own._sweep)
            other = Local(store, (), lambda run: digest)
            with other.going():
                assert other.left() == 0
    with own.going():
        assert own.left() == 0
