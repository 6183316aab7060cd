"""Labels of a chart: how wide a text is, what fits, and where texts do not overlap."""

import unicodedata
from collections.abc import Sequence

# of the text in a chart, in the chart's own units, which are about pixels
FONT_SIZE = 11.5

# of the font size; a little more than an average letter of common fonts has
_NARROW, _MIDDLE, _BROAD = 0.36, 0.6, 0.92


def width(text: str) -> float:
    """About how wide a text is; rather too much than too little."""
    return FONT_SIZE * sum(map(_letter, text))


def cut(text: str, room: float) -> str:
    """The text, or as much of its beginning as there is room for."""
    # what was given exactly its own room may have lost a little of it in a sum
    room += 0.01
    longest = int(room / (FONT_SIZE * _NARROW)) + 1
    if len(text) <= longest and width(text) <= room:
        return text
    text = text[:longest]
    while text and width(f"{text}…") > room:
        text = text[:-1]
    return f"{text}…"


def spread(
    targets: Sequence[float], gap: float, low: float, high: float
) -> list[float]:
    """Places as near to the targets as they can be with a gap between any two.

    Neighbours that would overlap move apart together, about their common middle.

    Args:
        targets: Where the places should be, in any order.
        gap: The least distance between two.
        low: The least place.
        high: The largest place, which is passed where there is no room for all.
    """
    order = sorted(range(len(targets)), key=lambda index: targets[index])
    # blocks of neighbours: where the first of each stands, and how many there are
    blocks: list[tuple[float, int]] = []
    for index in order:
        start, count = targets[index], 1
        start = max(low, min(start, high))
        while blocks and blocks[-1][0] + blocks[-1][1] * gap > start:
            before, others = blocks.pop()
            start = (before * others + (start - others * gap) * count) / (
                others + count
            )
            count += others
            start = max(low, min(start, high - (count - 1) * gap))
        blocks.append((start, count))
    sorted_places = [
        start + position * gap for start, count in blocks for position in range(count)
    ]
    places = [0.0] * len(targets)
    for index, place in zip(order, sorted_places, strict=True):
        places[index] = place
    return places


def _letter(character: str) -> float:
    if unicodedata.east_asian_width(character) in "WF" or character in "mwMW@%…":
        return _BROAD
    return _NARROW if character in " .,:;'|!iljtfIr()[]" else _MIDDLE
