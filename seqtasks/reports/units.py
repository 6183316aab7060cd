"""Units of a metric, and values in another unit, where the conversion is exact."""

import dataclasses
import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from seqtasks.errors import UsageError
from seqtasks.registry import nearest
from seqtasks.result import Result
from seqtasks.task import Conversion

if TYPE_CHECKING:
    from seqtasks.reports.group import Group

# one of each, in nats
_IN_NATS = {"nats": 1.0, "bits": math.log(2)}


# smallest and largest value, by the unit's first word
_RANGES = {
    "fraction": (0.0, 1.0),
    "share": (0.0, 1.0),
    "perplexity": (1.0, math.inf),
    "squared": (0.0, math.inf),
}


def cut_to_range(
    interval: tuple[float, float], unit: str | None
) -> tuple[float, float]:
    """An interval without the values that a metric of this unit cannot have.

    Student's interval of a mean does not know them: of a few accuracies it may end
    above 1.

    Example:
        >>> cut_to_range((0.69, 1.10), "fraction")
        (0.69, 1.0)
        >>> cut_to_range((-0.1, 1.10), "nats")
        (-0.1, 1.1)
    """
    first = re.split(r"[ /]", unit or "")[0]
    least, most = _RANGES.get(first, (-math.inf, math.inf))
    low, high = interval
    # a NaN stays what it is
    return (least if low < least else low), (most if high > most else high)


@dataclasses.dataclass(frozen=True)
class Unit:
    """Another unit of a metric: ``factor * value``, or the exponential of that.

    Args:
        name: The unit, as in ``"nats/character"``.
        factor: What a value in the metric's own unit is multiplied by.
        exponential: True for the exponential of the product, as in a perplexity.
    """

    name: str
    factor: float = 1.0
    exponential: bool = False

    def of(self, value: float) -> float:
        """A value of the metric's own unit, converted to this one.

        >>> unit = Unit("perplexity/character", math.log(2), exponential=True)
        >>> round(unit.of(3.0), 9)
        8.0
        """
        scaled = self.factor * value
        if not self.exponential:
            return scaled
        try:
            return math.exp(scaled)
        except OverflowError:
            return math.inf

    def back(self, value: float) -> float:
        """A value of this unit, converted to the metric's own."""
        if self.exponential:
            value = math.log(value) if value > 0 else -math.inf if value == 0 else value
        return value / self.factor

    def error_of(self, error: float, value: float) -> float:
        """The standard error of a value of the metric's own unit, to first order.

        >>> Unit("nats/character", math.log(2)).error_of(0.1, 2.0) == 0.1 * math.log(2)
        True
        """
        return error * abs(self.factor) * (self.of(value) if self.exponential else 1.0)

    @property
    def how(self) -> str:
        """The conversion as a formula."""
        scaled = "value" if self.factor == 1 else f"{self.factor:.5g} × value"
        return f"exp({scaled})" if self.exponential else scaled


def units_of(own: str, conversions: Sequence[Conversion] = ()) -> dict[str, Unit]:
    """The units that a metric can be converted to, by name, its own first.

    Besides the conversions that a task states, a value in nats or bits per something
    can be had in the other unit, and as a perplexity.

    Args:
        own: The metric's own unit, as in ``"bits/character"``.
        conversions: Those of this metric.
    """
    found: dict[str, Unit] = {}
    linear = (Unit(known.unit, known.factor) for known in conversions)
    for unit in (Unit(own), *linear):
        found.setdefault(unit.name, unit)
        base, slash, per = unit.name.partition("/")
        if base in _IN_NATS:
            nats = unit.factor * _IN_NATS[base]
            for name, one in _IN_NATS.items():
                other = f"{name}{slash}{per}"
                found.setdefault(other, Unit(other, nats / one))
            name = f"perplexity{slash}{per}"
            found.setdefault(name, Unit(name, nats, exponential=True))
    return found


def find(units: dict[str, Unit], wanted: str) -> Unit | None:
    """The unit of this name, or the first of this name per something, as ``"nats"``."""
    if wanted in units:
        return units[wanted]
    return next(
        (unit for name, unit in units.items() if name.partition("/")[0] == wanted), None
    )


def in_unit(groups: "Sequence[Group]", wanted: str) -> "tuple[Group, ...]":
    """The groups with their numbers in this unit, where they can be converted to it.

    Each run is converted, before any mean is taken. Baselines, optimum and published
    values are converted too; a metric's name stays.

    Args:
        groups: The groups.
        wanted: A unit, as in ``"nats/character"``, or the part before the stroke.

    Raises:
        UsageError: If no metric of any group can be converted to it.
    """
    known = [
        {
            metric: units_of(own, [c for c in group.conversions if c.metric == metric])
            for metric, own in group.first.metric_units.items()
        }
        for group in groups
    ]
    found = [
        {name: unit for name, units in one.items() if (unit := find(units, wanted))}
        for one in known
    ]
    if groups and not any(found):
        names = {name for one in known for units in one.values() for name in units}
        raise UsageError(
            f"No metric of these results can be converted to {wanted!r}. "
            f"{nearest(wanted, names)}"
        )
    return tuple(
        _converted(group, units, wanted)
        for group, units in zip(groups, found, strict=True)
    )


def _converted(group: "Group", units: dict[str, Unit], wanted: str) -> "Group":
    own = group.first.metric_units
    changed = {name: unit for name, unit in units.items() if unit.name != own[name]}
    notes = [
        f"{name}: measured in {own[name]}, shown in {unit.name} = {unit.how}."
        for name, unit in changed.items()
    ]
    if not units:
        listed = ", ".join(f"{name} in {unit}" for name, unit in own.items())
        notes = [f"Nothing here can be converted to {wanted}; unchanged: {listed}."]
    return dataclasses.replace(
        group,
        runs=tuple(_run(run, changed) for run in group.runs),
        units=changed,
        unit_notes=tuple(notes),
    )


def _run(run: Result, units: dict[str, Unit]) -> Result:
    def value(metric: str, number: float) -> float:
        return units[metric].of(number) if metric in units else number

    def converted(known: Any) -> Any:
        ends = {end: getattr(known, end, None) for end in ("value", "low", "high")}
        changed = {
            end: value(known.metric, n) for end, n in ends.items() if n is not None
        }
        return dataclasses.replace(known, **changed)

    of_test = run.metrics.get("test", {})
    return dataclasses.replace(
        run,
        metrics={
            split: {name: value(name, number) for name, number in metrics.items()}
            for split, metrics in run.metrics.items()
        },
        standard_errors={
            name: dataclasses.replace(
                error, value=units[name].error_of(error.value, of_test[name])
            )
            if name in units and name in of_test and error.value is not None
            else error
            for name, error in run.standard_errors.items()
        },
        metric_units=run.metric_units
        | {name: unit.name for name, unit in units.items()},
        baselines=tuple(map(converted, run.baselines)),
        optimum=run.optimum and converted(run.optimum),
        published=tuple(map(converted, run.published)),
    )
