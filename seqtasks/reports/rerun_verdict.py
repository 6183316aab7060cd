"""Whether a run repeats another: to the last digit, within seed noise, or not."""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from seqtasks.reports.group import groups
from seqtasks.reports.numbers import counted
from seqtasks.reports.row import rows
from seqtasks.reports.statistics import prediction_interval
from seqtasks.result import Result

Kind = Literal["bit-equal", "within seed noise", "differs"]

# with two, the interval is thirty deviations wide and holds almost anything
MIN_SEEDS = 3


@dataclasses.dataclass(frozen=True)
class RerunVerdict:
    """How far a rerun agrees with the run that it repeats.

    Args:
        kind: The answer.
        sentence: Why, with the rule.
        numbers: One line for each number that is not the same.
        between: One line for each thing, other than numbers, that is not the same:
            versions, device, code, data, settings.
    """

    kind: Kind
    sentence: str
    numbers: tuple[str, ...]
    between: tuple[str, ...]


def judge(old: Result, new: Result, folder: Sequence[Result]) -> RerunVerdict:
    """Compares a rerun with the run that it repeats.

    Args:
        old: The run that was repeated.
        new: Its repetition.
        folder: All results of the folder, for the spread over seeds.
    """
    numbers, between = tuple(_numbers(old, new)), tuple(_between(old, new))
    if not numbers:
        kind: Kind = "bit-equal"
        sentence = "all metrics, and all losses of the history, to the last digit."
    elif old.fingerprint != new.fingerprint:
        kind, sentence = "differs", "the data are not the same."
    elif old.limit is not None or old.is_trial:
        kind = "differs"
        what = "trial of a search" if old.is_trial else "smoke run"
        sentence = f"it is a {what}, which has no test score to be near to."
    elif old.score is None or new.score is None:
        kind = "differs"
        sentence = f"the first ended as {old.status}, the second as {new.status}."
    else:
        kind, sentence = _within_noise(old, new.score, _over_seeds(old, folder))
    return RerunVerdict(kind, sentence, numbers, between)


def _within_noise(old: Result, again: float, over: Sequence[float]) -> tuple[Kind, str]:
    assert old.score is not None
    difference = abs(again - old.score)
    off = f"test {old.monitor} is off by {difference:.3g}"
    if len(over) < MIN_SEEDS:
        seeds = counted(len(over), "seed")
        return "differs", (
            f"{off}. The noise between seeds is unknown: the folder has {seeds} of "
            f"this row, and it takes {MIN_SEEDS}."
        )
    low, high = prediction_interval(over)
    inside = low <= again <= high
    rule = (
        f"{again:.4g} is {'inside' if inside else 'outside'} {low:.4g} to {high:.4g}, "
        f"the 95 % t interval for one more seed of this row, by its {len(over)} seeds"
    )
    return "within seed noise" if inside else "differs", f"{off}. {rule}."


def _over_seeds(old: Result, folder: Sequence[Result]) -> list[float]:
    """The test scores of the seeds of the old run's row, its own seed's being its."""
    others = [run for run in folder if not run.rerun_of and run.run != old.run]
    for group in groups([*others, dataclasses.replace(old, rerun_of="")]):
        for row in rows(group.runs):
            if old.run in {run.run for run in row.runs}:
                scores = {run.seed: run.score for run in row.finished}
                scores[old.seed] = old.score
                return [score for score in scores.values() if score is not None]
    return []


def _numbers(old: Result, new: Result) -> Iterator[str]:
    for name in ("status", "best_epoch", "steps"):
        yield from _change(name, getattr(old, name), getattr(new, name))
    # runs of before have no scores on train
    of_both = {*old.metrics} & {*new.metrics}
    for split in sorted({*old.metrics, *new.metrics} - ({"train"} - of_both)):
        before, after = old.metrics.get(split, {}), new.metrics.get(split, {})
        yield from _changes(f"{split} ", before, after)
    for before, after in zip(old.history, new.history, strict=False):
        timeless = [
            # a file's numbers are read as floats, those of a run may be integers
            {
                name: float(value)
                for name, value in entry.items()
                if name != "seconds"
                and not (name.startswith("train_") and name not in other)
            }
            for entry, other in ((before, after), (after, before))
        ]
        where = f"epoch {timeless[0].get('epoch', 0):.0f}, the first to differ: "
        changes = list(_changes(where, *timeless))
        if changes:
            yield from changes
            break
    yield from _change("epochs trained", len(old.history), len(new.history))


def _between(old: Result, new: Result) -> Iterator[str]:
    for name in (
        *("fingerprint", "task_version", "task_reference", "cell_reference"),
        *("num_params", "backend", "implementation", "device", "commit"),
    ):
        yield from _change(name, getattr(old, name), getattr(new, name))
    if old.commit == new.commit and old.commit.endswith("+"):
        yield f"commit {old.commit} on both sides, with changes that are in no commit"
    for name in ("versions", "options", "cell_options", "settings"):
        yield from _changes(f"{name}.", getattr(old, name), getattr(new, name))


def _changes(
    prefix: str, old: Mapping[str, Any], new: Mapping[str, Any]
) -> Iterator[str]:
    for name in dict.fromkeys((*old, *new)):
        yield from _change(f"{prefix}{name}", old.get(name, ""), new.get(name, ""))


def _change(name: str, old: Any, new: Any) -> Iterator[str]:
    # as text, in which a number that is none equals itself
    before, after = (json.dumps(value, default=str) for value in (old, new))
    if before != after:
        shown = ("(unknown)" if value == "" else str(value) for value in (old, new))
        yield f"{name} {' → '.join(shown)}"
