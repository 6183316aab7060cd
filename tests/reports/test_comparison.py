import dataclasses
import math

import numpy as np
import pytest
from results_factory import result

from seqtasks.errors import UsageError
from seqtasks.reports.comparison import compare, in_order, model_of
from seqtasks.reports.row import Row, rows


def scored(scores, **fields):
    """Runs of cells with these scores, one a seed."""
    return [
        result(score, cell=cell, seed=seed, **fields)
        for cell, values in scores.items()
        for seed, score in enumerate(values)
    ]


def paired_tests(results, **options):
    (found,) = (one.tests for one in compare(results, **options).tasks)
    return {(pair.first.name, pair.second.name): pair for pair in found}


@pytest.mark.parametrize(
    "other",
    [
        {"task_version": 2},
        {"fingerprint": "f" * 16},
        {"options": {"dataset": "other"}},
        {"task_reference": "mine.py:probe"},
    ],
    ids=str,
)
def test_what_is_not_comparable_is_never_paired(other):
    runs = scored({"gru": [0.5, 0.6]}) + scored({"lstm": [0.1, 0.2]}, **other)
    found = compare(runs)
    assert [one.tests for one in found.tasks] == [(), ()]
    assert found.ranking is None
    assert compare(scored({"gru": [0.5], "lstm": [0.1]}, limit=2)).tasks == ()


def test_seeds_are_paired_by_their_numbers():
    runs = [result(0.5 + seed / 10, seed=seed) for seed in (3, 1, 2)]
    runs += [result(0.3 + seed / 10, cell="lstm", seed=seed) for seed in (9, 2, 3, 1)]
    pair = paired_tests(runs)["gru", "lstm"]
    assert pair.seeds == (1, 2, 3)
    assert pair.differences == pytest.approx((0.2, 0.2, 0.2))


@pytest.mark.parametrize(("mode", "verdict"), [("max", "better"), ("min", "worse")])
def test_the_verdict_keeps_the_direction_of_the_metric(mode, verdict):
    scores = {"gru": [0.80, 0.81, 0.83], "lstm": [0.50, 0.52, 0.52]}
    pair = paired_tests(scored(scores, mode=mode), reference="lstm")["gru", "lstm"]
    assert pair.outcome.verdict == verdict
    assert pair.mean > 0


def test_a_verdict_is_an_interval_without_zero_and_a_p_below_alpha():
    rng = np.random.default_rng(0)
    seen = set()
    for gap in np.geomspace(0.01, 1, 8):
        scores = {
            cell: (rng.normal(0.5 + gap * place, 0.05, 4)).tolist()
            for place, cell in enumerate(("gru", "lstm", "elman"))
        }
        for pair in paired_tests(scored(scores)).values():
            low, high = pair.outcome.interval
            significant = pair.outcome.verdict != "tie"
            assert significant == (not low <= 0 <= high)
            assert significant == (pair.outcome.corrected <= 0.05)
            assert (pair.outcome.more_seeds is None) or not significant
            seen.add(significant)
    assert seen == {True, False}


def test_pairs_of_one_task_are_one_family_and_a_reference_makes_it_smaller():
    scores = {
        "gru": [0.9, 0.8, 0.85],
        "lstm": [0.7, 0.5, 0.6],
        "elman": [0.3, 0.4, 0.2],
    }
    everything = paired_tests(scored(scores))
    assert [*everything] == [("gru", "lstm"), ("gru", "elman"), ("lstm", "elman")]
    against = paired_tests(scored(scores), reference="elman")
    assert [*against] == [("gru", "elman"), ("lstm", "elman")]
    smallest = min(everything.values(), key=lambda pair: pair.outcome.p).outcome
    assert smallest.corrected == pytest.approx(3 * smallest.p)
    smallest = min(against.values(), key=lambda pair: pair.outcome.p).outcome
    assert smallest.corrected == pytest.approx(2 * smallest.p)


