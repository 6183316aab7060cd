"""What all charts have: the plot's place, its grid and axes, the SVG around them."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from seqtasks.reports.html import Element, element
from seqtasks.reports.page.labels import FONT_SIZE, cut, width
from seqtasks.reports.page.scale import Scale

# Every chart is drawn twice, and style.css shows the one that fits the screen: texts
# stay of one size, where one drawing would shrink them on a phone.
SIZES = {"wide": 560.0, "narrow": 350.0}

# from one label to the next below it
LINE_HEIGHT = FONT_SIZE + 3


@dataclasses.dataclass(frozen=True)
class Frame:
    """A chart's place for data, in the chart's units.

    Args:
        width: The width of the whole chart.
        height: The height of the whole chart.
        left: Where the place for data begins.
        top: Where it begins, downward.
        right: Where it ends.
        bottom: Where it ends, downward.
    """

    width: float
    height: float
    left: float
    top: float
    right: float
    bottom: float

    def x(self, scale: Scale, value: float) -> float | None:
        """Where a value is from left to right, at an end if it is beyond it."""
        place = scale.place(value)
        if place is None:
            return None
        return self.left + _within(place) * (self.right - self.left)

    def y(self, scale: Scale, value: float) -> float | None:
        """Where a value is, upward, at an end if it is beyond it."""
        place = scale.place(value)
        if place is None:
            return None
        return self.bottom - _within(place) * (self.bottom - self.top)

    def x_axis(
        self, scale: Scale, titles: Sequence[str], grid: bool, whole: bool
    ) -> list[Element]:
        """The ticks below the data and below them the axis' title, line by line."""
        most = int((self.right - self.left) // 56)
        parts = [line("axis", self.left, self.bottom, self.right, self.bottom)]
        for value, label in scale.ticks(max(2, most), whole):
            x = self.left + (scale.place(value) or 0.0) * (self.right - self.left)
            end = self.top if grid else self.bottom + 4
            parts.append(line("grid" if grid else "axis", x, self.bottom, x, end))
            parts.append(text(x, self.bottom + 16, label, anchor="middle"))
        for index, title in enumerate(titles):
            y = self.bottom + 34 + index * LINE_HEIGHT
            name = cut(title, self.right)
            parts.append(text(self.right, y, name, "name", anchor="end"))
        return parts

    def y_axis(
        self, ticks: Sequence[tuple[float, str]], scale: Scale, title: str, end: str
    ) -> list[Element]:
        """The ticks left of the data, lines behind it, and the title above them.

        The end of the title is shown also where there is no room for all of it.
        """
        parts = []
        for value, label in ticks:
            y = self.bottom - (scale.place(value) or 0.0) * (self.bottom - self.top)
            parts.append(line("grid", self.left, y, self.right, y))
            parts.append(text(self.left - 7, y + 4, label, anchor="end"))
        name = f"{cut(title, self.width - width(end))}{end}"
        return [*parts, text(0.0, 12.0, name, "name")]

    def svg(self, key: str, kind: str, title: str, about: str, *parts: Any) -> Element:
        """The chart.

        Args:
            key: The chart's name, which no other chart of the page has.
            kind: ``"wide"`` or ``"narrow"``.
            title: What it shows, in a few words.
            about: What it shows, for a person who cannot see it.
            *parts: The elements.
        """
        return element(
            "svg",
            element("title", title, id=f"{key}-{kind}-title"),
            element("desc", about, id=f"{key}-{kind}-desc"),
            *parts,
            class_=f"chart {kind}",
            viewBox=f"0 0 {self.width:.0f} {self.height:.0f}",
            role="img",
            aria_labelledby=f"{key}-{kind}-title {key}-{kind}-desc",
        )


def text(
    x: float,
    y: float,
    content: str,
    class_: str | None = None,
    anchor: str | None = None,
) -> Element:
    """A text in a chart, which begins, ends or has its middle at ``x``."""
    return element("text", content, x=x, y=y, class_=class_, text_anchor=anchor)


def room_for(texts: Sequence[str], most: float) -> float:
    """How much room texts need, at the most."""
    return min(most, max(map(width, texts), default=0.0))


def path(points: Sequence[tuple[float, float]]) -> str:
    """The ``d`` of a line through points."""
    return "".join(
        f"{'L' if index else 'M'}{x:.1f} {y:.1f}" for index, (x, y) in enumerate(points)
    )


def line(class_: str, x1: float, y1: float, x2: float, y2: float) -> Element:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def _within(place: float) -> float:
    return max(0.0, min(1.0, place))
