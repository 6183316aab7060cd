"""What a sweep prints at its end."""

import collections
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from seqtasks.result import Result
from seqtasks.sweep.pool import Outcome

_CONFIDENCE = 0.95
# rows that a person reads on one screen
_MOST_SHOWN = 20


def summary(
    outcomes: Sequence[Outcome], rows: Sequence[Result], results: Path, words: list[str]
) -> Iterator[str]:
    """How the runs ended, how they compare, and what to type next.

    Args:
        outcomes: How each ended.
        rows: Their rows, as far as they are known.
        results: Folder of the results.
        words: Words of the sweep's own command line.
    """
    yield from comparison(rows, results)
    yield ""
    counts = collections.Counter(one.how for one in outcomes)
    shown = ", ".join(f"{count} {how}" for how, count in counts.most_common())
    yield f"{len(outcomes)} run{'' if len(outcomes) == 1 else 's'}: {shown}"
    others = [one for one in outcomes if one.how != "finished"]
    for one in others[:_MOST_SHOWN]:
        yield f"  {one.how}: {one.run.label}: {one.reason}"
    if len(others) > _MOST_SHOWN:
        yield f"  and {len(others) - _MOST_SHOWN} more"
    heading = "next"
    for command in _next(others, rows, results, words):
        yield f"{heading:<8} {shlex.join(command)}"
        heading = ""


def comparison(rows: Sequence[Result], results: Path) -> Iterator[str]:
    """The comparison of two cells or more, over these runs alone."""
    whole = [row for row in rows if row.limit is None and not row.is_apart]
    if len({row.cell for row in whole if row.status == "finished"}) < 2:
        return
    from seqtasks.reports.comparison import compare
    from seqtasks.reports.comparison_text import format_comparison
    from seqtasks.reports.on_examples import read_on_examples

    saved, _ = read_on_examples(whole, [results])
    found = compare(whole, _CONFIDENCE, 0, "", saved)
    yield ""
    yield from format_comparison(found, "text", "").splitlines()


def _next(
    others: Sequence[Outcome], rows: Sequence[Result], results: Path, words: list[str]
) -> Iterator[list[str]]:
    """Commands that go on from here."""
    if any(one.how in ("killed", "stopped") for one in others):
        yield words
    ended = sorted({row.status for row in rows} & {"failed", "diverged"})
    ended += sorted({row.status for row in rows} & {"out_of_memory", "timed_out"})
    if ended and "--retry" not in words:
        yield [*words, "--retry", ",".join(ended)]
    folder = [] if str(results) == "results" else ["--results", str(results)]
    tasks = sorted({row.task for row in rows if row.status == "finished"})
    for name in ("table", "report"):
        # a table of one task has its runs, one of several has one row per task
        named = tasks if name == "table" and len(tasks) == 1 else []
        whole = ["--summary"] if name == "table" and len(tasks) > 1 else []
        yield ["seqtasks", name, *named, *whole, *folder]
