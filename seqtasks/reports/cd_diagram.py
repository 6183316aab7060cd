"""The critical-difference diagram of a ranking, as text and as an SVG file."""

from xml.sax.saxutils import escape

from seqtasks.reports.ranking import Ranking
from seqtasks.reports.table import clean

# columns of the text diagram
_WIDTH = 48


def text_diagram(ranking: Ranking) -> tuple[str, ...]:
    """The diagram as text: a line for each model, then for each bar, below an axis.

    Args:
        ranking: The ranks.

    Returns:
        The lines, without line ends. Control characters are left out.
    """
    k = len(ranking.names)
    # every rank at a column of its own, equally far apart
    step = max(1, _WIDTH // (k - 1))

    def column(rank: float) -> int:
        return round((rank - 1) * step)

    names = [clean(name) for name in ranking.names]
    width = max(map(len, names))
    places = [" "] * (column(k) + len(str(k)))
    axis = ["-"] * (column(k) + 1)
    for rank in range(1, k + 1):
        label = str(rank)
        at = column(rank)
        if step > len(label) or rank in (1, k):
            places[at : at + len(label)] = label
        axis[at] = "+"
    lines = [f"{'':{width}}  {''.join(places)}", f"{'':{width}}  {''.join(axis)}"]
    for name, average in zip(names, ranking.average, strict=True):
        line = f"{name:{width}}  {' ' * column(average)}o"
        lines.append(f"{line:{width + 2 + column(k) + 1}}  {average:.2f}")
    for first, last in ranking.bars:
        start, end = (column(ranking.average[place]) for place in (first, last))
        line = f"{'':{width}}  {' ' * start}{'=' * (end - start + 1)}"
        joined = ", ".join(names[first : last + 1])
        if last - first > 3:
            joined = f"the {last - first + 1} from {names[first]} to {names[last]}"
        lines.append(
            f"{line:{width + 2 + column(k) + 1}}  not significantly different: {joined}"
        )
    return tuple(lines)


# the SVG diagram
_AXIS = 440  # the length of the axis, in pixels, as are all that follow
_LINE = 22  # between the lines of two labels
_BAR = 9  # between two bars
_LETTER = 7.5  # a wide estimate of a letter, since nothing here measures text
_MARGIN = 16


def svg_diagram(ranking: Ranking) -> str:
    """The diagram as an SVG file: models at their average ranks.

    Bars join what is not significantly different, as in figure 1 of Demšar 2006: the
    better half is labelled on the left, the other on the right, and the critical
    difference is drawn to scale above the axis. All text is escaped; no script and
    nothing from outside is in the file.

    Args:
        ranking: The ranks.

    Returns:
        The file's text.
    """
    k = len(ranking.names)
    labels = [
        f"{clean(name)} {rank:.2f}"
        for name, rank in zip(ranking.names, ranking.average, strict=True)
    ]
    half = (k + 1) // 2
    left, right = (
        round(max(map(len, side)) * _LETTER) + 2 * _MARGIN
        for side in (labels[:half], labels[half:])
    )
    axis = 74

    def x(rank: float) -> float:
        return round(left + _AXIS * (rank - 1) / (k - 1), 1)

    parts = []
    difference = ranking.critical_difference
    if ranking.rejects:
        parts.append(_path(f"M{x(1)} 30v-8m0 4H{x(1 + difference)}m0 -4v8"))
        parts.append(_text(x(1), 16, f"critical difference {difference:.2f}", "start"))
    else:
        parts.append(_text(x(1), 34, "no significant difference of ranks", "start"))
    parts.append(_path(f"M{x(1)} {axis}H{x(k)}"))
    for rank in range(1, k + 1):
        parts.append(_path(f"M{x(rank)} {axis}v-6"))
        parts.append(_text(x(rank), axis - 11, str(rank), "middle"))
    top = axis + 12
    for row, (first, last) in enumerate(ranking.bars):
        start, end = (x(ranking.average[place]) for place in (first, last))
        parts.append(_path(f"M{start - 4} {top + row * _BAR}H{end + 4}", width=4))
    top += len(ranking.bars) * _BAR + 10
    for place, label in enumerate(labels):
        at = x(ranking.average[place])
        if place < half:
            y, end, anchor, edge = top + place * _LINE, left - 8, "end", left - 12
        else:
            y = top + (k - 1 - place) * _LINE
            end, anchor, edge = left + _AXIS + 8, "start", left + _AXIS + 12
        parts.append(_path(f"M{at} {axis}V{y}H{end}"))
        parts.append(_text(edge, y + 5, label, anchor))
    width = left + _AXIS + right
    what = f"Average ranks of {k} models over {len(ranking.tasks)} tasks"
    foot = top + half * _LINE + _MARGIN
    parts.append(_text(left + _AXIS / 2, foot, f"{what}, 1 the best", "middle"))
    height = foot + _MARGIN
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" '
        'font-family="sans-serif" font-size="14">\n'
        f"<title>{escape(what)}</title>\n"
        f"<desc>{escape('; '.join(labels))}</desc>\n"
        '<rect width="100%" height="100%" fill="white"/>\n'
        + "\n".join(parts)
        + "\n</svg>\n"
    )


def _path(d: str, width: float = 1.2) -> str:
    return f'<path d="{d}" fill="none" stroke="black" stroke-width="{width}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
