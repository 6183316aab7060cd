"""The selftest kills real processes, and sees what is not as it should be."""

from pathlib import Path

import pytest

from seqtasks.testing import resume
from seqtasks.testing.resume import Child, ChildFailedError, KilledRun, differing

TINY = str(Path(__file__).parents[1] / "tiny_task.py")


@pytest.mark.slow
def test_real_kills_are_survived(tmp_path):
    kills = 1  # each is two processes that import TensorFlow
    messages, run = [], KilledRun(task=TINY, cell="elman", epochs=2, limit=3)
    tally = resume.kill_and_resume(run, kills, 4, tmp_path, messages.append)
    assert tally.problems == []
    assert (tally.tried, tally.survived) == (kills, kills)
    assert messages[0].startswith("The run that is never killed: ")
    assert [line[:13] for line in messages if line.startswith("kill")] == [
        f"kill {number + 1} of {kills}, " for number in range(kills)
    ]
    assert messages[-1].endswith("ended in the same bits.")


def test_a_run_that_does_not_finish_is_an_error_with_its_messages(tmp_path):
    # refused before a library is imported
    with (
        pytest.raises(
            ChildFailedError, match=r"exit code 2 and the messages:\n(.|\n)*--nothing"
        ),
        Child(KilledRun(task="--nothing"), tmp_path / "results") as child,
    ):
        child.finish()


def test_every_part_that_differs_is_named():
    one = {"steps": 3, "weights": b"ab", "only here": 1}
    other = {"steps": 4, "weights": b"ab", "only there": 1}
    assert differing(one, one) == []
    assert differing(one, other) == ["steps", "only here", "only there"]


@pytest.fixture
def faked(monkeypatch):
    """Runs that cost nothing and end in the outcomes of a list."""
    outcomes = []

    class FakeChild:
        seconds = 1.0

        def __init__(self, run, results):
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
    monkeypatch.setattr(resume, "outcome_of", lambda _: outcomes.pop(0))
    return outcomes


def test_a_run_that_ends_in_other_bits_is_a_problem(faked, tmp_path):
    faked += [{"a": 1}, {"a": 2}, {"a": 1}]
    tally = resume.kill_and_resume(KilledRun(task="t"), 3, 0, tmp_path, [].append)
    assert (tally.tried, tally.survived) == (3, 0)
    assert tally.problems == [
        f"After 3 kills, the run in {tmp_path}/1 differs from the one that was never "
        f"killed: a."
    ]


def test_a_machine_that_does_not_repeat_itself_is_a_problem_of_its_own(faked, tmp_path):
    faked += [{"a": 1}, {"a": 2}, {"a": 3}]
    tally = resume.kill_and_resume(KilledRun(task="t"), 1, 0, tmp_path, [].append)
    assert tally.problems[1] == (
        "Two runs that were never killed differ as well, in a: this machine does not "
        "repeat its results."
    )


def test_a_file_half_written_and_a_file_left_are_seen(faked, tmp_path):
    faked += [{"a": 1}, {"a": 1}, {"a": 1}]
    folder = tmp_path / "1" / "checkpoints" / "run"
    folder.mkdir(parents=True)
    (folder / ".0123abcd-00000001.safetensors").touch()
    tally = resume.kill_and_resume(KilledRun(task="t"), 1, 0, tmp_path, [].append)
    assert tally.writing == 1
    assert tally.problems == [
        f"{tmp_path}/1 holds .0123abcd-00000001.safetensors, checkpoints, run at the "
        "end."
    ]
