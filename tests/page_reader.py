"""The elements, attributes and texts of a page, as a browser would find them."""

import json
from html.parser import HTMLParser

_VOID = {"input", "meta", "wbr"}
# what these elements hold is no text of the page
_CODE = {"style", "script"}


class PageReader(HTMLParser):
    """Reads a page at once.

    Attributes:
        elements: The names of all elements, in order.
        attributes: Element, name and value of all attributes, in order.
        texts: The texts, and where each stands: the names of its elements, outermost
            first.
        figures: The figures of the charts by their id, or none.
    """

    def __init__(self, page: str):
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str, str | None]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        self.figures: dict = {}
        self._open: list[str] = []
        self._attributes: dict[str, str | None] = {}
        # plotly.js is not made of results, and is long
        start = page.find('<script type="text/plain"')
        end = page.find("</script>", start)
        self.feed(page[: start + 40] + page[end:] if start >= 0 else page)
        self.close()
        assert self._open == [], "every element is closed"

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        self._attributes = dict(attrs)
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open and self._open[-1] in _CODE:
            if self._attributes.get("id") == "figures":
                self.figures = json.loads(data)
        elif data.strip():
            self.texts.append((tuple(self._open), data))

    def handle_comment(self, data):
        raise AssertionError(f"a comment: {data}")

    def text_of(self, tag: str) -> list[str]:
        """The texts that stand directly in an element of this name."""
        return [text for place, text in self.texts if place[-1] == tag]

    def values(self, name: str) -> list[str | None]:
        """The values of all attributes of this name."""
        return [value for _, attribute, value in self.attributes if attribute == name]

    def traces(self, kind: str) -> list[dict]:
        """The traces of all charts of a kind, ``"scores"`` or ``"curves"``."""
        return [
            trace
            for name, figure in self.figures.items()
            if name.endswith(f"-{kind}")
            for trace in figure["data"]
        ]
