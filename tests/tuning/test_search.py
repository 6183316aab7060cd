"""The search, with runs that end as they are made to."""

import dataclasses

import pytest
from planned_search import planned
from results_factory import result

from seqtasks.errors import UsageError
from seqtasks.result import Search
from seqtasks.store import Store
from seqtasks.sweep import pool
from seqtasks.training.study import load, storage
from seqtasks.tuning import search as module
from seqtasks.tuning.search import ask, begin, best_of, final_runs, search

CELLS = ("elman", "gru")


class Fake:
    """A trial that ends at once, better the nearer its learning rate is to 0.02."""

    def __init__(self, plan, run, code=0, note=True):
        self.code, name = code, run.options[-1]
        study = load(storage(plan.folder, "s"), "s", run.cell)
        number, rate = int(name.partition(":")[2]), float(run.options[-3])
        self.rate = (run.cell, number, rate)
        if note and code == 0:
            trial = study.trials[number]
            study._storage.set_trial_user_attr(trial._trial_id, "status", "finished")
            study.tell(number, -abs(rate - 0.02))

    def waits(self):
        return False

    def ended(self):
        return self.code

    def reason(self):
        return "why"

    def terminate(self):
        pass

    kill = close = terminate


@pytest.fixture(autouse=True)
def _at_once(monkeypatch):
    monkeypatch.setattr(pool, "_PAUSE_SECONDS", 0.0)


