"""Effort: how settings of models were found, and whether it was the same for all."""

import json
from collections.abc import Sequence

from seqtasks.reports.row import Row

# of a space that is written out
_LONGEST = 120


def effort_note(rows: Sequence[Row], labels: Sequence[str]) -> str:
    """A sentence if models were searched with unequal effort; empty if they were not.

    Args:
        rows: The rows of a table.
        labels: Their names.
    """
    efforts = {}
    for row, label in zip(rows, labels, strict=True):
        search = row.runs[0].search
        efforts[label] = search and (search.effort, search.space, search.pruning)
    if len({json.dumps(one, sort_keys=True) for one in efforts.values()}) < 2:
        return ""
    found = [one for one in efforts.values() if one]
    same_space = len({json.dumps(one[1], sort_keys=True) for one in found}) < 2
    same_pruning = len({one[2] for one in found}) < 2
    parts = []
    for label, one in efforts.items():
        if not one:
            parts.append(f"{label} was not searched")
            continue
        chosen, space, pruning = one
        text = label if chosen in label else f"{label} was {chosen}"
        if not same_space:
            ranges = ", ".join(f"{name} {values}" for name, values in space.items())
            cut = ranges if len(ranges) <= _LONGEST else f"{ranges[:_LONGEST]}…"
            text += f" of {cut}"
        if not same_pruning:
            text += f" with pruning {pruning}"
        parts.append(text)
    return (
        f"Searched with unequal effort: {'; '.join(parts)}. A difference between them "
        f"may be of the search, and not of the cells."
    )
