"""A trace, or two beside each other, in each format, printed or as a file."""

import dataclasses
import functools
import json
from pathlib import Path

from seqtasks.analysis.trace import Trace, plain
from seqtasks.analysis.trace_against import (
    Difference,
    SharedWeights,
    first_difference,
)
from seqtasks.analysis.trace_against_text import against_in_text
from seqtasks.analysis.trace_page import page
from seqtasks.analysis.trace_picture import draw
from seqtasks.analysis.trace_text import trace_in_text
from seqtasks.errors import UsageError
from seqtasks.files import replacing

# of JSON: some 100 MB
_MOST_NUMBERS = 5_000_000


@dataclasses.dataclass(frozen=True)
class Traced:
    """What is shown.

    Args:
        trace: The trace.
        other: The trace of a second cell on the same example; ``None`` for none.
        shared: Weights that the second cell was given; ``None`` if it has its own.
        step: Number of the one step to show; ``None`` for all. A picture enlarges it,
            a page opens at it.

    Raises:
        UsageError: If there is no such step.
    """

    trace: Trace
    other: Trace | None = None
    shared: SharedWeights | None = None
    step: int | None = None

    def __post_init__(self):
        if self.step is not None:
            self.trace.only(self.step)

    @functools.cached_property
    def difference(self) -> Difference | None:
        """The first quantity in which the two traces differ."""
        return first_difference(self.trace, self.other) if self.other else None


def in_text(traced: Traced, form: str) -> str:
    """The trace as ``text``, ``json`` or ``html``.

    Args:
        traced: What is shown.
        form: Name of the format.

    Raises:
        UsageError: If it is too large for JSON.
    """
    if form == "html":
        return page(traced.trace, traced.other, traced.difference, traced.step or 0)
    if form == "json":
        return json.dumps(_as_json(traced), allow_nan=False)
    if traced.other is None:
        return trace_in_text(traced.trace, traced.step)
    return against_in_text(
        traced.trace, traced.other, traced.difference, traced.shared, traced.step
    )


def write(traced: Traced, form: str, path: Path) -> None:
    """Writes a file, whole or not at all.

    Args:
        traced: What is shown.
        form: Name of the format, also ``svg`` or ``png``.
        path: Path of the file, which is replaced if it is there.

    Raises:
        UsageError: If it cannot be written.
    """
    try:
        with replacing(path) as temporary:
            if form in ("svg", "png"):
                draw(traced.trace, temporary, traced.step)
            else:
                text = f"{in_text(traced, form)}\n"
                temporary.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"Could not write {path}: {error.strerror}. Name another file with "
            f"--output."
        ) from error


def _as_json(traced: Traced) -> dict:
    """The trace as plain values, or both of them and where they differ."""
    traces = [traced.trace] if traced.other is None else [traced.trace, traced.other]
    if traced.step is not None:
        traces = [one.only(traced.step) for one in traces]
    count = sum(map(_count_numbers, traces))
    if count > _MOST_NUMBERS:
        raise UsageError(
            f"Expected a trace of at most {_MOST_NUMBERS:,} numbers for json; this one "
            f"has {count:,}, most of them gradients of each step. Choose one step with "
            f"--step."
        )
    first, *second = (one.to_json() for one in traces)
    if not second:
        return first
    return {
        "first": first,
        "second": second[0],
        "shared_weights": plain(traced.shared),
        "first_difference": plain(traced.difference),
    }


def _count_numbers(trace: Trace) -> int:
    """How many numbers the gradients hold, which are most of a trace."""
    return sum(
        one.jacobian.size + sum(term.size for term in one.weights.values())
        for one in trace.gradients
    )
