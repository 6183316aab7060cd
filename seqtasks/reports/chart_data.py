"""What charts show: rows with their colours, curves, marks, axes, and safe texts."""

import collections
import dataclasses
import html
import itertools
import math
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from seqtasks.reports.group import Group
from seqtasks.reports.row import Row, model_names
from seqtasks.result import Result
from seqtasks.task import Baseline, Mode

Point = tuple[float, float]

# more colours cannot be distinguished; page.css names them c0 to c7
COLOURS = 8
# patterns of dashes; page.css has as many
DASHES = ("solid", "dash", "dot", "dashdot")

# beyond it a value is as good as infinite, and squares would be
_LARGEST = 1e100
_MOST_EPOCHS = 1e9

# the largest value is so many times the smallest where an axis is logarithmic
_DECADES = 20.0

# a cell of a table is a sentence; what is longer was not written to be read
LONGEST = 2000


def visible(text: str) -> str:
    """One line in which every character can be seen.

    Characters that control a terminal or the direction of the text (U+202E), join
    invisibly or are none at all become U+FFFD; marks are not stacked higher than two.
    """
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}…"
    if text.isascii() and text.isprintable():
        return text
    spaced = re.sub(r"[\n\r\t\u00a0\u2002-\u200a\u202f\u3000]", " ", text)
    shown = "".join(c if c.isprintable() else "\ufffd" for c in spaced)
    marks = [unicodedata.category(c) in ("Mn", "Me") for c in shown]
    return "".join(
        c for i, c in enumerate(shown) if not all(marks[max(0, i - 2) : i + 1])
    )


def plain(text: str, most: int = 60) -> str:
    """A text for plotly.js, which takes a subset of HTML in every label.

    Args:
        text: Any text.
        most: The number of characters that there is room for.

    Example:
        >>> plain("<b>gru</b>")
        '&lt;b&gt;gru&lt;/b&gt;'
    """
    shown = visible(text)
    shown = shown if len(shown) <= most else f"{shown[: most - 1]}…"
    # these would begin a field of a hover text, and a formula
    escaped = html.escape(shown, quote=False)
    return escaped.replace("%", "&#37;").replace("$", "&#36;")