@pytest.mark.parametrize(
    ("seeds", "remark"), [((), "no shared seed"), ((0,), "one shared seed")]
)
def test_one_shared_seed_or_none_is_no_verdict(seeds, remark):
    runs = [result(0.5, seed=seed) for seed in (0, 1, 2)]
    runs += [result(0.3, cell="lstm", seed=seed) for seed in (*seeds, 7, 8)]
    pair = paired_tests(runs)["gru", "lstm"]
    assert (pair.outcome, pair.remark) == (None, remark)


def test_scores_without_a_spread():
    pair = paired_tests(scored({"gru": [1.0] * 3, "lstm": [1.0] * 3}))["gru", "lstm"]
    answer = pair.outcome
    assert (answer.verdict, answer.corrected, answer.interval) == ("tie", 1, (0, 0))
    assert (answer.more_seeds, pair.remark) == (None, "")
    scores = {"gru": [1.0, 0.9, 0.8], "lstm": [0.9, 0.8, 0.7]}
    pair = paired_tests(scored(scores))["gru", "lstm"]
    assert (pair.outcome.verdict, pair.outcome.corrected) == ("better", 0)
    assert pair.outcome.interval == pytest.approx((0.1, 0.1))
    two = paired_tests(scored({cell: values[:2] for cell, values in scores.items()}))
    assert two["gru", "lstm"].outcome is None
    assert two["gru", "lstm"].remark.startswith("the same difference at both seeds")


def test_a_tie_gives_how_many_seeds_it_lacks():
    # mean 0.1, s 0.2: an effect of 0.5, for which 34 pairs are published
    offset = 0.2 / math.sqrt(2)
    scores = {"gru": [0.6 + offset, 0.6 - offset], "lstm": [0.5, 0.5]}
    pair = paired_tests(scored(scores))["gru", "lstm"]
    assert pair.outcome.more_seeds == 34 - 2
    assert pair.remark == "~32 more seeds"
    near = paired_tests(scored({"gru": [0.9, 0.1 + 1e-4], "lstm": [0.1, 0.9]}))
    assert next(iter(near.values())).remark == "more than 1000 more seeds"


def test_from_enough_seeds_on_there_is_a_bootstrap_interval():
    rng = np.random.default_rng(0)
    scores = {cell: rng.normal(0.5, 0.1, 9).tolist() for cell in ("gru", "lstm")}
    (answer,) = (pair.outcome for pair in paired_tests(scored(scores)).values())
    low, high = answer.bootstrap
    assert low < high
    assert paired_tests(scored(scores), seed=1).popitem()[1].outcome.bootstrap != (
        low,
        high,
    )
    fewer = {cell: values[:5] for cell, values in scores.items()}
    assert paired_tests(scored(fewer)).popitem()[1].outcome.bootstrap is None


def test_a_failed_model_has_pairs_without_a_verdict():
    runs = scored({"gru": [0.5, 0.6]})
    runs += [result(None, cell="lstm", seed=s, status="diverged") for s in (0, 1)]
    pair = paired_tests(runs)["gru", "lstm"]
    assert (pair.outcome, pair.survivors) == (None, True)


def test_the_reference_may_be_a_models_name():
    runs = scored({"gru": [0.5, 0.6]}, units=8) + scored({"gru": [0.7, 0.9]}, units=16)
    assert [*paired_tests(runs, reference="gru units=8")] == [
        ("gru units=16", "gru units=8")
    ]
    with pytest.raises(UsageError, match="Give one of 'gru units=16', 'gru units=8'"):
        compare(runs, reference="gru")
    with pytest.raises(UsageError, match=r"reference 'grv'\. Did you mean gru\?"):
        compare(scored({"gru": [0.5], "lstm": [0.6]}), reference="grv")


def test_a_task_without_the_reference_has_no_pairs():
    runs = scored({"gru": [0.5], "lstm": [0.6]})
    runs += scored({"gru": [0.5], "elman": [0.6]}, task="other")
    found = compare(runs, reference="lstm")
    assert [len(one.tests) for one in found.tasks] == [0, 1]


