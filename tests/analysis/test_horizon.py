"""The search for the longest delay, with runs that nobody trained."""

import pytest
from results_factory import result

from seqtasks.analysis import horizon as module
from seqtasks.analysis.horizon import Asked, grid, horizon, search
from seqtasks.errors import UsageError
from seqtasks.store import Store
from seqtasks.training.display import Display


def test_the_grid_has_four_values_between_powers_of_two():
    assert grid(1, 20) == [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, 16, 20]
    assert grid(6, 10) == [6, 7, 8, 10]


@pytest.mark.parametrize("start", [1, 2, 16, 64])
def test_the_search_finds_each_value_of_the_grid_and_tries_none_twice(start):
    values = grid(1, 64)
    for index, longest in enumerate([0, *values]):
        tried = []

        def solved(value, longest=longest, tried=tried):
            tried.append(value)
            return value <= longest

        after = values[index] if index < len(values) else None
        assert search(solved, start, 1, 64) == (longest, after)
        assert len(set(tried)) == len(tried) <= 9
        assert set(tried) <= {*values}


def test_a_bound_that_is_no_power_of_two_is_tried():
    assert search(lambda value: True, 2, 2, 50) == (50, None)
    assert search(lambda value: value < 40, 2, 2, 50) == (32, 40)


class _Messages(Display):
    def __init__(self):
        self.sentences = []

    def message(self, sentence):
        self.sentences.append(sentence)


@pytest.fixture
def runs(monkeypatch):
    """Runs of ``adding`` that solve up to ten steps, with the seed 1 up to four."""
    calls = []

    def run(task, cell, **fields):
        calls.append(fields)
        steps, seed = fields["options"]["sequence_length"], fields["seed"]
        good = steps <= (10, 4)[seed]
        scores = {"validation": {"mean_squared_error": 0.0064 if good else 0.0065}}
        diverged = seed == 1 and steps == 8
        return result(
            None,
            run=f"run{len(calls)}",
            metrics={} if diverged else scores,
            status="diverged" if diverged else "finished",
            units=fields["units"],
        )

    monkeypatch.setattr(module, "run", run)
    return calls


def _asked(**fields):
    return Asked(task="adding", cell="gru", **{"seeds": 2, "most": 64} | fields)


def test_each_seed_is_searched_by_runs_that_are_made_once(runs, tmp_path):
    asked = _asked(settings={"epochs": 2, "units": 3}, options={"data_seed": 7})
    display = _Messages()
    first, both = horizon(asked, Store(tmp_path), display)
    assert [reach.longest for reach in both.reaches] == [10, 4]
    assert [reach.unsolved for reach in both.reaches] == [12, 5]
    assert first.reaches == both.reaches[:1]
    assert (both.median, both.range) == (4, (4, 10))
    tried = [[trial.value for trial in reach.trials] for reach in both.reaches]
    assert tried == [[16, 8, 12, 10], [16, 8, 4, 6, 5]]
    assert "sequence_length 8: not solved (the run diverged)" in display.sentences
    assert "gru, sequence_length 16, seed 0" in display.sentences
    for call in runs:
        assert (call["once"], call["purpose"], call["epochs"]) == (True, "horizon", 2)
        assert call["options"]["data_seed"] == 7
        assert "failed" in call["retry"]
        assert "diverged" not in call["retry"]
    assert both.task_options == {"data_seed": 7}
    assert (both.units, both.params, both.most) == (3, None, 64)
    assert both.settings["epochs"] == 2
    assert "units" not in both.settings


def test_other_options_grow_with_it_and_the_metric_is_of_the_largest():
    experiment = module.Experiment.resolve("associative_recall", "gru")
    rule, asked = experiment.task.horizon, Asked(task="associative_recall", cell="gru")
    assert module._options(asked, rule, 4) == {"pairs": 4, "keys": 16}
    assert module._options(asked, rule, 12) == {"pairs": 12, "keys": 24}
    row = result(metrics={"validation": {"accuracy_of_12_pairs": 0.99}})
    assert module._trial(row, rule, 12).solved
    # a score that is there for another number of pairs is none for this one
    assert not module._trial(row, rule, 4).solved


def test_a_run_that_is_stopped_ends_the_search(monkeypatch, tmp_path):
    monkeypatch.setattr(module, "run", lambda *a, **k: result(status="interrupted"))
    with pytest.raises(KeyboardInterrupt):
        list(horizon(_asked(), Store(tmp_path), Display()))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"task": "list_ops"}, "list_ops states none. A task of your own states it by"),
        (
            {"options": {"sequence_length": 9}},
            "received --set sequence_length=9. Leave it out.",
        ),
        (
            {"task": "associative_recall", "options": {"keys": 32}},
            "other than keys, pairs, which the search sets; received --set keys=32.",
        ),
        ({"settings": {"limit": 3}}, "Expected a budget by --seconds or --epochs"),
        ({"most": 8}, "sequence_length from 16 to 4096, as adding has it; received 8."),
    ],
)
def test_what_cannot_be_searched_is_refused(runs, fields, sentence, tmp_path):
    asked = Asked(**{"task": "adding", "cell": "gru"} | fields)
    with pytest.raises(UsageError) as raised:
        list(horizon(asked, Store(tmp_path), Display()))
    assert sentence in str(raised.value)
    assert runs == []
