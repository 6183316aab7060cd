"""Cadence: how often a run writes a checkpoint."""

import dataclasses
import math
import re
import time

from seqtasks.errors import UsageError

# writing takes no more than this share of the time, where seconds are counted
_LARGEST_SHARE = 0.02

_TEXT = re.compile(r"(\d+(?:\.\d+)?)\s*(s|seconds?|steps?)?")


@dataclasses.dataclass(frozen=True)
class Cadence:
    """Every so many seconds or every so many steps; never, if both are ``None``.

    Seconds are counted from one writing to the next, and stretched where a large model
    would else be written for more than a fiftieth of the time.
    """

    seconds: float | None = None
    steps: int | None = None


def parse_cadence(value: str | float) -> Cadence:
    """The cadence of ``30`` or ``"30s"``, ``"200 steps"``; 0 is never.

    Raises:
        UsageError: If it is something else.
    """
    found = _TEXT.fullmatch(str(value).strip())
    number = float(found[1]) if found else math.nan
    unit = (found[2] or "s") if found else ""
    if unit.startswith("step") and number == int(number):
        return Cadence(steps=int(number) or None)
    if unit.startswith("s") and not unit.startswith("step"):
        return Cadence(seconds=number or None)
    raise UsageError(
        f"Expected --checkpoint-every to be seconds, as in 30, or steps, as in "
        f"'200 steps', or 0 for never; received {value!r}."
    )


class Clock:
    """Tells when a checkpoint is due.

    Args:
        cadence: How often.
    """

    def __init__(self, cadence: Cadence):
        self._cadence = cadence
        self._cost = 0.0
        self._steps = 0
        self._last = self._start = time.monotonic()

    def due_after_step(self) -> bool:
        """Whether one is due; call it once after each step."""
        self._steps += 1
        if self._cadence.steps is not None:
            return self._steps >= self._cadence.steps
        if self._cadence.seconds is None:
            return False
        return self._passed >= self._cadence.seconds and self._cheap

    def due_after_epoch(self) -> bool:
        """Whether one is due at an epoch's end: always, if it costs little."""
        return self._cadence.steps is not None or self._cheap

    def writes(self) -> None:
        """The writing begins now."""
        self._start = time.monotonic()

    def wrote(self) -> None:
        """The writing ended now."""
        self._last, self._steps = time.monotonic(), 0
        self._cost = self._last - self._start

    @property
    def _passed(self) -> float:
        return time.monotonic() - self._last

    @property
    def _cheap(self) -> bool:
        return self._cost <= _LARGEST_SHARE * self._passed