def searched(plan, codes=lambda run: (0, True), most=None):
    """The learning rate of each trial that was started; stopped after so many."""
    rates = []

    def start(run):
        if len(rates) == most:
            raise KeyboardInterrupt
        one = Fake(plan, run, *codes(run))
        rates.append(one.rate)
        return one

    search(plan, begin(plan), 1, start, lambda line: None)
    return rates


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A search of eight trials of each cell, and what it tried."""
    plan = planned(tmp_path_factory.mktemp("results"), CELLS, trials=8)
    return plan, searched(plan)


def test_each_cell_has_the_same_trials_the_first_with_its_defaults(whole):
    _, rates = whole
    by_cell = {c: [r for cell, _, r in rates if cell == c] for c in CELLS}
    assert [number for cell, number, _ in rates if cell == "gru"] == [*range(8)]
    # the task's own, then drawn, then by what is known, which is the same here
    assert by_cell["elman"] == by_cell["gru"]
    assert by_cell["gru"][0] == 0.01
    assert len(set(by_cell["gru"])) == 8
    assert all(1e-3 <= rate <= 1e-1 for rate in by_cell["gru"])


def test_one_that_is_stopped_goes_on_as_if_it_had_not_been(whole, tmp_path):
    plan = planned(tmp_path, CELLS, trials=8)
    with pytest.raises(KeyboardInterrupt):
        searched(plan, most=5)
    rest = searched(plan)
    assert len(rest) == 11
    assert rest == whole[1][5:]
    assert searched(plan) == []
    # more trials are asked for, of which the first are there
    assert len(searched(dataclasses.replace(plan, trials=9))) == 2


def test_the_best_of_the_first_trials_is_run_with_other_seeds(whole):
    plan, rates = whole
    for trials in (3, 8):
        plan = dataclasses.replace(plan, trials=trials)
        first, second = best_of(plan, begin(plan))
        tried = [rate for cell, _, rate in rates if cell == "gru"][:trials]
        nearest = min(tried, key=lambda rate: abs(rate - 0.02))
        assert second.values == {"learning_rate": nearest}
        assert second.trial == tried.index(nearest)
        assert first.of_defaults == -0.01
        assert second.statuses == {"finished": trials}
        runs = final_runs(plan, [second], 2)
        assert [run.seed for run in runs] == [0, 1]
        assert runs[0].options == (
            *("--learning-rate", str(nearest), "--study", f"s@{trials}"),
        )


def test_a_trial_that_is_killed_again_and_again_has_failed_and_counts(tmp_path):
    plan = planned(tmp_path, trials=2)
    kills = []

    def codes(run):
        killed = run.options[-1] == "s:0"
        kills.append(killed)
        return (-9, False) if killed else (0, True)

    searched(plan, codes)
    assert sum(kills) == module._ATTEMPTS
    (best,) = best_of(plan, begin(plan))
    assert (best.trial, best.statuses) == (1, {"failed": 1, "finished": 1})
    reason = load(begin(plan), "s", "elman").trials[0].user_attrs["reason"]
    assert reason == "Given up after 3 attempts: why"


def test_one_that_cannot_be_made_ends_the_search_if_it_is_the_first(tmp_path):
    plan = planned(tmp_path, trials=2)
    with pytest.raises(UsageError) as raised:
        searched(plan, lambda run: (2, False))
    assert str(raised.value) == (
        "The first trial of elman could not be made, so that the search is ended: why"
    )
    searched(plan, lambda run: (0, True) if run.options[-1] == "s:0" else (2, False))
    (best,) = best_of(plan, begin(plan))
    assert best.statuses == {"finished": 1, "failed": 1}


def test_where_nothing_finished_there_is_no_best(tmp_path):
    plan = planned(tmp_path, trials=1)
    searched(plan, lambda run: (1, False))
    with pytest.raises(UsageError) as raised:
        best_of(plan, begin(plan))
    assert str(raised.value) == (
        "None of the 1 trials of elman finished, so that there are no best settings. "
        "The last one: Given up after 3 attempts: why"
    )


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        (
            {"search": ("learning_rate=1e-3:1:log",)},
            "The study s was begun with another space: learning_rate=0.001:0.1:log; "
            "received learning_rate=0.001:1.0:log. Type the same --search, or begin "
            "another study with --study NAME.",
        ),
        (
            {"given": {"epochs": 5}},
            "The study s was begun with another given: nothing; received epochs 5. "
            "Type the same, or begin another study with --study NAME.",
        ),
        ({"pruning": "none"}, "The study s was begun with another pruning: median;"),
    ],
)
def test_a_study_that_was_begun_with_something_else_is_refused(
    tmp_path, other, sentence
):
    begin(planned(tmp_path))
    with pytest.raises(UsageError) as raised:
        begin(planned(tmp_path, ("gru",), **other))
    assert str(raised.value).startswith(sentence)


def test_a_cell_whose_code_has_changed_is_refused(tmp_path):
    plan = planned(tmp_path)
    study = load(begin(plan), "s", "elman")
    study.set_user_attr("cell_code", "file:before")
    with pytest.raises(
        UsageError, match="The code of the cell elman has changed since"
    ):
        begin(plan)


def test_a_trial_that_was_killed_before_it_was_drawn_is_drawn(tmp_path):
    plan, other = planned(tmp_path), planned(tmp_path / "other")
    expected = ask(other, begin(other), "elman", 0)
    # as a kill after Optuna has numbered it, and before it has a value
    study = load(begin(plan), "s", "elman")
    study.enqueue_trial({"learning_rate": 0.01})
    study.ask()
    assert ask(plan, begin(plan), "elman", 0) == expected


def test_a_trial_that_was_killed_between_its_row_and_its_study_is_noted(tmp_path):
    plan = planned(tmp_path, trials=1)
    ask(plan, begin(plan), "elman", 0)
    row = result(
        run="tiny_task-elman-s1000-x",
        cell="elman",
        metrics={"validation": {"accuracy": 0.75}},
        history=[
            {"epoch": 1, "validation_accuracy": 0.5},
            {"epoch": 2, "validation_accuracy": 0.75},
            {"epoch": 3},  # it diverged in the middle
        ],
        search=Search(study="s", trial=0, space={}, pruning="median"),
    )
    Store(tmp_path).write(row)
    assert searched(plan) == []
    (best,) = best_of(plan, begin(plan))
    assert (best.value, best.statuses) == (0.75, {"finished": 1})
    # what it would have noted itself, of which pruning and the next trial need to know
    study = load(begin(plan), "s", "elman")
    assert study.trials[0].intermediate_values == {1: 0.5, 2: 0.75}
    assert study.user_attrs["fingerprint"] == row.fingerprint
