"""Units of a metric, and what a value is in another one, where that is exact."""

import dataclasses
import math
from collections.abc import Sequence

from seqtasks.task import Conversion

# how many nats one of them is
_IN_NATS = {"nats": 1.0, "bits": math.log(2)}


@dataclasses.dataclass(frozen=True)
class Unit:
    """Another unit of a metric: ``factor * value``, or the exponential of that.

    Args:
        name: The unit, as in ``"nats/character"``.
        factor: What a value in the metric's own unit is multiplied by.
        exponential: Whether the exponential of the product is taken, as for perplexity.
    """

    name: str
    factor: float = 1.0
    exponential: bool = False

    def of(self, value: float) -> float:
        """What a value of the metric's own unit is in this one.

        >>> Unit("perplexity/character", math.log(2), exponential=True).of(3.0)
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
        """What a value of this unit is in the metric's own."""
        if self.exponential:
            value = math.log(value) if value > 0 else -math.inf if value == 0 else value
        return value / self.factor

    @property
    def how(self) -> str:
        """What is done to a value, in a few signs."""
        scaled = "value" if self.factor == 1 else f"{self.factor:.5g} × value"
        return f"exp({scaled})" if self.exponential else scaled


def units_of(own: str, conversions: Sequence[Conversion] = ()) -> dict[str, Unit]:
    """The units that a metric can be said in, by name, its own first.

    Besides the conversions that a task states, what is in nats or bits a something is
    also in the other, and in perplexity.

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
    """The unit of this name, or the first that is this a something, as ``"nats"``."""
    if wanted in units:
        return units[wanted]
    return next(
        (unit for name, unit in units.items() if name.partition("/")[0] == wanted),
        None,
    )
