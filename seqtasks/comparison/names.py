"""Names of contenders: what tells a row from the others of its group."""

import collections
import json
from collections.abc import Iterable, Sequence
from typing import Any

from seqtasks.reports import numbers
from seqtasks.reports.row import Row


def names(groups: Sequence[Sequence[Row]]) -> list[list[str]]:
    """A name for each row of each group, which no other row of its group has.

    It is the cell's name with its options that differ in any two rows of the cell, and
    with the settings that differ within the group. Units are told only where one cell
    has several: cells of one size have units of their own. Two rows of two groups thus
    have one name only if the cell and its options are the same, and if the settings
    are the same too, or what each group has in common.
    """
    everything = [row for rows in groups for row in rows]
    by_cell: dict[str, list[Row]] = {}
    for row in everything:
        by_cell.setdefault(row.cell, []).append(row)
    options = {
        cell: _differing(row.cell_options for row in rows)
        for cell, rows in by_cell.items()
    }
    sources = {
        cell: len({row.source for row in rows}) > 1 for cell, rows in by_cell.items()
    }

    def name(row: Row, settings: Sequence[str]) -> str:
        where = [f"({row.source})"] if sources[row.cell] else []
        return " ".join(
            (
                row.cell,
                *where,
                *_told(row.cell_options, options[row.cell]),
                *_told(row.settings, settings),
            )
        )

    def of_group(rows: Sequence[Row]) -> list[str]:
        told = differing_settings(rows)
        return _distinct([name(row, told) for row in rows])

    return [of_group(rows) for rows in groups]


def differing_settings(rows: Sequence[Row]) -> list[str]:
    """The settings by which rows of a group differ, but for units of two cells."""
    of_all = _differing(row.settings for row in rows)
    cells = [
        _differing(row.settings for row in rows if row.cell == cell)
        for cell in {row.cell for row in rows}
    ]
    is_told = any("units" in of_cell for of_cell in cells)
    return [name for name in of_all if name != "units" or is_told]


def _told(values: dict[str, Any], which: Iterable[str]) -> list[str]:
    return [f"{name}={numbers.setting(values.get(name))}" for name in which]


def _differing(mappings: Iterable[dict[str, Any]]) -> list[str]:
    mappings = list(mappings)
    found = dict.fromkeys(name for mapping in mappings for name in mapping)
    return [
        name
        for name in found
        if len({json.dumps(m.get(name), default=str) for m in mappings}) > 1
    ]


def _distinct(found: Sequence[str]) -> list[str]:
    """Numbered where two values read the same, as 0.1 and 0.1000000001."""
    counts = collections.Counter(found)
    seen: collections.Counter[str] = collections.Counter()
    distinct = []
    for name in found:
        seen[name] += 1
        distinct.append(f"{name} #{seen[name]}" if counts[name] > 1 else name)
    return distinct
