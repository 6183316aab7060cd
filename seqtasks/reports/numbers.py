"""Numbers as a person reads them."""

import dataclasses
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seqtasks.reports.row import Estimate
    from seqtasks.result import StandardError

# from here on nobody counts the digits before the point
_LARGE = 1e15


def estimate(value: "Estimate | None") -> str:
    """``mean ± deviation``, both to the same digit: at most four of the mean's.

    >>> from seqtasks.reports.row import Estimate
    >>> estimate(Estimate(mean=1.66892, deviation=0.01234, n=3))
    '1.669 ± 0.012'
    >>> estimate(Estimate(mean=1.66892, deviation=None, n=1))
    '1.669'
    """
    if value is None:
        return ""
    if value.deviation is None or not math.isfinite(value.deviation):
        return number(value.mean)
    if abs(value.mean) >= _LARGE:
        return f"{number(value.mean)} ± {value.deviation:.1e}"
    if value.deviation == 0:
        return f"{number(value.mean)} ± 0"
    if 0 < abs(value.mean) < 1e-4:
        exponent = math.floor(math.log10(abs(value.mean)))
        scale = 10.0**exponent
        scaled = dataclasses.replace(
            value, mean=value.mean / scale, deviation=value.deviation / scale
        )
        return f"({estimate(scaled)})e{exponent:03d}"
    digits = min(_decimals(value.mean, 4), _decimals(value.deviation, 2))
    return f"{value.mean:,.{digits}f} ± {value.deviation:,.{digits}f}"


def interval(low: float, high: float) -> str:
    """Both ends to the same digit: two of what lies between the middle and an end.

    >>> interval(1.6853, 1.6947)
    '1.685 to 1.695'
    >>> interval(0.12, 0.78)
    '0.12 to 0.78'
    """
    middle, half = (low + high) / 2, (high - low) / 2
    if not math.isfinite(half):
        return str(half)
    if 0 < abs(middle) < 1e-4:
        return f"{low:.2e} to {high:.2e}"
    digits = _decimals(middle, 4)
    if half:
        digits = min(digits, _decimals(half, 2))
    return f"{low:,.{digits}f} to {high:,.{digits}f}"


def number(value: float) -> str:
    """Four significant digits."""
    if not math.isfinite(value):
        return str(value)
    if 0 < abs(value) < 1e-4 or abs(value) >= _LARGE:
        return f"{value:.3e}"
    return f"{value:,.{_decimals(value, 4)}f}"


def within(mean: float, low: float, high: float) -> str:
    """``mean (low to high)``, all to the same digit: two of half the interval's width.

    >>> within(1.66892, 1.65341, 1.68443)
    '1.669 (1.653 to 1.684)'
    """
    half = (high - low) / 2
    if half <= 1e-12 * abs(mean):
        return f"{number(mean)} (no spread)"
    if max(abs(low), abs(high)) < 1e-4:
        return f"{mean:.2e} ({low:.2e} to {high:.2e})"
    digits = _decimals(half, 2)
    if mean:
        # a small mean in a wide interval is not written as 0
        digits = min(max(digits, _decimals(mean, 1)), digits + 2)
    # adding 0 makes of -0.0 what a person writes
    texts = (f"{round(x, digits) + 0.0:,.{digits}f}" for x in (mean, low, high))
    return "{} ({} to {})".format(*texts)


def rounded(value: float | None) -> str:
    """Three significant digits, for a rate or a duration that no two runs share.

    >>> rounded(123456.0), rounded(1.2345)
    ('123,000', '1.23')
    """
    if value is None:
        return ""
    if not math.isfinite(value) or value == 0:
        return f"{value:g}"
    if not 1e-4 <= abs(value) < _LARGE:
        return f"{value:.2e}"
    places = 2 - math.floor(math.log10(abs(value)))
    return f"{round(value, places):,.{max(places, 0)}f}"


def setting(value: Any) -> str:
    """The value of an option or of a setting."""
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)


def counted(count: int, what: str) -> str:
    """A number of things.

    >>> counted(1, "run"), counted(2, "run of a cell"), counted(2, "series")
    ('1 run', '2 runs of a cell', '2 series')
    """
    return f"{count:,} {what if count == 1 else plural(what)}"


def plural(what: str) -> str:
    """Of a name whose first word says what it is.

    >>> plural("block of 192 windows"), plural("series")
    ('blocks of 192 windows', 'series')
    """
    first, space, rest = what.partition(" of ")
    return f"{first}{'' if first.endswith('s') else 's'}{space}{rest}"


def error_alone(error: "StandardError | None") -> str:
    """Two digits of a standard error; nothing where there is none."""
    if error is None or error.value is None:
        return ""
    if not 1e-4 <= error.value < _LARGE and error.value:
        return f"{error.value:.1e}"
    return f"{error.value:,.{_decimals(error.value, 2)}f}" if error.value else "0"


def error_over(error: "StandardError") -> str:
    """A standard error with what it is over; the reason where there is none.

    >>> from seqtasks.result import StandardError
    >>> error_over(StandardError(0.01234, 10, "speaker"))
    '± 0.012 over 10 speakers'
    """
    if error.value is None:
        return error.reason
    over = counted(error.count, error.unit)
    if error.value == 0:
        return f"± 0: all of {over} alike"
    return f"± {error_alone(error)} over {over}"


def _decimals(value: float, significant: int) -> int:
    """How many decimals show so many significant digits; any, if the value is 0."""
    if value == 0:
        return significant - 1
    return max(0, significant - 1 - math.floor(math.log10(abs(value))))
