import pytest

from seqtasks.reports.html import LONGEST, clean, element, linked, number, render


def test_an_element_with_attributes_and_children():
    cell = element("td", "1 < 2", [element("small", "&"), None], class_="a b", x=1 / 3)
    assert render(cell) == '<td class="a b" x="0.33">1 &lt; 2<small>&amp;</small></td>'


def test_attributes_that_are_left_out_or_have_no_value():
    assert render(element("td", id=None, class_=True)) == "<td class></td>"


@pytest.mark.parametrize("tag", ["script", "style", "img", "iframe", "td onclick"])
def test_an_element_that_the_page_may_not_have_is_refused(tag):
    with pytest.raises(ValueError, match="Expected an element that the page may have"):
        element(tag)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("onclick", "x"),
        ("style", "color: red"),
        ("src", "x"),
        ("class_", '"><script>'),
        ("class_", "a=b"),
        ("id", "ü"),
        ("aria_label", "a\nb"),
        ("d", "M1 2 url(#x)"),
        ("viewBox", "0 0 ٣ 4"),
        ("x", "1"),
        ("x", float("nan")),
        ("cy", float("inf")),
        ("href", "javascript:alert(1)"),
        ("href", "data:text/html,x"),
        ("href", "//example.org"),
        ("href", "HTTPS:evil"),
        ("href", " https://example.org"),
    ],
)
def test_an_attribute_of_unknown_or_unsafe_value_is_refused(name, value):
    with pytest.raises(ValueError, match="Expected"):
        element("a", **{name: value})


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (-0.001, "0"), (100, "100"), (1.005e2, "100.5"), (-2.5, "-2.5")],
)
def test_a_number_is_short(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("two\nlines\there", "two lines here"),
        ("10\u00a0000\u202fm", "10 000 m"),
        ("a\0b", "a\ufffdb"),
        ("\u202egnp.exe", "\ufffdgnp.exe"),
        ("\u2066x\u2069\u200b\ufeff", "\ufffdx\ufffd\ufffd\ufffd"),
        ("lone \ud800", "lone \ufffd"),
        ("\x1b[31mred", "\ufffd[31mred"),
        ("größer 漢字 é", "größer 漢字 é"),
        ("e" + "\u0301" * 50 + "x", "e\u0301\u0301x"),
        ("x" * (LONGEST + 1), "x" * LONGEST + "…"),
    ],
)
def test_every_character_of_a_text_can_be_seen(text, shown):
    assert clean(text) == shown


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("Doe, https://example.org/a?b=1&c.", ["https://example.org/a?b=1&amp;c"]),
        ("(http://a.org/x) and https://b.org/y", ["http://a.org/x", "https://b.org/y"]),
        ("javascript:alert(1)", []),
        ("ftp://a.org HTTPS://A.org", []),
        ('https://a.org/"onclick="x', ["https://a.org/"]),
        ("https://a.org/ü", ["https://a.org/%C3%BC"]),
        ("https://a.org/\u202egpj", ["https://a.org/%EF%BF%BDgpj"]),
        ("https://", []),
    ],
)
def test_only_addresses_of_http_are_links(text, addresses):
    html = "".join(map(render, linked(text)))
    assert [part.split('"')[0] for part in html.split('href="')[1:]] == addresses


def test_a_linked_text_is_all_there():
    html = "".join(map(render, linked("see https://a.org/x, <b>")))
    assert html == (
        'see <a href="https://a.org/x" rel="noopener noreferrer">https://a.org/x</a>'
        ", &lt;b&gt;"
    )
