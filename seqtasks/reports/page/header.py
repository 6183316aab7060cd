"""The top of the page: what the folder holds, where to go, how to read it."""

import re
from collections.abc import Iterator, Sequence

from seqtasks.reports.group import Group
from seqtasks.reports.html import Element, element
from seqtasks.reports.page.table import Side, table
from seqtasks.reports.results_readme import how_to_read, machines
from seqtasks.result import Result

_ON_CHARTS = (
    "A chart is logarithmic only where its axis says so. An axis need not begin at 0; "
    "it always holds the best baseline.",
    "A cell has one colour on the whole page; rows of one cell differ in their dashes. "
    "The stroke before a name in a table is its stroke in the charts.",
)

_OF_MACHINES: tuple[tuple[str, Side], ...] = (
    ("device", "left"),
    ("backend", "left"),
    ("versions", "left"),
    ("commit", "left"),
    ("runs", "right"),
)


def header(results: Sequence[Result]) -> Element:
    """Title and the numbers that say what there is."""
    finished = sum(run.status == "finished" for run in results)
    facts = [
        _count("run", len(results)),
        ("finished", f"{finished:,}"),
        _count("task", len({run.task for run in results})),
        _count("cell", len({run.cell for run in results})),
        ("trained", _when(results)),
    ]
    return element(
        "header",
        element("h1", "Recurrent cells on sequence tasks"),
        element(
            "p",
            "A report of ",
            element("code", "seqtasks"),
            ", computed from the files of its results alone.",
            class_="lead",
        ),
        element(
            "dl",
            [
                element("div", element("dt", name), element("dd", value))
                for name, value in facts
                if value
            ],
            class_="facts",
        ),
    )


def contents(groups: Sequence[Group], keys: Sequence[str]) -> Element | None:
    """Links to the sections, if there are several."""
    if len(groups) < 2:
        return None
    items = []
    for group, key in zip(groups, keys, strict=True):
        first, rest = headline(group)
        runs = "1 run" if len(group.runs) == 1 else f"{len(group.runs):,} runs"
        link = element("a", first, href=f"#{key}")
        items.append(element("li", link, " ", element("small", f"{rest} · {runs}")))
    return element("nav", element("ul", *items), aria_label="Contents")


def headline(group: Group) -> tuple[str, str]:
    """The name of the task, and what tells the group from others of it."""
    task = group.first.task
    return task, group.title.removeprefix(task).removeprefix(" · ")


def how_to_read_it() -> Element:
    """What the tables and charts say, and what they do not."""
    lines = [element("li", *_marked_up(line)) for line in (*how_to_read(), *_ON_CHARTS)]
    summary = element("summary", "How to read this page")
    return element("details", summary, element("ul", *lines), class_="reading")


def machines_table(results: Sequence[Result]) -> Element:
    """What computed the results."""
    rows = [(None, [*which, f"{count:,}"]) for which, count in machines(results)]
    return element(
        "section",
        element("h2", "Machines and versions", id="machines"),
        table(_OF_MACHINES, rows, "machines", "machines", named=False),
    )


def _count(what: str, count: int) -> tuple[str, str]:
    return what if count == 1 else f"{what}s", f"{count:,}"


def _when(results: Sequence[Result]) -> str:
    """The first and the last day, of the runs whose time can be read."""
    starts = (re.match(r"\d{4}-\d{2}-\d{2}(?=T|$)", run.created) for run in results)
    days = sorted(start.group() for start in starts if start is not None)
    return " to ".join(dict.fromkeys((days[0], days[-1]))) if days else ""


def _marked_up(markdown: str) -> Iterator[Element | str]:
    """Code and emphasis; nothing else stands in these sentences."""
    for part in re.split(r"(`[^`]+`|\*[^*]+\*)", markdown):
        if part.startswith("`"):
            yield element("code", part.strip("`"))
        elif part.startswith("*"):
            yield element("em", part.strip("*"))
        else:
            yield part
