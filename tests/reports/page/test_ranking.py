import pytest

from seqtasks.reports.html import render
from seqtasks.reports.page.ranking import ranking
from seqtasks.reports.table import Column, Line, Table


def _html(header, cell="1", status="finished"):
    columns = (Column("model", right=False), Column(header), Column("status", False))
    line = Line("run", ("gru", cell, status))
    return render(ranking(Table("T", columns, (line,), ()), (), "key"))


@pytest.mark.parametrize(
    ("header", "html"),
    [
        ("seeds", "seeds"),
        ("steps_per_s", "steps_<wbr>per_<wbr>s"),
        ("accuracy ↑", '<span class="whole">accuracy ↑</span>'),
        (
            "test bits_a ↓ (a/b)",
            'test bits_<wbr><span class="whole">a ↓</span> (a/b)',
        ),
        ("↓ first", "↓ first"),
    ],
)
def test_a_heading_breaks_after_underscores_and_not_before_its_arrow(header, html):
    assert f'<th scope="col" class="right">{html}</th>' in _html(header)


def test_a_long_reason_is_cut_where_the_table_of_failures_has_it_whole():
    html = _html("a", status="diverged: " + "x" * 1000)
    assert f"diverged: {'x' * 230}…</td>" in html


def test_a_column_that_nobody_knew_of_is_shown():
    assert '<td class="right">97 %</td>' in _html("skill", "97 %")
