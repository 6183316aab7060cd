from results_factory import result

from seqtasks.reports.group import groups
from seqtasks.reports.leaderboard import leaderboard
from seqtasks.reports.page.series import by_use, series_of


def _series(results, cells=None):
    (group,) = groups(results)
    return series_of(group, leaderboard(group), cells or by_use(results))


def test_rows_of_one_cell_share_a_colour_and_differ_in_dashes_and_label():
    found = _series(
        [result(0.9, units=8), result(0.8, units=16), result(0.7, cell="lstm")]
    )
    assert [(one.label, one.style) for one in found] == [
        ("gru · units 8", "c0 p0"),
        ("gru · units 16", "c0 p1"),
        ("lstm", "c1 p0"),
    ]


def test_a_cell_has_the_colour_of_the_page_or_else_one_that_is_free():
    cells = [f"cell{index}" for index in range(9)]
    shown = ["cell8", "cell0", "cell1"]
    found = _series(
        [result(0.9 - 0.1 * n, cell=cell) for n, cell in enumerate(shown)], cells
    )
    assert [one.style for one in found] == ["c2 p0", "c0 p0", "c1 p0"]


def test_the_rows_after_the_eighth_are_grey():
    found = _series([result(0.9 - 0.01 * n, cell=f"c{n:02}") for n in range(20)])
    assert [one.style for one in found[:8]] == [f"c{n} p0" for n in range(8)]
    assert {one.style for one in found[8:]} == {"grey p0"}


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