def test_the_baseline_is_the_best_one():
    runs = scored({"gru": [0.5]})
    baseline = dataclasses.replace(runs[0].baselines[0], name="better", value=0.3)
    runs = [dataclasses.replace(runs[0], baselines=(*runs[0].baselines, baseline))]
    assert compare(runs).tasks[0].group.best_baseline.name == "better"


def test_hostile_numbers_give_no_warning():
    scores = {
        "gru": [1e300, -1e300, 1e300],
        "lstm": [math.nan, math.inf, 0.0],
        "elman": [0.0, 0.0, 5e-324],
        "min_gru": [1e-300, 2e-300, 1e-300],
    }
    found = compare(scored(scores))
    assert len(found.tasks[0].tests) == 6


def _of(*runs):
    (row,) = rows(runs)
    return model_of("gru", row)


def _failed(seed, status="diverged"):
    return result(None, seed=seed, status=status, reason="Loss: nan.")


def test_what_did_not_finish_is_named_and_never_averaged():
    one = _of(result(0.5, seed=0), result(0.7, seed=1), result(0.6, seed=2), _failed(3))
    assert one.mean == pytest.approx(0.6)
    assert one.scores == {0: 0.5, 1: 0.7, 2: 0.6}
    assert one.unfinished == {3: "diverged"}
    assert one.status == "1 of 4 diverged"
    # t = 4.303 with two degrees of freedom, s = 0.1
    half = 4.3027 * 0.1 / math.sqrt(3)
    assert one.interval(0.95) == pytest.approx((0.6 - half, 0.6 + half), abs=1e-5)


def test_each_way_to_end_is_named():
    one = _of(
        *(_failed(0), _failed(1, "out_of_memory"), _failed(2, "running")),
        *(_failed(3, "out_of_memory"), result(0.5, seed=4)),
    )
    assert one.status == "1 of 5 diverged, 2 of 5 out of memory, 1 of 5 running"
    assert one.interval(0.95) is None
    # a score that is no number is no score
    one = _of(result(math.nan, seed=0), result(0.5, seed=1), result(math.inf, seed=2))
    assert (one.scores, one.status, one.failed) == ({1: 0.5}, "2 of 3 diverged", True)


@pytest.mark.parametrize(
    ("statuses", "failed"),
    [
        (["finished", "finished", "diverged"], False),
        (["finished", "diverged"], True),
        (["killed"], True),
        (["running"], False),
        (["interrupted", "finished"], False),
    ],
)
def test_it_fails_if_no_fewer_seeds_failed_than_finished(statuses, failed):
    runs = [
        result(0.5 if status == "finished" else None, seed=seed, status=status)
        for seed, status in enumerate(statuses)
    ]
    assert _of(*runs).failed is failed


def test_a_seed_run_again_counts_once_and_is_named():
    days = [f"2026-01-0{day}T00:00:00+00:00" for day in (1, 2, 3)]
    one = _of(
        result(0.5, seed=0, created=days[0]),
        result(0.6, seed=0, created=days[1]),
        dataclasses.replace(_failed(0), created=days[2]),
    )
    assert one.scores == {0: 0.6}
    assert one.status == "newest of 2 runs of 1 seed, seed 0 also diverged"


@pytest.mark.parametrize(("mode", "first"), [("max", "b"), ("min", "a")])
def test_the_best_first_then_what_failed(mode, first):
    def make(name, *runs):
        return model_of(name, Row(runs))

    best, other = make("b", result(0.9)), make("a", result(0.1))
    failed = make("c", result(0.99, seed=0), _failed(1))
    nothing = make("d", _failed(0, "running"))
    order = [one.name for one in in_order([nothing, failed, best, other], mode)]
    assert order[0] == first
    assert order[2:] == ["c", "d"]
