"""HTML and SVG as values: what a result says can be text of the page, never markup.

``element`` is the one way to make markup. It escapes every text, takes no text of a
result as an attribute but a checked address, and refuses what it does not know, so that
a mistake shows itself in the tests and not in a reader's browser.
"""

import dataclasses
import html
import math
import re
import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

# a cell of a table is a sentence; what is longer was not written to be read
LONGEST = 2000


@dataclasses.dataclass(frozen=True)
class Element:
    """One element.

    Args:
        tag: Its name.
        attributes: Names and values, in which nothing needs to be escaped.
        children: Elements and texts, still to be escaped.
    """

    tag: str
    attributes: tuple[tuple[str, str], ...]
    children: tuple["Element | str", ...]


def element(tag: str, *children: Any, **attributes: Any) -> Element:
    """An element of these children.

    Args:
        tag: Its name, as in ``"td"``.
        *children: Elements, texts, lists of them; ``None`` is nothing.
        **attributes: Texts and finite numbers; ``None`` leaves the attribute out and
            ``True`` gives it no value. ``class_`` is ``class``, ``stroke_width`` is
            ``stroke-width``.

    Raises:
        ValueError: If the element or an attribute is not known, or its value unsafe.

    Example:
        >>> render(element("td", "a < b", class_="number"))
        '<td class="number">a &lt; b</td>'
    """
    if tag not in _ELEMENTS:
        raise ValueError(f"Expected an element that the page may have; received {tag}.")
    given = ((n.rstrip("_").replace("_", "-"), v) for n, v in attributes.items())
    return Element(
        tag,
        tuple((n, _value(n, v)) for n, v in given if v is not None and v is not False),
        tuple(_flat(children)),
    )


def render(item: Element | str) -> str:
    """The HTML of an element or of a text."""
    if isinstance(item, str):
        return html.escape(clean(item))
    attributes = "".join(
        f' {name}="{html.escape(value)}"' if value else f" {name}"
        for name, value in item.attributes
    )
    start = f"<{item.tag}{attributes}>"
    if item.tag in _LINES:
        start = f"\n{start}"
    if item.tag in _VOID:
        return start
    return f"{start}{''.join(map(render, item.children))}</{item.tag}>"


def clean(text: str) -> str:
    """One line in which every character can be seen.

    What steers a terminal or the direction of the text (U+202E), joins invisibly or is
    no character at all becomes U+FFFD; marks are not stacked higher than two.
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


def linked(text: str) -> list[Element | str]:
    """A text in which each http(s) address is a link; all else stays text."""
    parts = re.split(r"(https?://[^\s<>\"'`\\]+[^\s<>\"'`\\.,;:!?)\]}])", clean(text))
    return [
        element("a", part, href=part, rel="noopener noreferrer") if index % 2 else part
        for index, part in enumerate(parts)
        if part
    ]


_ELEMENTS = {
    *("a", "code", "dd", "details", "div", "dl", "dt"),
    *("em", "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "header", "li"),
    *("main", "nav", "p", "section", "small", "span", "strong", "summary", "table"),
    *("tbody", "td", "th", "thead", "tr", "ul", "wbr"),
    *("circle", "desc", "g", "line", "path", "svg", "text", "title"),
}
_VOID = {"wbr"}
# a line of its own, where white space means nothing
_LINES = _ELEMENTS - {
    *("a", "code", "desc", "em", "small", "span", "strong", "summary"),
    *("td", "th", "title", "wbr"),
}
_OF_NUMBERS = {"cx", "cy", "r", "x", "x1", "x2", "y", "y1", "y2"}
_ATTRIBUTES = {
    *("aria-hidden", "aria-label", "aria-labelledby", "class", "d", "href"),
    *("id", "rel", "role", "scope", "tabindex", "text-anchor", "viewBox"),
    *_OF_NUMBERS,
}

# no text of a result stands in an attribute, so these are words of this package
_WORDS = r"[A-Za-z0-9 ,.-]*"
_PATTERNS = {"d": r"[MLZ0-9 .-]+", "viewBox": r"[0-9 .-]+"}


def _value(name: str, value: Any) -> str:
    if name not in _ATTRIBUTES:
        raise ValueError(f"Expected an attribute of the page's; received {name!r}.")
    if value is True:
        return ""
    if isinstance(value, int | float):
        return number(value)
    if name == "href":
        return _address(value)
    pattern = _PATTERNS.get(name, _WORDS)
    if name in _OF_NUMBERS or not re.fullmatch(pattern, value):
        raise ValueError(f"Expected another value of {name}; received {value!r}.")
    return value


def number(value: float) -> str:
    """A finite number for an attribute, to a hundredth.

    >>> number(12.0), number(1 / 3)
    ('12', '0.33')
    """
    if not math.isfinite(value):
        raise ValueError(f"Expected a finite number; received {value}.")
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _address(value: str) -> str:
    """A place in this page, or an address of http or https in ASCII."""
    if re.fullmatch(r"#[a-z][a-z0-9-]*", value):
        return value
    if not re.match(r"https?://", value):
        raise ValueError(f"Expected an address of http or https; received {value!r}.")
    return quote(value, safe=":/?#[]@!$&()*+,;=%~-._")


def _flat(children: Any) -> Iterator[Element | str]:
    for child in children:
        if isinstance(child, str | Element):
            yield child
        elif child is not None:
            yield from _flat(child)