def drawable(value: Any) -> float | None:
    """The number that a chart can show, ``None`` if this is none."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    if not abs(found) <= _LARGEST:
        return None
    return float(f"{found:.6g}") if abs(found) >= 1 / _LARGEST else 0.0


@dataclasses.dataclass(frozen=True)
class Axis:
    """A range of values.

    Args:
        low: The value at its beginning.
        high: The value at its end.
        log: True if equal lengths are equal ratios.
    """

    low: float
    high: float
    log: bool = False

    def place(self, value: float) -> float | None:
        """0 at the beginning, 1 at the end; ``None`` if the axis cannot show it."""
        if not self.log:
            return (value - self.low) / (self.high - self.low)
        if value <= 0:
            return None
        return math.log(value / self.low) / math.log(self.high / self.low)

    def holds(self, value: float) -> bool:
        """True where the value is between the ends."""
        place = self.place(value)
        return place is not None and 0 <= place <= 1

    def layout(self, title: str) -> dict[str, Any]:
        """The axis for plotly.js; it takes the ends of a logarithmic one as powers."""
        ends = [self.low, self.high]
        return {
            "title": {"text": title},
            "type": "log" if self.log else "linear",
            "range": [math.log10(end) for end in ends] if self.log else ends,
        }


def fit(values: Sequence[float], mode: Mode) -> Axis:
    """The axis of these values, with a little room at both ends.

    It is logarithmic where the values span decades; not for a proportion of which a
    large value is good, since all that matters there is near 1.
    """
    low, high = min(values), max(values)
    proportion = mode == "max" and high <= 1
    if low > 0 and high / low >= _DECADES and not proportion:
        room = (high / low) ** 0.04
        return Axis(low / room, high * room, log=True)
    span = high - low
    if span <= 1e-9 * abs(high):
        span = abs(high) / 5 or 1.0
    return Axis(
        low - span / 20 if low < 0 or low > span / 20 else 0.0, high + span / 20
    )


@dataclasses.dataclass(frozen=True)
class Series:
    """One row of the table, as the charts show it.

    Args:
        row: The row.
        label: Its name among the rows.
        colour: ``"c0"`` to ``"c7"``, or ``"grey"``.
        dash: The number of its pattern of dashes, from 0.
    """

    row: Row
    label: str
    colour: str
    dash: int

    @property
    def runs(self) -> tuple[Result, ...]:
        """The runs that the table counts, and those that did not finish."""
        unfinished = [run for run in self.row.runs if run.status != "finished"]
        return (*self.row.finished, *unfinished)

    @property
    def scores(self) -> list[tuple[Result, float]]:
        """The finished runs with a test score that can be drawn."""
        scored = ((run, drawable(run.score)) for run in self.row.finished)
        return [(run, score) for run, score in scored if score is not None]

    @property
    def rest(self) -> str:
        """How the other runs ended, in a few words."""
        count = collections.Counter(
            run.status.replace("_", " ")
            for run in self.row.runs
            if run.status != "finished"
        )
        if unscored := len(self.row.finished) - len(self.scores):
            count["without a score"] = unscored
        return ", ".join(f"{n} {status}" for status, n in count.items())


def series_of(group: Group, cells: Sequence[str]) -> tuple[Series, ...]:
    """The rows of a group, the best first.

    The first eight have colours. A cell has the same colour on the whole page as long
    as it is one of the page's first eight; rows of one cell differ in their dashes.

    Args:
        group: The group.
        cells: The cells of the whole page, those of most tasks first.
    """
    rows = [item for item in group.ranked() if isinstance(item, Row)]
    bright = rows[:COLOURS]
    order = {cell: index for index, cell in enumerate(cells)}
    shown = list(dict.fromkeys(row.cell for row in bright))
    own = {cell: order[cell] for cell in shown if order[cell] < COLOURS}
    free = (colour for colour in range(COLOURS) if colour not in own.values())
    colours = own | {cell: next(free) for cell in shown if cell not in own}
    taken: collections.Counter[str] = collections.Counter()
    found = []
    for index, (row, name) in enumerate(zip(rows, model_names([rows])[0], strict=True)):
        if index < COLOURS:
            dash = taken[row.cell] % len(DASHES)
            found.append(Series(row, name, f"c{colours[row.cell]}", dash))
            taken[row.cell] += 1
        else:
            found.append(Series(row, name, "grey", 0))
    return tuple(found)


def by_use(results: Sequence[Result]) -> list[str]:
    """The names of the cells, those of most tasks first."""
    tasks = collections.defaultdict(set)
    for run in results:
        tasks[run.cell].add(run.task)
    return sorted(tasks, key=lambda cell: (-len(tasks[cell]), cell))


@dataclasses.dataclass(frozen=True)
class Mark:
    """A value of the monitored metric on the test split that is no run's.

    Args:
        kind: ``"baseline"``, ``"optimum"`` or ``"published"``.
        name: Its name, with its kind.
        value: The value.
        band: The values that agree with a published one, where it has a band.
    """

    kind: str
    name: str
    value: float
    band: tuple[float, float] | None = None


def marks_of(group: Group) -> list[Mark]:
    """The optimum, then baselines and published values in the order of the table.

    There are several optima where runs disagree about it.
    """
    metric = group.first.monitor
    optima = dict.fromkeys(
        drawable(run.optimum.value)
        for run in group.runs
        if run.optimum is not None and run.optimum.metric == metric
    )
    found = [Mark("optimum", "Bayes-optimal value", v) for v in optima if v is not None]
    for item in group.ranked():
        if isinstance(item, Row) or item.metric != metric:
            continue
        value = drawable(item.value)
        if value is None:
            continue
        if isinstance(item, Baseline):
            found.append(Mark("baseline", f"{item.name} (baseline)", value))
        else:
            low, high = drawable(item.low), drawable(item.high)
            band = None if low is None or high is None else (low, high)
            found.append(Mark("published", f"{item.name} (published)", value, band))
    return found


@dataclasses.dataclass(frozen=True)
class Curve:
    """The validation scores of a run by epoch.

    Args:
        series: The run's row.
        run: The run.
        pieces: Points of an epoch and a value, apart where values between them are
            no finite numbers.
        ends: The last points before values that are no finite numbers.
    """

    series: Series
    run: Result
    pieces: tuple[tuple[Point, ...], ...]
    ends: tuple[Point, ...]

    @property
    def points(self) -> list[Point]:
        """All points."""
        return [point for piece in self.pieces for point in piece]

    @property
    def chosen(self) -> Point | None:
        """The point of the epoch whose weights were scored."""
        if self.run.status != "finished":
            return None
        at = self.run.best_epoch
        return next((point for point in self.points if point[0] == at), None)

    @property
    def name(self) -> str:
        """The row and the seed; for a run that did not finish, how it ended."""
        status = self.run.status.replace("_", " ")
        ended = "" if status == "finished" else f", {status}"
        return f"{plain(self.series.label)}, seed {self.run.seed}{ended}"


def curve_of(series: Series, run: Result) -> Curve:
    """The monitored metric of a run on the validation split."""
    name = f"validation_{run.monitor}"
    pieces: list[list[Point]] = [[]]
    ends = []
    for index, entry in enumerate(run.history, start=1):
        if name not in entry:
            continue
        epoch = drawable(entry.get("epoch"))
        if epoch is None or not 0 <= epoch <= _MOST_EPOCHS:
            epoch = float(index)
        value = drawable(entry[name])
        if value is not None:
            pieces[-1].append((epoch, value))
        elif pieces[-1]:
            ends.append(pieces[-1][-1])
            pieces.append([])
    return Curve(series, run, tuple(tuple(p) for p in pieces if p), tuple(ends))


def thinned(points: Sequence[Point], most: int) -> list[Point]:
    """Ends, and the least and the largest value of each stretch: no spike is lost."""
    if len(points) <= most:
        return list(points)
    stretches = max(1, (most - 2) // 2)
    bounds = [1 + (len(points) - 2) * i // stretches for i in range(stretches + 1)]
    kept = {0, len(points) - 1}
    for start, end in itertools.pairwise(bounds):
        inside = range(start, end)
        if inside:
            kept.add(min(inside, key=lambda index: points[index][1]))
            kept.add(max(inside, key=lambda index: points[index][1]))
    return [points[index] for index in sorted(kept)]
