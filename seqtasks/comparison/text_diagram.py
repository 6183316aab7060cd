"""The critical-difference diagram as text: average ranks on a line, bars below."""

from collections.abc import Sequence

from seqtasks.comparison.ranking import Ranking
from seqtasks.reports.render import clean

_WIDTH = 48


def text_diagram(ranking: Ranking) -> tuple[str, ...]:
    """One line a contender, then one line a bar, below an axis from rank 1 on.

    Args:
        ranking: The ranks.

    Returns:
        The lines, without line ends. Characters that steer a terminal are left out.
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
        joined = _joined(names[first : last + 1])
        lines.append(f"{line:{width + 2 + column(k) + 1}}  not told apart: {joined}")
    return tuple(lines)


def _joined(names: Sequence[str]) -> str:
    if len(names) > 4:
        return f"the {len(names)} from {names[0]} to {names[-1]}"
    return ", ".join(names)
