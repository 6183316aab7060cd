"""Which values of a step are kept for its gradient: those of the fewest bytes.

The gradient of a step needs values that the step computes. Each can be kept, or
computed again from others that are kept. The cheapest choice is a minimum cut of the
graph of values, between what is given to the step and what the gradient reads; of
several as cheap as each other the one nearest to the gradient, from which the least is
computed again. It is found by the largest flow that fits through the graph (Ford and
Fulkerson 1956, https://doi.org/10.4153/CJM-1956-045-5).
"""

import collections
import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any

_FROM, _TO = "from", "to"


def choose_kept(
    size: Mapping[Any, float],
    uses: Iterable[tuple[Any, Any]],
    given: Collection[Any],
    needed: Collection[Any],
) -> set[Any]:
    """The values to keep, from which all that are needed can be computed.

    Args:
        size: Bytes of each value that could be kept; infinite for one that is at hand
            or must not be kept.
        uses: Pairs of a value and one that is computed from it.
        given: Values that cannot be computed again.
        needed: Values that must be at hand in the end.
    """
    # each value is an edge from its place as a result to its place as an argument
    room: dict = collections.defaultdict(dict)
    for value, bytes_ in size.items():
        room[value, _TO][value, _FROM] = bytes_
    for value, computed in uses:
        room[value, _FROM][computed, _TO] = math.inf
    for value in given:
        room[_FROM][value, _TO] = math.inf
    for value in needed:
        room[value, _FROM][_TO] = math.inf
    for place, ends in list(room.items()):
        for end in ends:
            room[end].setdefault(place, 0)

    while path := _path(room):
        flow = min(room[a][b] for a, b in path)
        if flow == math.inf:
            raise ValueError("A value that is needed cannot be kept.")
        for a, b in path:
            room[a][b] -= flow
            room[b][a] += flow

    # what can still reach the gradient lies behind the last of the minimum cuts
    behind, pending = {_TO}, [_TO]
    while pending:
        end = pending.pop()
        for place in room[end]:
            if place not in behind and room[place][end] > 0:
                behind.add(place)
                pending.append(place)
    return {v for v in size if (v, _FROM) in behind and (v, _TO) not in behind}


def _path(room: Mapping) -> list[tuple]:
    """A shortest way on which there is room, as pairs of places; else empty."""
    came = {_FROM: _FROM}
    pending = collections.deque([_FROM])
    while pending and _TO not in came:
        place = pending.popleft()
        for end, left in room[place].items():
            if left > 0 and end not in came:
                came[end] = place
                pending.append(end)
    if _TO not in came:
        return []
    path, end = [], _TO
    while end != _FROM:
        path.append((came[end], end))
        end = came[end]
    return path
