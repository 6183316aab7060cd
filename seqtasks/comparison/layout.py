"""A comparison as tables, the same for all formats of a person."""

from collections.abc import Sequence

from seqtasks.comparison.comparison import Comparison
from seqtasks.comparison.contender import Contender
from seqtasks.comparison.field import Field
from seqtasks.comparison.pair import Pair
from seqtasks.reports import numbers
from seqtasks.reports.layout import ARROWS, Column, Layout, Line
from seqtasks.task import better


def contenders_layout(field: Field, comparison: Comparison) -> Layout:
    """The contenders of a task: their means, and what is not in these."""
    run, confidence = field.first, comparison.confidence
    unit = run.metric_units.get(run.monitor)
    metric = f"test {run.monitor} {ARROWS[run.mode]}{f' ({unit})' if unit else ''}"
    columns = (
        Column("contender", right=False),
        Column(f"{metric}, {percent(confidence)} interval"),
        Column("parameters"),
        Column("seeds"),
        Column("remarks", right=False),
    )
    lines = [
        Line(
            "run" if one.scores else "unfinished",
            (
                one.name,
                _mean(one, confidence),
                f"{one.row.num_params:,}",
                str(len(one.scores)),
                ", ".join(
                    part for part in (one.status, _at_baseline(one, field)) if part
                ),
            ),
        )
        for one in field.contenders
    ]
    notes = [field.group.apart] if field.group.apart else []
    if field.differing:
        what = ", ".join(field.differing)
        notes.append(f"Not the cell alone differs between contenders, but also {what}.")
    if len(field.contenders) == 1:
        notes.append("Nothing to compare it with: run another cell at the same seeds.")
    elif comparison.reference and not _has(field, comparison.reference):
        notes.append(f"No run of the reference {comparison.reference} to compare with.")
    return Layout(field.group.title, columns, tuple(lines), tuple(notes))


def pairs_layout(field: Field, pairs: Sequence[Pair]) -> Layout:
    """The paired differences of a task, and what may be concluded from each."""
    boots = any(pair.answer and pair.answer.bootstrap for pair in pairs)
    columns = (
        Column("contender", right=False),
        Column("against", right=False),
        Column("difference, corrected interval"),
        *([Column("bootstrap interval")] if boots else []),
        Column("p, corrected"),
        Column("seeds"),
        Column("verdict", right=False),
    )
    lines = []
    for pair in pairs:
        answer = pair.answer
        boot = answer.bootstrap if answer else None
        cells = (
            pair.first.name,
            pair.second.name,
            _difference(pair),
            *([_ends(pair, boot)] if boots else []),
            p_value(answer.corrected) if answer else "",
            str(len(pair.seeds)),
            verdict(pair),
        )
        lines.append(Line("run", cells))
    return Layout(f"{field.name}: paired differences", columns, tuple(lines), ())


def verdict(pair: Pair) -> str:
    """What is concluded of a pair, in a few words."""
    if pair.answer is None:
        return f"no verdict: {pair.remark}"
    parts: list[str] = [pair.answer.verdict]
    if pair.remark:
        parts.append(f"({pair.remark})")
    if pair.survivors:
        parts.append("(of the seeds that survived)")
    return " ".join(parts)


def percent(confidence: float) -> str:
    """As in ``95 %``."""
    return f"{100 * confidence:.4g} %"


def p_value(p: float) -> str:
    """Three decimals: its assumptions are good for no more."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def _has(field: Field, name: str) -> bool:
    return any(name in (one.name, one.row.cell) for one in field.contenders)


def _mean(one: Contender, confidence: float) -> str:
    if one.mean is None:
        return ""
    interval = one.interval(confidence)
    if interval is None:
        return numbers.number(one.mean)
    return numbers.within(one.mean, *interval)


def _difference(pair: Pair) -> str:
    if pair.mean is None:
        return ""
    if pair.answer is None:
        return numbers.number(pair.mean)
    return numbers.within(pair.mean, *pair.answer.interval)


def _ends(pair: Pair, interval: tuple[float, float] | None) -> str:
    if interval is None or pair.mean is None:
        return ""
    return numbers.within(pair.mean, *interval).partition("(")[2].rstrip(")")


def _at_baseline(one: Contender, field: Field) -> str:
    baseline = field.baseline
    if one.mean is None or baseline is None:
        return ""
    if better(one.mean, baseline.value, field.first.mode):
        return ""
    return f"no better than {baseline.name} ({numbers.number(baseline.value)})"
