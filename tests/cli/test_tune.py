"""seqtasks tune: what it makes of a command line; the search is tested apart."""

import sys

import pytest
from click.testing import CliRunner
from planned_search import TINY

from seqtasks.cli.main import main
from seqtasks.files import acquire
from seqtasks.sweep import pool
from seqtasks.sweep.local import Local
from seqtasks.training.study import load, storage


def tune(*arguments):
    return CliRunner().invoke(main, ["tune", TINY, *map(str, arguments)])


class Ended:
    """A run that has ended; a trial is noted in its study."""

    def __init__(self, folder, run):
        self._code = 0 if run.seed != 1 else 4
        study, sign, number = run.options[-1].partition(":")
        if sign:
            kept = load(storage(folder, study), study, run.cell)
            kept.tell(int(number), 0.5 + int(number) / 10)

    def waits(self):
        return False

    def ended(self):
        return self._code

    def reason(self):
        return "why"

    def terminate(self):
        pass

    kill = close = terminate


def test_trials_then_the_best_settings_with_other_seeds(tmp_path, monkeypatch):
    started = []

    def start(self, run):
        started.append(run)
        return Ended(tmp_path, run)

    monkeypatch.setattr(Local, "start", start)
    monkeypatch.setattr(pool, "_PAUSE_SECONDS", 0.0)
    words = (
        *("--cell", "elman,gru", "--epochs", 1, "--trials", 2, "--seeds", 2),
        *("--search", "layers=1:2", "--results", tmp_path),
    )
    done = tune(*words)
    # the second seed of each diverged
    assert done.exit_code == 1, done.output
    assert len(started) == 8
    trials, finals = started[:4], started[4:]
    assert {run.seed for run in trials} == {1000}
    assert [(run.cell, run.seed) for run in finals] == [
        *(("elman", 0), ("gru", 0), ("elman", 1), ("gru", 1)),
    ]
    assert finals[0].options[:2] == ("--epochs", "1")
    study = finals[0].options[-1]
    assert study.startswith("tiny_task-")
    assert study.endswith("@2")
    assert "diverged: " in done.stdout
    name = study.removesuffix("@2")
    assert f"seqtasks plot --search {name} --results {tmp_path}" in done.stdout
    # typed again, no trial is made again; another space is refused
    started.clear()
    assert tune(*words).exit_code == 1
    assert [run.seed for run in started] == [0, 0, 1, 1]
    other = tune(*words, "--search", "batch_size=8,16")
    assert other.exit_code == 2
    assert "was begun with another space: layers=1:2; received layers=1:2 b" in (
        other.stderr
    )
    # another process has it
    with acquire(tmp_path / "tune" / f"{name}.search.lock"):
        held = tune(*words)
    assert held.exit_code == 2
    assert f"Another process searches in the study {name}. Wait for it" in held.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--cell", "gru,,lstm"], "Expected --cell to be different names with commas"),
        (["--cell", "gru,lsm"], "There is no cell named 'lsm'. Did you mean lstm"),
        (["--study", "a:b"], "Expected a study's name of letters, digits, '.', '_'"),
        (
            ["--params", "1k", "--search", "units=2:4"],
            "Expected units in --search or --params; received both.",
        ),
        (
            ["--learning-rate", "0.1", "--search", "learning_rate=1e-3:1e-1"],
            "Expected learning_rate with one value or in --search; received both.",
        ),
        (["--trials", "0"], "0 is not in the range"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_starts(words, sentence, tmp_path):
    done = tune(*words, "--results", tmp_path)
    assert done.exit_code == 2
    assert sentence in " ".join(done.stderr.split())
    assert not [*tmp_path.glob("**/*.journal")]


def test_without_optuna_its_installation_is_given(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "optuna", None)
    done = tune("--results", tmp_path)
    assert done.exit_code == 2
    assert "pip install 'seqtasks[tune]'" in done.stderr
