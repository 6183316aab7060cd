import math

import pytest
from results_factory import result

from seqtasks.reports.row import (
    Estimate,
    differing_settings,
    model_names,
    over_seeds,
    rows,
)


def test_the_deviation_is_that_of_a_sample():
    # deviations -1, 0, 1 from the mean 2: the sum of squares 2 over n - 1 = 2
    assert over_seeds([1.0, 2.0, 3.0]) == Estimate(2.0, 1.0, 3)
    assert over_seeds([1.5]) == Estimate(1.5, None, 1)
    assert over_seeds([]) is None
    mixed = over_seeds([1.0, math.nan])
    assert mixed is not None
    assert math.isnan(mixed.mean)
    assert over_seeds([1e300, -1e300]) == Estimate(0.0, math.inf, 2)


def test_runs_that_differ_in_their_seed_are_one_row():
    (row,) = rows([result(0.5, seed=0), result(0.7, seed=1)])
    assert row.score == Estimate(pytest.approx(0.6), pytest.approx(math.sqrt(0.02)), 2)
    assert row.status == "finished"


@pytest.mark.parametrize(
    "other",
    [
        {"units": 16},
        {"learning_rate": 0.1},
        {"cell": "lstm"},
        {"cell_options": {"reset_after": False}},
        {"cell_reference": "mine.py:Cell"},
        {"backend": "jax"},
        {"precision": "mixed_bfloat16"},
        {"budget": 300.0},
    ],
    ids=str,
)
def test_runs_that_differ_in_more_are_two_rows(other):
    assert len(rows([result(seed=0), result(seed=1, **other)])) == 2


def test_a_run_that_is_older_than_a_setting_had_its_default():
    (row,) = rows(
        [result(seed=0), result(seed=1, implementation="auto", precision="float32")]
    )
    assert row.settings["precision"] == "float32"


def test_a_setting_that_asks_for_nothing_is_as_none_at_all():
    (row,) = rows([result(seed=0), result(seed=1, budget=None)])
    assert "seconds" not in row.settings
    assert len(rows([result(seed=0), result(seed=1, budget=300)])) == 2


def test_the_loop_changes_the_speed_and_not_the_numbers():
    (row,) = rows(
        [
            result(seed=0),
            result(seed=1, implementation="auto", implementation_used="compiled"),
            result(seed=2, implementation="keras", implementation_used="keras"),
        ]
    )
    assert "loop" not in row.settings
    assert row.implementation == "compiled; keras"


def test_a_file_that_was_moved_is_the_same_cell():
    places = ("./cells/mine.py:Cell", "/elsewhere/mine.py:Cell")
    runs = [result(seed=i, cell_reference=place) for i, place in enumerate(places)]
    assert len(rows(runs)) == 1


def test_runs_that_did_not_finish_are_named_and_not_averaged():
    diverged = result(0.9, seed=2, status="diverged", reason="The loss\nwas nan.")
    (row,) = rows([result(0.5, seed=0), result(0.7, seed=1), diverged])
    assert row.score is not None
    assert row.score.mean == pytest.approx(0.6)
    assert row.score.n == 2
    assert row.status == "2 of 3 finished; 1 diverged: The loss was nan."
    (row,) = rows([diverged])
    assert row.score is None
    assert row.mean("seconds") is None
    assert row.status == "diverged: The loss was nan."


def test_a_seed_that_was_run_again_counts_once_with_its_newest_run():
    days = [f"2026-01-0{day}T00:00:00+00:00" for day in (1, 2)]
    again = [result(0.9, created=days[1]), result(0.5, created=days[0])]
    (row,) = rows([*again, result(0.7, seed=1)])
    assert row.score == Estimate(pytest.approx(0.8), pytest.approx(math.sqrt(0.02)), 2)
    assert row.status == "finished; newest of 3 runs of 2 seeds"


def test_a_setting_that_is_not_used_is_none_at_all():
    older, newer = result(seed=0, epochs=3), result(seed=1, epochs=3, budget=None)
    (row,) = rows([older, newer])
    assert "seconds" not in row.settings
    (timed,) = rows([result(epochs=None, budget=300.0)])
    assert "epochs" not in timed.settings


@pytest.mark.parametrize(
    "status", ["running", "killed", "interrupted", "timed_out", "out_of_memory"]
)
def test_what_did_not_finish_is_named_and_never_averaged(status):
    # it has scores, as no such run has: they must not count
    other = result(0.9, seed=1, status=status, reason="At step 3.")
    (row,) = rows([result(0.5, seed=0), other])
    assert row.score == Estimate(0.5, None, 1)
    assert row.status == f"1 of 2 finished; 1 {status}: At step 3."
    (alone,) = rows([other])
    assert alone.score is None
    assert alone.status == f"{status}: At step 3."


def _names(*groups):
    return model_names([rows(runs) for runs in groups])


def test_a_cell_alone_is_named_by_itself():
    assert _names([result(), result(cell="lstm", units=99)]) == [["gru", "lstm"]]


def test_settings_that_differ_are_named_of_all():
    runs = [result(learning_rate=0.1), result(cell="lstm", learning_rate=0.01)]
    assert _names(runs) == [["gru learning_rate=0.1", "lstm learning_rate=0.01"]]
    assert differing_settings(rows(runs)) == ["learning_rate"]


def test_units_are_named_where_one_cell_has_several():
    runs = [result(units=8), result(units=16), result(cell="lstm", units=4)]
    assert _names(runs) == [["gru units=8", "gru units=16", "lstm units=4"]]


def test_options_are_named_of_a_cell_that_has_several_in_any_task():
    one = [result(cell_options={"a": 1, "b": 2}), result(cell="lstm")]
    other = [result(cell_options={"a": 3, "b": 2}), result(cell="lstm")]
    assert _names(one, other) == [["gru a=1", "lstm"], ["gru a=3", "lstm"]]
    assert _names(one) == [["gru", "lstm"]]


def test_settings_that_differ_only_between_tasks_are_the_tasks_own():
    one, other = [result(learning_rate=0.1)], [result(learning_rate=0.2)]
    assert _names(one, other) == [["gru"], ["gru"]]


def test_a_task_with_several_settings_changes_no_name_in_another():
    several = [result(learning_rate=rate) for rate in (0.1, 0.01)]
    names_of_several = ["gru learning_rate=0.1", "gru learning_rate=0.01"]
    assert _names(several, [result()]) == [names_of_several, ["gru"]]


def test_two_files_with_one_name_are_named_apart():
    runs = [result(cell_reference=f"folder/{name}.py:Cell") for name in "ab"]
    assert _names(runs) == [["gru (a.py:Cell)", "gru (b.py:Cell)"]]


def test_values_that_read_the_same_are_numbered():
    runs = [result(learning_rate=rate) for rate in (0.1, 0.1000000001)]
    assert _names(runs) == [["gru learning_rate=0.1 #1", "gru learning_rate=0.1 #2"]]
