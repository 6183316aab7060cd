import pytest

from seqtasks.errors import UsageError
from seqtasks.training.cadence import Cadence, Clock, parse_cadence


@pytest.mark.parametrize(
    ("value", "cadence"),
    [
        (30, Cadence(seconds=30.0)),
        ("30", Cadence(seconds=30.0)),
        ("2.5 s", Cadence(seconds=2.5)),
        ("90seconds", Cadence(seconds=90.0)),
        ("200 steps", Cadence(steps=200)),
        ("1step", Cadence(steps=1)),
        (0, Cadence()),
        ("0 steps", Cadence()),
    ],
)
def test_how_it_is_written(value, cadence):
    assert parse_cadence(value) == cadence


@pytest.mark.parametrize("value", ["", "often", "-3", "1.5 steps", "3 epochs", "nan"])
def test_what_it_is_not(value):
    with pytest.raises(UsageError) as error:
        parse_cadence(value)
    assert str(error.value) == (
        f"Expected --checkpoint-every to be seconds, as in 30, or steps, as in "
        f"'200 steps', or 0 for never; received {value!r}."
    )


@pytest.fixture
def now(monkeypatch):
    """The time, which goes on only if a test says so."""
    time = [0.0]
    monkeypatch.setattr("seqtasks.training.cadence.time.monotonic", lambda: time[0])
    return time


def test_steps_are_counted_from_the_last_writing(now):
    clock = Clock(Cadence(steps=3))
    assert [clock.due_after_step() for _ in range(4)] == [False, False, True, True]
    clock.writes()
    clock.wrote()
    assert [clock.due_after_step() for _ in range(3)] == [False, False, True]
    assert clock.due_after_epoch()


def test_seconds_are_counted_and_stretched_where_writing_is_dear(now):
    clock = Clock(Cadence(seconds=10.0))
    assert not clock.due_after_step()
    assert clock.due_after_epoch()
    now[0] = 10.0
    assert clock.due_after_step()
    clock.writes()
    now[0] = 11.0  # a second's writing: a fiftieth of 50 seconds
    clock.wrote()
    now[0] = 60.0
    assert not clock.due_after_step()
    assert not clock.due_after_epoch()
    now[0] = 61.0
    assert clock.due_after_step()
    assert clock.due_after_epoch()


def test_never_is_never(now):
    clock = Clock(Cadence())
    now[0] = 1e9
    assert not clock.due_after_step()
