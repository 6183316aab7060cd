"""Groups in another unit: of each metric that can be said in it, exactly."""

import dataclasses
from collections.abc import Sequence

from seqtasks.errors import UsageError
from seqtasks.registry import nearest
from seqtasks.reports.group import Group
from seqtasks.reports.units import Unit, find, units_of
from seqtasks.result import Result


def in_unit(groups: Sequence[Group], wanted: str) -> tuple[Group, ...]:
    """The groups with their numbers in this unit; others are left, and say so.

    Each run is converted, before any mean is taken. Baselines, optimum and published
    values are converted too; a metric's name stays.

    Args:
        groups: The groups.
        wanted: A unit, as in ``"nats/character"``, or the part before the stroke.

    Raises:
        UsageError: If no metric of any group can be said in it.
    """
    known = [_units(group) for group in groups]
    found = [
        {name: unit for name, units in one.items() if (unit := find(units, wanted))}
        for one in known
    ]
    if groups and not any(found):
        names = {name for one in known for units in one.values() for name in units}
        raise UsageError(
            f"No metric of these results can be said in {wanted!r}. "
            f"{nearest(wanted, names)}"
        )
    return tuple(
        _converted(group, units, wanted)
        for group, units in zip(groups, found, strict=True)
    )


def _units(group: Group) -> dict[str, dict[str, Unit]]:
    return {
        metric: units_of(
            own, [known for known in group.conversions if known.metric == metric]
        )
        for metric, own in group.first.metric_units.items()
    }


def _converted(group: Group, units: dict[str, Unit], wanted: str) -> Group:
    own = group.first.metric_units
    changed = {name: unit for name, unit in units.items() if unit.name != own[name]}
    if changed:
        notes = [
            f"{name}: measured in {own[name]}, shown in {unit.name} = {unit.how}."
            for name, unit in changed.items()
        ]
    elif units:
        notes = []
    else:
        listed = ", ".join(f"{name} in {unit}" for name, unit in own.items())
        notes = [f"Nothing here can be said in {wanted}; left: {listed}."]
    return dataclasses.replace(
        group,
        runs=tuple(_run(run, changed) for run in group.runs),
        units=changed,
        unit_notes=tuple(notes),
    )


def _run(run: Result, units: dict[str, Unit]) -> Result:
    def value(metric: str, number: float) -> float:
        return units[metric].of(number) if metric in units else number

    def band(metric: str, end: float | None) -> float | None:
        return None if end is None else value(metric, end)

    optimum = run.optimum and dataclasses.replace(
        run.optimum, value=value(run.optimum.metric, run.optimum.value)
    )
    return dataclasses.replace(
        run,
        metrics={
            split: {name: value(name, number) for name, number in metrics.items()}
            for split, metrics in run.metrics.items()
        },
        metric_units=run.metric_units
        | {name: unit.name for name, unit in units.items()},
        baselines=tuple(
            dataclasses.replace(baseline, value=value(baseline.metric, baseline.value))
            for baseline in run.baselines
        ),
        optimum=optimum,
        published=tuple(
            dataclasses.replace(
                known,
                value=value(known.metric, known.value),
                low=band(known.metric, known.low),
                high=band(known.metric, known.high),
            )
            for known in run.published
        ),
    )
