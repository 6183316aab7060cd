"""A table that scrolls by itself where the screen is too narrow for it."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from seqtasks.reports.html import Element, element

Side = Literal["left", "right"]


def table(
    columns: Sequence[tuple[Any, Side]],
    rows: Iterable[tuple[str | None, Sequence[Any]]],
    key: str,
    kind: str,
    named: bool = True,
) -> Element:
    """A table in a region of its own.

    Args:
        columns: What stands in each heading, and the side of its cells.
        rows: The style of each row, and what stands in its cells.
        key: The id of the heading that names the table.
        kind: The words of the table's style; ``sortable`` among them makes it so.
        named: Whether the first cell of a row names the row.
    """
    sides = [side for _, side in columns]
    header = [element("th", name, scope="col", class_=side) for name, side in columns]
    body = []
    for style, cells in rows:
        parts = [
            element("th", cell, scope="row", class_=side)
            if named and index == 0
            else element("td", cell, class_=side)
            for index, (cell, side) in enumerate(zip(cells, sides, strict=True))
        ]
        body.append(element("tr", *parts, class_=style))
    whole = element(
        "table",
        element("thead", element("tr", *header)),
        element("tbody", *body),
        class_=kind,
        aria_labelledby=key,
    )
    return element(
        "div", whole, class_="scroll", tabindex="0", role="region", aria_labelledby=key
    )
