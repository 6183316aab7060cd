"""The report: all results of a folder on one page."""

import importlib.resources
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from seqtasks.reports.group import groups
from seqtasks.reports.html import Element, element
from seqtasks.reports.page.document import document
from seqtasks.reports.page.header import (
    contents,
    header,
    how_to_read_it,
    machines_table,
)
from seqtasks.reports.page.section import section
from seqtasks.reports.page.series import by_use
from seqtasks.result import Result


def page(
    results: Sequence[Result],
    damaged: Sequence[str] = (),
    evaluations: Mapping[tuple[str, str], int] | None = None,
) -> str:
    """The HTML of the report; the same results give the same text.

    Args:
        results: The results, in any order.
        damaged: A sentence for each file that could not be read.
        evaluations: How many runs looked at each test split, by task and fingerprint;
            ``None`` if that is not to be said.
    """
    return document(
        "Recurrent cells on sequence tasks",
        _own("style.css"),
        _own("sort.js"),
        header(results),
        _body(results, evaluations) if results else _nothing(),
        _damaged(damaged) if damaged else None,
        element("footer", f"Made by seqtasks {version('seqtasks')}."),
    )


def _body(
    results: Sequence[Result], evaluations: Mapping[tuple[str, str], int] | None
) -> list[Element | None]:
    found = groups(sorted(results, key=lambda run: run.run), evaluations)
    keys = [f"g{index}" for index in range(1, len(found) + 1)]
    cells = by_use(results)
    full = sum(group.first.limit is None for group in found)
    sections = [section(group, cells, k) for group, k in zip(found, keys, strict=True)]
    return [
        contents(found, keys),
        how_to_read_it(),
        element("h2", "Results") if full else None,
        *sections[:full],
        *([_smoke(), *sections[full:]] if full < len(found) else []),
        machines_table(results),
    ]


def _smoke() -> Element:
    return element(
        "div",
        element("h2", "Smoke runs"),
        element(
            "p",
            "Predictor on a few batches only (",
            element("code", "--limit"),
            "): they show that something runs, not how well.",
            class_="lead",
        ),
    )


def _nothing() -> Element:
    first = element("code", "seqtasks run adding")
    return element("p", "There are no results yet: ", first, " makes the first.")


def _damaged(sentences: Sequence[str]) -> Element:
    items = [element("li", sentence) for sentence in sentences]
    return element(
        "section",
        element("h2", "Files that could not be read"),
        element("ul", *items, class_="notes damaged"),
    )


def _own(name: str) -> str:
    file = importlib.resources.files("seqtasks.reports.page") / name
    return file.read_text(encoding="utf-8")
