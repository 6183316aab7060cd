"""Verdict: whether runs that repeat a published protocol agree with its value."""

import dataclasses
from collections.abc import Sequence
from typing import Literal

from seqtasks.reports.group import Group
from seqtasks.reports.numbers import number, setting
from seqtasks.reports.row import Row
from seqtasks.result import Result
from seqtasks.task import PublishedResult, better

Kind = Literal["inside", "better", "worse"]

_WORDS: dict[Kind, str] = {
    "inside": "inside the published band",
    "better": "better than published",
    "worse": "worse than published",
}
_NEAR = 0.1  # a model of about the published size


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The agreement of a row with a published value.

    Args:
        published: The published value.
        value: The row's mean of that metric on test.
        kind: Where it lies, by the metric's direction.
        baselines: The names of the baselines that the published band holds too.
    """

    published: PublishedResult
    value: float
    kind: Kind
    baselines: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The verdict in a few words."""
        return _WORDS[self.kind]

    @property
    def sentence(self) -> str:
        """The verdict with its numbers, and with the baselines that agree as well."""
        known = self.published
        lies = "below" if self.value < (known.low or 0.0) else "above"
        if self.kind == "inside":
            lies = "within"
        text = (
            f"{self.words}: {number(self.value)} is {lies} {band(known)} of "
            f"{known.name} ({known.source})."
        )
        if self.baselines:
            text += (
                f" That band also holds the baseline "
                f"{', '.join(self.baselines)}: to be in it takes no memory."
            )
        return text


def band(known: PublishedResult) -> str:
    """The ends of a published value's band; empty if it has none."""
    if known.low is None or known.high is None:
        return ""
    return f"{known.low:.4g} to {known.high:.4g}"


def no_verdict(known: PublishedResult, monitor: str) -> str:
    """Why no run can be compared with a published value; empty if one can."""
    if known.low is None or known.high is None:
        return "it has no band, so how far a repetition may be off is unknown"
    if not known.cell:
        return "no cell of this suite is its model"
    if known.metric != monitor:
        return f"its metric, {known.metric}, is not the one that runs are chosen by"
    return ""


def mismatch(known: PublishedResult, run: Result) -> str:
    """Why a run does not repeat a published protocol; empty if it does."""
    if run.cell != known.cell or ".py:" in run.cell_reference:
        return f"its cell is {run.cell}, not {known.cell}"
    if gate := run.cell_options.get("without"):
        return f"its cell is without its {gate} gate"
    for kind, wanted, given in (
        ("option", known.options, run.options),
        ("setting", known.settings, run.settings),
    ):
        for name, value in wanted.items():
            if given.get(name) != value:
                return (
                    f"its {kind} {name} is {setting(given.get(name))}, "
                    f"not {setting(value)}"
                )
    size = known.num_params
    if size and abs(run.num_params - size) > _NEAR * size:
        return f"its {run.num_params:,} parameters are not within a tenth of {size:,}"
    if run.limit is not None:
        return f"it is a smoke run on {run.limit} batches"
    return ""


def verdicts(row: Row, group: Group) -> tuple[Verdict, ...]:
    """The verdicts of a row on the published values whose protocol it repeats."""
    found = (verdict_on(known, row, group) for known in group.published)
    return tuple(verdict for verdict in found if verdict is not None)


def verdict_on(known: PublishedResult, row: Row, group: Group) -> Verdict | None:
    """The verdict on one published value; ``None`` if the row does not repeat it."""
    if no_verdict(known, group.first.monitor):
        return None
    score = row.metric("test", known.metric)
    if score is None or any(mismatch(known, run) for run in row.finished):
        return None
    assert known.low is not None
    assert known.high is not None
    value = score.mean
    # a score that is no number is worse than any
    kind: Kind = "better" if better(value, known.value, group.first.mode) else "worse"
    if not known.low <= value <= known.high:
        return Verdict(known, value, kind)
    baselines = (
        baseline.name
        for baseline in group.baselines
        if baseline.metric == known.metric and known.low <= baseline.value <= known.high
    )
    return Verdict(known, value, "inside", tuple(baselines))


def in_words(found: Sequence[Verdict]) -> str:
    """The verdicts of one row, with the models' names where there are several."""
    if len(found) < 2:
        return "".join(one.words for one in found)
    return "; ".join(f"{one.words} ({one.published.name})" for one in found)
