import pytest
from results_factory import result

from seqtasks.reports.comparison import compare

CELLS = ("gru", "lstm", "elman")


def tasks(table, **fields):
    """Runs of tasks, each with one score a cell; ``None`` is a run that diverged."""
    fields.setdefault("options", {})
    return [
        result(
            score,
            task=task,
            cell=cell,
            status="finished" if score is not None else "diverged",
            **fields,
        )
        for task, scores in table.items()
        for cell, score in zip(CELLS, scores, strict=False)
    ]


def test_ranks_by_hand():
    found = compare(
        tasks({"a": [0.9, 0.8, 0.7], "b": [0.9, 0.5, 0.5], "c": [0.2, 0.3, 0.1]})
    ).ranking
    assert found.tasks == ("a", "b", "c")
    assert found.names == ("gru", "lstm", "elman")
    assert found.ranks == ((1, 2, 3), (1, 2.5, 2.5), (2, 1, 3))
    assert found.average == pytest.approx((4 / 3, 5.5 / 3, 8.5 / 3))


def test_a_small_value_ranks_first_where_the_mode_is_min():
    table = {name: [0.3, 0.2, 0.1] for name in "ab"}
    assert compare(tasks(table, mode="min")).ranking.names == ("elman", "lstm", "gru")


def test_what_failed_ranks_last_and_is_not_missing():
    found = compare(tasks({"a": [None, 0.8, 0.7], "b": [None, 0.5, None]})).ranking
    assert found.names == ("lstm", "elman", "gru")
    assert found.ranks == ((1, 2, 3), (1, 2.5, 2.5))
    assert found.failed == {"gru": 2, "elman": 1}


TWO, THREE = [0.9, 0.8], [0.9, 0.8, 0.7]


@pytest.mark.parametrize(
    ("table", "names", "count", "left_out"),
    [
        # three tasks of three cells are more than four of two
        ({"a": THREE, "b": THREE, "c": THREE, "d": TWO}, 3, 3, "d (no elman)"),
        ({"a": TWO, "b": TWO, "c": TWO, "d": THREE}, 2, 4, "elman (not in every task)"),
        ({"a": TWO, "b": TWO, "c": [0.9]}, 2, 2, "c (no lstm)"),
    ],
)
def test_the_largest_block_is_taken_and_the_rest_named(table, names, count, left_out):
    # what has not finished yet is no part of it
    running = result(None, task="a", cell="lru", status="running", options={})
    found = compare([*tasks(table), running]).ranking
    assert (len(found.names), len(found.tasks)) == (names, count)
    assert found.left_out == (left_out,)


@pytest.mark.parametrize("table", [{}, {"a": [0.9, 0.8]}, {"a": [0.9], "b": [0.9]}])
def test_one_task_or_one_cell_has_no_ranks(table):
    assert compare(tasks(table)).ranking is None


def test_bars_join_what_is_not_significantly_different():
    found = compare(tasks(dict.fromkeys("abcdefg", THREE))).ranking
    # 2.3437 √(12 / 42) = 1.25, and p of seven tasks that agree is 6 / 6^7
    assert found.critical_difference == pytest.approx(1.2528, abs=1e-3)
    assert found.p < 1e-3
    assert found.bars == ((0, 1), (1, 2))
    too_few = compare(tasks(dict.fromkeys("ab", THREE))).ranking
    assert (too_few.fewest_tasks, too_few.rejects, too_few.bars) == (
        3,
        False,
        ((0, 2),),
    )
    table = {"a": [3, 2, 1], "b": [1, 3, 2], "c": [2, 1, 3], "d": [3, 2, 1]}
    chance = compare(tasks(table)).ranking
    assert (chance.rejects, chance.bars) == (False, ((0, 2),))


def test_one_task_counted_twice_is_named():
    runs = tasks({"a": [0.9, 0.8]}, options={"length": 1})
    runs += tasks({"a": [0.9, 0.8]}, options={"length": 2})
    assert compare(runs).ranking.repeated == ("a",)
    assert compare(runs).ranking.tasks == ("a · length 1", "a · length 2")


def test_the_same_cell_with_other_options_is_another_model():
    runs = [
        result(score, task=task, cell=cell, cell_options={"a": value})
        for task, value in (("a", 1), ("b", 2))
        for cell, score in (("gru", 0.9), ("lstm", 0.8))
    ]
    assert compare(runs).ranking is None
