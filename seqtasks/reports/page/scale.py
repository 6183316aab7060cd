"""Scale: from values to a length, linear or logarithmic, and its ticks."""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any

from seqtasks.task import Mode

# beyond it a value is as good as infinite, and squares would be
_LARGEST = 1e100

# the largest is so many times the smallest where a logarithmic scale is taken
_DECADES = 20.0


def drawable(value: Any) -> float | None:
    """The number that a chart can show, ``None`` if this is none."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if not abs(found) <= _LARGEST:
        return None
    return found if abs(found) >= 1 / _LARGEST else 0.0


@dataclasses.dataclass(frozen=True)
class Scale:
    """A range of values.

    Args:
        low: The value at its beginning.
        high: The value at its end.
        log: Whether equal lengths are equal ratios.
    """

    low: float
    high: float
    log: bool = False

    def place(self, value: float) -> float | None:
        """0 at the beginning, 1 at the end; ``None`` if the scale cannot show it."""
        if not self.log:
            return (value - self.low) / (self.high - self.low)
        if value <= 0:
            return None
        return math.log(value / self.low) / math.log(self.high / self.low)

    def ticks(self, most: int, whole: bool = False) -> list[tuple[float, str]]:
        """Round values and their texts, about ``most`` of them at the most.

        Args:
            most: How many there is room for.
            whole: Whether only whole numbers mean something, as in epochs.
        """
        if self.log:
            return _log_ticks(self.low, self.high, most)
        step = _round_step((self.high - self.low) / most)
        step = max(step, 1.0) if whole else step
        first, last = math.ceil(self.low / step), math.floor(self.high / step)
        values = [index * step for index in range(first, min(last, first + 20) + 1)]
        return [(value, _text(value, step)) for value in values]


def fit(values: Sequence[float], mode: Mode) -> Scale:
    """The scale of these values, with a little room at both ends.

    It is logarithmic where the values span decades; not for a proportion of which a
    large value is good, since all that matters there is near 1.
    """
    low, high = min(values), max(values)
    proportion = mode == "max" and high <= 1
    if low > 0 and high / low >= _DECADES and not proportion:
        room = (high / low) ** 0.04
        return Scale(low / room, high * room, log=True)
    span = high - low
    if span <= 1e-9 * abs(high):
        span = abs(high) / 5 or 1.0
    return Scale(
        low - span / 20 if low < 0 or low > span / 20 else 0.0, high + span / 20
    )


def _round_step(least: float) -> float:
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least)


def _log_ticks(low: float, high: float, most: int) -> list[tuple[float, str]]:
    first, last = math.ceil(math.log10(low)), math.floor(math.log10(high))
    decades = range(first, last + 1)
    if 3 * math.log10(high / low) <= most:
        factors = [(f, p) for p in range(first - 1, last + 1) for f in (1, 2, 5)]
        values = [float(f"{factor}e{power}") for factor, power in factors]
    else:
        every = math.ceil(len(decades) / most)
        values = [float(f"1e{power}") for power in decades if power % every == 0]
    return [(v, _text(v, v)) for v in values if low <= v <= high]


def _text(value: float, step: float) -> str:
    """With the decimals that tell one tick from the next."""
    if value == 0:
        return "0"
    if step < 1e-4 or abs(value) >= 1e6:
        mantissa, _, power = f"{value:.3e}".partition("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(power)}"
    return f"{value:,.{max(0, -math.floor(math.log10(step)))}f}"
