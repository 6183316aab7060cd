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


def test_a_setting_that_is_not_used_is_as_none_at_all():
    (row,) = rows([result(seed=0), result(seed=1, epochs=None, budget=None)])
    assert not {"seconds", "epochs"} & set(row.settings)


def test_the_loop_changes_the_speed_and_not_the_numbers():
    (row,) = rows(
        [
            result(seed=0),
            result(seed=1, implementation="auto", implementation_used="compiled"),
            result(seed=2, implementation="keras", implementation_used="keras"),
        ]
    )
    assert "implementation" not in row.settings
    assert row.implementation == "compiled; keras"


def test_a_file_that_was_moved_is_the_same_cell():
    places = ("./cells/mine.py:Cell", "/elsewhere/mine.py:Cell")
    runs = [result(seed=i, cell_reference=place) for i, place in enumerate(places)]
    assert len(rows(runs)) == 1


def test_a_seed_that_was_run_again_counts_once_with_its_newest_run():
    days = [f"2026-01-0{day}T00:00:00+00:00" for day in (1, 2)]
    again = [result(0.9, created=days[1]), result(0.5, created=days[0])]
    (row,) = rows([*again, result(0.7, seed=1)])
    assert row.score == Estimate(pytest.approx(0.8), pytest.approx(math.sqrt(0.02)), 2)
    assert row.status == "finished; newest of 3 runs of 2 seeds"


@pytest.mark.parametrize(
    "status",
    ["running", "killed", "interrupted", "timed_out", "out_of_memory", "diverged"],
)
def test_what_did_not_finish_is_named_and_never_averaged(status):
    # it has scores, as no such run has: they must not count
    other = result(0.9, seed=2, status=status, reason="At\nstep 3.")
    (row,) = rows([result(0.5, seed=0), result(0.7, seed=1), other])
    assert row.score == Estimate(pytest.approx(0.6), pytest.approx(math.sqrt(0.02)), 2)
    assert row.status == f"2 of 3 finished; 1 {status}: At step 3."
    (alone,) = rows([other])
    assert (alone.score, alone.mean("seconds")) == (None, None)
    assert alone.status == f"{status}: At step 3."


_RATES = [{"learning_rate": rate} for rate in (0.1, 0.01)]
_OPTIONS = [{"cell_options": {"a": n, "b": 2}} for n in (1, 3)]


@pytest.mark.parametrize(
    ("groups", "names"),
    [
        # a cell alone is named by itself, its units where one cell has several
        ([[{}, {"cell": "lstm", "units": 99}]], [["gru", "lstm"]]),
        (
            [[{"units": 8}, {"units": 16}, {"cell": "lstm", "units": 4}]],
            [["gru units=8", "gru units=16", "lstm units=4"]],
        ),
        # settings that differ are named of all, but those of another task
        (
            [[_RATES[0], {"cell": "lstm"} | _RATES[1]]],
            [["gru learning_rate=0.1", "lstm learning_rate=0.01"]],
        ),
        ([[_RATES[0]], [_RATES[1]]], [["gru"], ["gru"]]),
        (
            [_RATES, [{}]],
            [["gru learning_rate=0.1", "gru learning_rate=0.01"], ["gru"]],
        ),
        # options are named of a cell that has several in any task
        (
            [[option, {"cell": "lstm"}] for option in _OPTIONS],
            [["gru a=1", "lstm"], ["gru a=3", "lstm"]],
        ),
        ([[_OPTIONS[0], {"cell": "lstm"}]], [["gru", "lstm"]]),
        # two files with one name, two values that read the same
        (
            [[{"cell_reference": f"folder/{name}.py:Cell"} for name in "ab"]],
            [["gru (a.py:Cell)", "gru (b.py:Cell)"]],
        ),
        (
            [[{"learning_rate": rate} for rate in (0.1, 0.1000000001)]],
            [["gru learning_rate=0.1 #1", "gru learning_rate=0.1 #2"]],
        ),
    ],
)
def test_a_name_is_what_distinguishes_a_model(groups, names):
    of_groups = [rows([result(**fields) for fields in group]) for group in groups]
    assert model_names(of_groups) == names


def test_settings_that_differ():
    assert differing_settings(rows([result(**one) for one in _RATES])) == [
        "learning_rate"
    ]


def test_a_cell_without_a_gate_is_another_cell_of_its_own_units():
    whole = result(cell="gru", units=8, cell_options={})
    part = result(cell="gru", units=10, cell_options={"without": "reset"}, seed=1)
    found = rows([whole, part])
    assert model_names([found]) == [["gru", "gru without=reset"]]
    again = rows([whole, part, result(cell="gru", units=16, cell_options={})])
    assert sorted(model_names([again])[0]) == [
        "gru units=16",
        "gru units=8",
        "gru without=reset units=10",
    ]
