"""The plan: how long all runs take, what fits, and what to leave out."""

import pytest

from seqtasks.errors import UsageError
from seqtasks.sweep import plan as module
from seqtasks.sweep.grid import Run, grid
from seqtasks.sweep.measurement import Ended, Prediction
from seqtasks.sweep.plan import (
    Plan,
    cuts,
    duration,
    fit_lines,
    makespan,
    parse_limit,
    predicted_and_real,
)


def prediction(seconds, fixed=10.0, memory=2**30):
    return Prediction(
        seconds=seconds,
        low=0.5 * seconds,
        high=2 * seconds,
        fixed=fixed,
        memory=memory,
        basis="9 steps",
    )


# seconds of a run by task and cell
SECONDS = {("a", "x"): 100, ("a", "y"): 200, ("b", "x"): 30, ("b", "y"): 70}


def plan_of(seeds=3, jobs=1, done=(), known=SECONDS):
    runs = grid(["a", "b"], ["x", "y"], {}, range(seeds))
    found = {Run(*names, 0, ()): prediction(s) for names, s in known.items()}
    return Plan(runs, jobs, found, frozenset(done))


def test_the_whole_grid_is_the_sum_of_its_runs_or_less_with_more_at_once():
    assert plan_of().seconds() == (1200, 600, 2400)
    assert plan_of(jobs=2).seconds()[0] == 600
    assert plan_of(jobs=2).memory == 2 * plan_of().memory
    assert makespan([5, 4, 3, 3, 3], 2) == 10
    with_done = plan_of(done=[Run("a", "y", seed, ()) for seed in range(3)])
    assert with_done.seconds()[0] == 600 + 3 * module._FOUND_SECONDS


def test_a_cluster_has_places_and_its_memory_is_not_this_machines(monkeypatch):
    monkeypatch.setattr(module, "_free_bytes", lambda: 1)
    there = plan_of().on(3, 6)
    assert there.seconds()[0] == 200
    assert ", 6 at once on 3 machines: about 3 min 20 s" in there.sentence()
    assert "lower --jobs" not in there.sentence()
    assert "lower --jobs" in plan_of().on(1, 2).sentence()


def test_a_run_that_is_not_known_counts_as_the_longest():
    plan = plan_of(known={**SECONDS, ("b", "y"): 70} | {("a", "y"): 200})
    assert plan.cost(Run("a", "y", 2, ())) == 200
    less = {names: s for names, s in SECONDS.items() if names != ("b", "x")}
    plan = plan_of(known=less)
    assert plan.unknown == [Run("b", "x", 0, ())]
    assert plan.cost(Run("b", "x", 1, ())) == 200
    assert "1 configuration is not measured" in plan.sentence()
    assert plan_of(known={}).sentence() == "12 runs to train."


def test_the_table_has_a_row_a_configuration(monkeypatch):
    monkeypatch.setattr(module, "_free_bytes", lambda: 2**20)
    plan = plan_of(done=[Run("b", "x", 1, ())], jobs=2)
    lines = list(plan.lines())
    assert [line.split()[:3] for line in lines[2:6]] == [
        ["a", "x", "3"],
        ["a", "y", "3"],
        ["b", "x", "3"],
        ["b", "y", "3"],
    ]
    assert lines[4].split()[3:6] == ["1", "30", "s"]
    assert lines[-1].startswith("11 runs to train, 1 done already, 2 at once: about")
    assert lines[-1].endswith("0.0 GB are free: lower --jobs.")


def test_seeds_are_left_out_first():
    assert [cut.words for cut in cuts(plan_of(), 850)] == ["--seeds 2"]
    assert [cut.words for cut in cuts(plan_of(), 400)] == ["--seeds 1"]


def test_then_the_tasks_the_cells_or_the_time_of_each_run():
    found = list(cuts(plan_of(), 150))
    assert [cut.words for cut in found] == [
        "--seeds 1 and b",
        "--seeds 1 and --cell x",
        "--seeds 1 and --seconds 20",
    ]
    assert all(cut.seconds <= 150 for cut in found)
    assert next(cuts(plan_of(seeds=1), 150)).words == "b"
    # nothing fits into a second
    assert list(cuts(plan_of(), 1)) == []


def test_what_fits_is_stated_with_how_sure_it_is():
    assert list(fit_lines(plan_of(), 3600)) == ["It fits into 1 h 00 min."]
    assert list(fit_lines(plan_of(), 1300)) == [
        "It fits into 22 min, but may take 40 min."
    ]
    lines = list(fit_lines(plan_of(), 850))
    assert lines[0] == "It does not fit into 14 min."
    assert lines[-1] == "  --seeds 2  (13 min)"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("2h", 7200), ("90m", 5400), ("1h30m", 5400), ("1.5d", 129600), (" 2h ", 7200)],
)
def test_a_time_is_typed_in_days_hours_and_minutes(text, seconds):
    assert parse_limit(text) == seconds


@pytest.mark.parametrize("text", ["", "2", "0h", "h", "-2h", "2 hours", "2s", "nanh"])
def test_another_time_is_refused(text):
    with pytest.raises(UsageError) as raised:
        parse_limit(text)
    assert str(raised.value) == (
        f"Expected --fit-in to be a time, as in 2h, 90m, 1h30m or 1.5d; received "
        f"{text!r}."
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (59.6, "1 min 00 s"),
        (0, "0 s"),
        (599.4, "9 min 59 s"),
        (3599, "1 h 00 min"),
        (7500, "2 h 05 min"),
    ],
)
def test_a_duration_has_two_units_at_most(seconds, text):
    assert duration(seconds) == text


def test_predicted_and_real_stand_side_by_side():
    one = Ended(
        run="r",
        seed=0,
        predicted=100,
        seconds=120,
        predicted_bytes=2**30,
        peak_memory_bytes=2**31,
    )
    lines = list(predicted_and_real({Run("a", "x", 0, ()): [one]}, 120, 100))
    assert "1 min 40 s" in lines[2]
    assert "+20%" in lines[2]
    assert "2,048 MB" in lines[2]
    assert lines[-1] == ("The sweep took 2 min 00 s; 1 min 40 s were predicted (+20%).")
    assert list(predicted_and_real({}, 1, 1)) == []
