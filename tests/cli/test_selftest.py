"""seqtasks selftest, without the kills."""

import pytest
from click.testing import CliRunner

from seqtasks.cli.main import main
from seqtasks.testing import resume, sweep_kills


@pytest.fixture
def tally(monkeypatch):
    """The counts of the kills, and the arguments that they were asked for with."""
    tally, asked = resume.Tally(4, 4, 1), {}

    def kill_and_resume(run, kills, seed, folder, message):
        asked.update(run=run, kills=kills, seed=seed)
        assert folder.is_dir()
        message("killed")
        return tally

    monkeypatch.setattr(resume, "kill_and_resume", kill_and_resume)
    return tally, asked


def selftest(*arguments):
    return CliRunner().invoke(main, ["selftest", "resume", *map(str, arguments)])


def test_it_prints_how_many_were_survived(tally):
    _, asked = tally
    options = ("--cell", "gru", "--set", "delay=3", "--every", 5)
    done = selftest("--kills", 4, "--seed", 7, "--task", "copy_memory", *options)
    assert done.exit_code == 0, done.output
    assert done.stdout == (
        "4 of 4 kills survived, bit-equal; 1 of them hit a file half written\n"
    )
    assert done.stderr == "seed 7\nkilled\n"
    assert (asked["kills"], asked["seed"]) == (4, 7)
    words = [*asked["run"].words("R")]
    assert words[:6] == ["run", "copy_memory", "--cell", "gru", "--set", "delay=3"]
    assert words[-4:] == ["--checkpoint-every", "5 steps", "--results", "R"]


def test_what_was_not_survived_is_printed_and_the_exit_code_is_1(tally):
    what, _ = tally
    what.survived, what.problems = 1, ["The run in 1 differs."]
    done = selftest("--kills", 4)
    assert done.exit_code == 1
    assert done.stdout == (
        "1 of 4 kills survived; 1 of them hit a file half written\n"
        "The run in 1 differs.\n"
    )


@pytest.mark.parametrize("problems", [[], ["There is no row of gru."]])
def test_the_kills_of_a_sweep_are_counted(monkeypatch, problems):
    asked = {}

    def kill(killed, kills, seed, folder, message):
        asked.update(killed=killed, kills=kills, seed=seed)
        assert folder.is_dir()
        return sweep_kills.SweepTally(3, 1, 8, problems)

    monkeypatch.setattr(sweep_kills, "kill_sweeps", kill)
    monkeypatch.setattr("seqtasks.training.machine.start", lambda: None)
    words = ["--kills", "4", "--seed", "7", "--cell", "gru, lstm", "--jobs", "3"]
    done = CliRunner().invoke(main, ["selftest", "sweep", *words])
    end = "not all is as it should be" if problems else "8 rows, each there once and bi"
    assert f"4 kills, 3 of the sweep and 1 of a run: {end}" in done.stdout
    assert done.exit_code == len(problems)
    assert all(problem in done.stdout for problem in problems)
    assert (asked["kills"], asked["seed"]) == (4, 7)
    assert asked["killed"].words("R")[:4] == ["sweep", "adding", "--cell", "gru,lstm"]
