"""One group of comparable runs: its table, charts, failures and configurations."""

from collections.abc import Sequence

from seqtasks.reports.group import Group
from seqtasks.reports.html import Element, element, linked
from seqtasks.reports.leaderboard import leaderboard
from seqtasks.reports.page.configuration import configurations
from seqtasks.reports.page.curves import curves
from seqtasks.reports.page.failures import failures
from seqtasks.reports.page.header import headline
from seqtasks.reports.page.ranking import ranking
from seqtasks.reports.page.series import series_of
from seqtasks.reports.page.strip import strip_plot


def section(group: Group, cells: Sequence[str], key: str) -> Element:
    """The section of a group.

    Args:
        group: The group.
        cells: The cells of the whole page, which decide the colours.
        key: The section's id.
    """
    layout = leaderboard(group)
    series = series_of(group, layout, cells)
    first, rest = headline(group)
    heading = element("h3", first, " ", element("small", rest), id=f"{key}-title")
    figures = [
        strip_plot(series, group, f"{key}-scores"),
        curves(series, group, f"{key}-curves"),
    ]
    charts = [figure for figure in figures if figure is not None]
    nothing = element("p", "No run has a score or a history to draw.", class_="note")
    notes = [element("li", *linked(note)) for note in layout.notes]
    return element(
        "section",
        heading,
        ranking(layout, series, f"{key}-title"),
        element("ul", *notes, class_="notes") if notes else None,
        element("div", *charts, class_="charts") if charts else nothing,
        failures(series, key),
        configurations(series, key),
        id=key,
        aria_labelledby=f"{key}-title",
    )
