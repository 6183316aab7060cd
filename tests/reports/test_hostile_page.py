"""Whatever stands in a result, the page has its own elements and attributes alone."""

import dataclasses
import json
import re

import pytest
from horizon_factory import record as horizon_record
from hostile_texts import HOSTILE, hostile_results
from page_reader import PageReader
from results_factory import PUBLISHED, result

from seqtasks.analysis.other_data_record import OtherDataRecord, Scored
from seqtasks.reports.html_page import linked, page


@pytest.fixture(scope="module")
def tame():
    """What the page has where all texts are words."""
    words = ("a_word", "b_word")
    results = [one for word in words for one in hostile_results(word, "diverged")]
    horizons = [hostile_horizon(word) for word in words]
    other_data = [hostile_other_data(word) for word in words]
    return PageReader(
        page(results, ["bad.json"], horizons=horizons, other_data=other_data)
    )


def _texts(value):
    """All texts of a figure, and the keys of its objects."""
    if isinstance(value, dict):
        return [
            text for pair in value.items() for item in pair for text in _texts(item)
        ]
    if isinstance(value, list):
        return [text for item in value for text in _texts(item)]
    return [value] if isinstance(value, str) else []


def hostile_horizon(text):
    """A horizon with this text in every field that may have one."""
    names = ("task", "cell", "option", "title", "unit", "metric", "how", "device")
    fields = dict.fromkeys((*names, "backend", "commit"), text)
    for name in ("task_options", "cell_options", "settings", "versions"):
        fields[name] = {text: text}
    return horizon_record(8, 0, **fields)


def hostile_other_data(text):
    """Scores of the first run of this text, with it in every field."""
    one = Scored(value=9, fingerprint=text, metrics={text: 0.5}, baseline=text,
                 baseline_value=0.25)  # fmt: skip
    return OtherDataRecord(
        run=f"{text}0", task=text, cell=text, seed=0, option=text, trained=3,
        split=text, monitor=text, mode="max", metric_units={text: text},
        own={text: 0.5}, scored=(one,), commit=text,
    )  # fmt: skip


# a page of several of them: most of its time is not theirs
@pytest.mark.parametrize("texts", [HOSTILE[i::5] for i in range(5)], ids=range(5))
def test_hostile_texts_add_no_element_and_no_attribute(texts, tame):
    results = [one for text in texts for one in hostile_results(text, "diverged")]
    damaged = [f"{text}.json: {text}" for text in texts]
    horizons = [hostile_horizon(text) for text in texts]
    other_data = [hostile_other_data(text) for text in texts]
    html = page(results, damaged, horizons=horizons, other_data=other_data)
    html.encode("utf-8")
    # nowhere is it as it was written; plotly.js is not made of results
    start = html.index('<script type="text/plain"')
    own = html[:start] + html[html.index("</script>", start) :]
    for text in texts:
        if set(text) & set("<\"'\0\u202e\ud800\x1b\u2028"):
            assert text not in own
    assert not set(own) & set("\0\u202e\u2066\u2069\u2028\u2029\x1b\x07\ud800\udfff")
    reader = PageReader(html)
    others = [name for name in reader.elements if name != "a"]
    assert set(others) <= set(tame.elements)
    assert (others.count("script"), others.count("style")) == (3, 1)
    allowed = {(tag, name) for tag, name, _ in tame.attributes}
    found = {(tag, name) for tag, name, _ in reader.attributes}
    assert found <= allowed | {("a", "href"), ("a", "rel")}
    # and no attribute holds the text, but the address of a link
    for tag, name, value in reader.attributes:
        if name == "href" and not str(value).startswith("#"):
            assert tag == "a"
            assert re.match("https?://[a-z]", str(value))
            assert str(value).isascii()
            assert not set(str(value)) & set("\"'<> ")
        elif name != "content":
            assert re.fullmatch(r"[A-Za-z0-9 ,.:#=/-]*", value or ""), (tag, name)
            assert not re.search("alert|evil|AAA|999", value or "")
    links = [value for _, name, value in reader.attributes if name == "href"]
    outside = [link for link in links if not str(link).startswith("#")]
    assert (len(outside) > 0) == any("http" in text for text in texts)
    # in the charts no text has markup, but for the line breaks of this package
    for label in _texts(reader.figures):
        shown = label.replace("<br>", "").replace("<extra></extra>", "")
        assert not set(shown) & set("<>"), label
    # nor a field, but for those of this package
    fields = set(re.findall(r"%\{.*?\}", json.dumps(reader.figures)))
    known = {"%{meta.label}", "%{meta.n}", "%{text}", "%{x}", "%{x:.4~g}", "%{y:.4~g}"}
    known.add("%{x:,.4~r}")
    assert fields <= known


def test_a_hostile_text_can_be_read_and_only_http_is_a_link():
    text = "<script>alert(1)</script>"
    reader = PageReader(page(hostile_results(text, "diverged")))
    assert f"{text} " in reader.text_of("h3")
    assert any(text in fact for fact in reader.text_of("dd"))
    sources = ("https://example.org/paper", "javascript:alert(1)", "file:///etc/passwd")
    known = [dataclasses.replace(PUBLISHED, source=source) for source in sources]
    reader = PageReader(page([result(published=tuple(known))]))
    found = {v for v in reader.values("href") if v and not v.startswith("#")}
    assert found == {"https://example.org/paper"}


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
    html = str(linked(text))
    assert [part.split('"')[0] for part in html.split('href="')[1:]] == addresses


def test_a_linked_text_is_all_there():
    assert linked("see https://a.org/x, <b>") == (
        'see <a href="https://a.org/x" rel="noopener noreferrer">https://a.org/x</a>'
        ", &lt;b&gt;"
    )
