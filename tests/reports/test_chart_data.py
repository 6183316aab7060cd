"""What the charts are made of: series, axes, curves, and texts that plotly.js shows."""

import math

import pytest
from results_factory import result

from seqtasks.reports.chart_data import (
    LONGEST,
    Axis,
    by_use,
    curve_of,
    drawable,
    fit,
    plain,
    series_of,
    thinned,
    visible,
)
from seqtasks.reports.group import groups


def _series(results, cells=None):
    (group,) = groups(results)
    return series_of(group, cells or by_use(results))


def test_rows_of_one_cell_share_a_colour_and_differ_in_dashes_and_label():
    found = _series(
        [result(0.9, units=8), result(0.8, units=16), result(0.7, cell="lstm")]
    )
    assert [(one.label, one.colour, one.dash) for one in found] == [
        ("gru units=8", "c0", 0),
        ("gru units=16", "c0", 1),
        ("lstm units=8", "c1", 0),
    ]


def test_a_cell_has_the_colour_of_the_page_or_else_one_that_is_free():
    cells = [f"cell{index}" for index in range(9)]
    shown = enumerate(["cell8", "cell0", "cell1"])
    found = _series([result(0.9 - 0.1 * n, cell=cell) for n, cell in shown], cells)
    assert [one.colour for one in found] == ["c2", "c0", "c1"]
    # those after the eighth are grey
    found = _series([result(0.9 - 0.01 * n, cell=f"c{n:02}") for n in range(20)])
    colours = [*(f"c{n}" for n in range(8)), *["grey"] * 12]
    assert [one.colour for one in found] == colours


def test_a_run_that_was_repeated_is_not_drawn_and_one_that_failed_is():
    early, late, failed = (
        result(0.5, seed=0, created="2026-01-01T00:00:00+00:00"),
        result(0.6, seed=0, created="2026-01-02T00:00:00+00:00"),
        result(None, seed=1, status="failed", reason="No."),
    )
    (one,) = _series([early, late, failed])
    assert one.runs == (late, failed)


def test_cells_of_most_tasks_come_first():
    results = [result(cell="a"), result(cell="b"), result(cell="b", task="other")]
    assert by_use(results) == ["b", "a"]


def _curve(values, **fields):
    epochs = [
        {"epoch": float(index), "validation_accuracy": value}
        for index, value in enumerate(values, start=1)
    ]
    run = result(**{"history": epochs, **fields})
    return curve_of(_series([run])[0], run)


def test_points_by_epoch():
    found = _curve([0.1, 0.2], best_epoch=2)
    assert found.pieces == (((1.0, 0.1), (2.0, 0.2)),)
    assert found.ends == ()
    assert found.chosen == (2.0, 0.2)
    assert _curve([0.1, 0.2], best_epoch=3).chosen is None
    assert _curve([0.1], status="failed").chosen is None


def test_a_line_is_broken_where_a_value_is_not_finite():
    found = _curve([math.nan, 0.1, 0.2, math.inf, 0.3])
    assert found.pieces == (((2.0, 0.1), (3.0, 0.2)), ((5.0, 0.3),))
    assert found.ends == ((3.0, 0.2),)
    # other numbers are no points
    assert _curve([], history=[{"epoch": 1.0, "loss": 2.0}]).pieces == ()


@pytest.mark.parametrize("epoch", [math.nan, -1.0, 1e300, None])
def test_an_epoch_that_is_no_epoch_is_counted(epoch):
    entry = {"validation_accuracy": 0.5} | ({} if epoch is None else {"epoch": epoch})
    assert _curve([], history=[entry]).points == [(1.0, 0.5)]


def test_thousands_of_epochs_are_thinned_and_no_spike_is_lost():
    values = [math.exp(-epoch / 500) for epoch in range(5000)]
    values[1234], values[4321] = 9.0, -9.0
    points = [(float(index), value) for index, value in enumerate(values, start=1)]
    thin = thinned(points, 200)
    assert len(thin) <= 200
    assert {(1235.0, 9.0), (4322.0, -9.0)} <= set(thin)
    assert (thin[0], thin[-1]) == (points[0], points[-1])
    assert thin == sorted(thin)
    assert thinned(points[:3], 3) == points[:3]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        *((1, 1.0), (-2.5, -2.5), (1e-200, 0.0), (math.nan, None), (-math.inf, None)),
        *((1e101, None), (10**400, None), (None, None), ("x", None)),
    ],
)
def test_what_a_chart_can_show(value, number):
    assert drawable(value) == number


def test_places_on_both_axes():
    assert Axis(2.0, 4.0).place(3.0) == 0.5
    log = Axis(0.01, 100.0, log=True)
    assert log.place(1.0) == pytest.approx(0.5)
    assert log.place(0.0) is None
    assert [log.holds(value) for value in (0.0, 0.01, 200.0)] == [False, True, False]
    assert log.layout("x")["range"] == pytest.approx([-2, 2])


@pytest.mark.parametrize(
    ("values", "mode", "log"),
    [
        ([0.1, 2.0], "min", True),
        ([0.11, 2.0], "min", False),
        ([0.0, 2.0], "min", False),
        ([-1.0, 100.0], "min", False),
        ([0.001, 0.9], "max", False),
        ([1.0, 1000.0], "max", True),
    ],
)
def test_an_axis_is_logarithmic_where_the_values_span_decades(values, mode, log):
    axis = fit(values, mode)
    assert axis.log == log
    assert axis.low <= min(values)
    assert max(values) < axis.high


@pytest.mark.parametrize("value", [0.0, 0.5, -3.0, 1e99, 1e-99])
def test_one_value_has_an_axis_too(value):
    assert 0 <= fit([value], "min").place(value) < 1
    assert fit([0.01, 0.5], "max").low == 0.0, "what cannot be negative"


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
    assert visible(text) == shown


def test_labels_have_no_markup_and_no_fields_for_plotly():
    assert plain('<b>%{x}</b> & <a href="x">') == (
        '&lt;b&gt;&#37;{x}&lt;/b&gt; &amp; &lt;a href="x"&gt;'
    )
    assert plain("${x}$") == "&#36;{x}&#36;"
    assert plain("x" * 99, 10) == "x" * 9 + "…"
