"""seqtasks sweep: the grid that options give; the pool is tested apart."""

import pytest
from click.testing import CliRunner

from seqtasks.cli import sweep as module
from seqtasks.cli.main import main


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


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--cell", "gru,lsm"], "There is no cell 'lsm'. Did you mean lstm"),
        (["--cell", "gru,,lstm"], "Expected --cell to be different names with commas"),
        (["--cell", "./no.py"], "Expected a file of a cell; there is none at ./no.py."),
        (["--units", "8,x"], "'x' is not a valid integer"),
        (["--units", "8,8"], "Expected different values of --units; received 8, 8."),
        (["--retry", "finished"], "received 'finished'"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_starts(words, sentence):
    done = sweep("adding", *words, "--dry-run")
    assert done.exit_code == 2
    assert sentence in " ".join(done.stderr.split())


def test_a_dry_run_names_the_runs():
    done = sweep("adding", "--cell", "gru", "--seeds", 2, "--dry-run")
    assert done.stdout.splitlines() == [
        "adding gru seed 0",
        "adding gru seed 1",
        "2 runs; those that are done already are not run again.",
    ]


def test_the_summary_names_what_did_not_finish(monkeypatch):
    class Ended:
        def __init__(self, words, threads):
            self.words = words

        def ended(self):
            return 4 if "1" in self.words else 0

        def reason(self):
            return "The loss was nan."

        def close(self):
            pass

    monkeypatch.setattr(module, "Process", Ended)
    done = sweep("adding", "--cell", "gru", "--seeds", 2, "--results", "r")
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "",
        "2 runs: 1 finished, 1 diverged",
        "  diverged: adding gru seed 1: The loss was nan.",
        "next     seqtasks compare --results r",
        "         seqtasks table --results r",
    ]
