"""The selftest kills real processes, and sees what is not as it should be."""

from pathlib import Path

import pytest

from seqtasks.selftest import resume
from seqtasks.selftest.child import Child, ChildFailedError, Subject
from seqtasks.selftest.outcome import Outcome

TINY = str(Path(__file__).parents[1] / "tiny_task.py")


@pytest.mark.slow
def test_real_kills_are_survived(tmp_path):
    said, subject = [], Subject(task=TINY, epochs=2, limit=5)
    tally = resume.kill_and_resume(subject, 2, 4, tmp_path, said.append)
    assert tally.problems == []
    assert (tally.tried, tally.survived) == (2, 2)
    assert said[0].startswith("The run that is never killed: ")
    assert [line[:13] for line in said if line.startswith("kill")] == [
        *("kill 1 of 2, ", "kill 2 of 2, ")
    ]
    assert said[-1].endswith("ended in the same bits.")


def test_a_run_that_does_not_finish_is_told_with_what_it_said(tmp_path):
    with (
        pytest.raises(ChildFailedError, match=r"exit code 2 and said:\n(.|\n)*nothing"),
        Child(Subject(task="./nothing.py"), tmp_path / "results") as child,
    ):
        child.finish()


def test_every_part_that_differs_is_named():
    one = Outcome({"steps": 3, "weights 0000": ((2,), b"ab"), "only here": 1})
    other = Outcome({"steps": 4, "weights 0000": ((2,), b"ab"), "only there": 1})
    assert one.differences(one) == []
    assert one.differences(other) == ["steps", "only here", "only there"]


@pytest.fixture
def faked(monkeypatch):
    """Runs that cost nothing and end in what a list says."""
    outcomes = []

    class FakeChild:
        seconds = 1.0

        def __init__(self, subject, results):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def wait_for(self, happened):
            return True

        def finish(self):
            pass

        def kill(self):
            return True

    monkeypatch.setattr(resume, "Child", FakeChild)
    monkeypatch.setattr(resume, "outcome_of", lambda _: Outcome(outcomes.pop(0)))
    return outcomes


def test_a_run_that_ends_in_other_bits_is_a_problem(faked, tmp_path):
    faked += [{"a": 1}, {"a": 2}, {"a": 1}]
    tally = resume.kill_and_resume(Subject(task="t"), 3, 0, tmp_path, [].append)
    assert (tally.tried, tally.survived) == (3, 0)
    assert tally.problems == [
        f"After 3 kills, the run in {tmp_path}/1 differs from the one that was never "
        f"killed: a."
    ]


def test_a_machine_that_does_not_repeat_itself_is_told_apart(faked, tmp_path):
    faked += [{"a": 1}, {"a": 2}, {"a": 3}]
    tally = resume.kill_and_resume(Subject(task="t"), 1, 0, tmp_path, [].append)
    assert tally.problems[1] == (
        "Two runs that were never killed differ as well, in a: this machine does not "
        "repeat its results."
    )


def test_a_file_half_written_and_a_file_left_are_seen(faked, tmp_path):
    faked += [{"a": 1}, {"a": 1}, {"a": 1}]
    folder = tmp_path / "1" / "checkpoints" / "run"
    folder.mkdir(parents=True)
    (folder / ".0123abcd-00000001.npz").touch()
    tally = resume.kill_and_resume(Subject(task="t"), 1, 0, tmp_path, [].append)
    assert tally.writing == 1
    assert tally.problems == [
        f"{tmp_path}/1 holds .0123abcd-00000001.npz, checkpoints, run at the end."
    ]
