import dataclasses
import math

import numpy as np
import pytest
from results_factory import result

from seqtasks.comparison.comparison import compare
from seqtasks.errors import UsageError


def scored(scores, **fields):
    """Runs of cells with these scores, one a seed."""
    return [
        result(score, cell=cell, seed=seed, **fields)
        for cell, values in scores.items()
        for seed, score in enumerate(values)
    ]


def pairs(results, **options):
    (found,) = compare(results, **options).pairs
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
    assert found.pairs == ((), ())
    assert found.ranking is None


def test_smoke_runs_are_left_out():
    runs = scored({"gru": [0.5, 0.6], "lstm": [0.1, 0.2]}, limit=2)
    assert compare(runs).fields == ()


def test_seeds_are_paired_by_their_numbers():
    runs = [result(0.5 + seed / 10, seed=seed) for seed in (3, 1, 2)]
    runs += [result(0.3 + seed / 10, cell="lstm", seed=seed) for seed in (9, 2, 3, 1)]
    pair = pairs(runs)["gru", "lstm"]
    assert pair.seeds == (1, 2, 3)
    assert pair.differences == pytest.approx((0.2, 0.2, 0.2))


@pytest.mark.parametrize(("mode", "verdict"), [("max", "better"), ("min", "worse")])
def test_the_verdict_keeps_the_direction_of_the_metric(mode, verdict):
    scores = {"gru": [0.80, 0.81, 0.83], "lstm": [0.50, 0.52, 0.52]}
    pair = pairs(scored(scores, mode=mode), reference="lstm")["gru", "lstm"]
    assert pair.answer.verdict == verdict
    assert pair.mean > 0


def test_a_verdict_is_an_interval_without_zero_and_a_p_below_alpha():
    rng = np.random.default_rng(0)
    seen = set()
    for gap in np.geomspace(0.01, 1, 8):
        scores = {
            cell: (rng.normal(0.5 + gap * place, 0.05, 4)).tolist()
            for place, cell in enumerate(("gru", "lstm", "elman"))
        }
        for pair in pairs(scored(scores)).values():
            low, high = pair.answer.interval
            told_apart = pair.answer.verdict != "tie"
            assert told_apart == (not low <= 0 <= high)
            assert told_apart == (pair.answer.corrected <= 0.05)
            assert (pair.answer.more_seeds is None) or not told_apart
            seen.add(told_apart)
    assert seen == {True, False}


def test_pairs_of_one_task_are_one_family_and_a_reference_makes_it_smaller():
    scores = {
        "gru": [0.9, 0.8, 0.85],
        "lstm": [0.7, 0.5, 0.6],
        "elman": [0.3, 0.4, 0.2],
    }
    everything = pairs(scored(scores))
    assert [*everything] == [("gru", "lstm"), ("gru", "elman"), ("lstm", "elman")]
    against = pairs(scored(scores), reference="elman")
    assert [*against] == [("gru", "elman"), ("lstm", "elman")]
    smallest = min(everything.values(), key=lambda pair: pair.answer.p).answer
    assert smallest.corrected == pytest.approx(3 * smallest.p)
    smallest = min(against.values(), key=lambda pair: pair.answer.p).answer
    assert smallest.corrected == pytest.approx(2 * smallest.p)


@pytest.mark.parametrize(
    ("seeds", "remark"), [((), "no shared seed"), ((0,), "one shared seed")]
)
def test_one_shared_seed_or_none_is_no_verdict(seeds, remark):
    runs = [result(0.5, seed=seed) for seed in (0, 1, 2)]
    runs += [result(0.3, cell="lstm", seed=seed) for seed in (*seeds, 7, 8)]
    pair = pairs(runs)["gru", "lstm"]
    assert (pair.answer, pair.remark) == (None, remark)


def test_identical_scores_are_a_tie_that_no_seeds_would_change():
    pair = pairs(scored({"gru": [1.0] * 3, "lstm": [1.0] * 3}))["gru", "lstm"]
    answer = pair.answer
    assert (answer.verdict, answer.corrected, answer.interval) == ("tie", 1, (0, 0))
    assert (answer.more_seeds, pair.remark) == (None, "")


def test_the_same_difference_at_each_seed():
    scores = {"gru": [1.0, 0.9, 0.8], "lstm": [0.9, 0.8, 0.7]}
    pair = pairs(scored(scores))["gru", "lstm"]
    assert (pair.answer.verdict, pair.answer.corrected) == ("better", 0)
    assert pair.answer.interval == pytest.approx((0.1, 0.1))
    two = pairs(scored({cell: values[:2] for cell, values in scores.items()}))
    assert two["gru", "lstm"].answer is None
    assert two["gru", "lstm"].remark.startswith("the same difference at both seeds")


def test_a_tie_says_how_many_seeds_it_lacks():
    # mean 0.1, s 0.2: an effect of 0.5, for which 34 pairs are published
    offset = 0.2 / math.sqrt(2)
    scores = {"gru": [0.6 + offset, 0.6 - offset], "lstm": [0.5, 0.5]}
    pair = pairs(scored(scores))["gru", "lstm"]
    assert pair.answer.more_seeds == 34 - 2
    assert pair.remark == "~32 more seeds"
    near = pairs(scored({"gru": [0.9, 0.1 + 1e-4], "lstm": [0.1, 0.9]}))
    assert next(iter(near.values())).remark == "more than 1000 more seeds"


def test_from_enough_seeds_on_there_is_a_bootstrap_interval():
    rng = np.random.default_rng(0)
    scores = {cell: rng.normal(0.5, 0.1, 9).tolist() for cell in ("gru", "lstm")}
    (answer,) = (pair.answer for pair in pairs(scored(scores)).values())
    low, high = answer.bootstrap
    assert low < high
    assert pairs(scored(scores), seed=1).popitem()[1].answer.bootstrap != (low, high)
    fewer = {cell: values[:5] for cell, values in scores.items()}
    assert pairs(scored(fewer)).popitem()[1].answer.bootstrap is None


def test_a_failed_contender_has_pairs_without_a_verdict():
    runs = scored({"gru": [0.5, 0.6]})
    runs += [result(None, cell="lstm", seed=s, status="diverged") for s in (0, 1)]
    pair = pairs(runs)["gru", "lstm"]
    assert (pair.answer, pair.survivors) == (None, True)


def test_the_reference_may_be_a_contenders_name():
    runs = scored({"gru": [0.5, 0.6]}, units=8) + scored({"gru": [0.7, 0.9]}, units=16)
    assert [*pairs(runs, reference="gru units=8")] == [("gru units=16", "gru units=8")]
    with pytest.raises(UsageError, match="Give one of 'gru units=16', 'gru units=8'"):
        compare(runs, reference="gru")


def test_an_unknown_reference_is_answered_with_what_there_is():
    with pytest.raises(UsageError, match=r"reference 'grv'\. Did you mean gru\?"):
        compare(scored({"gru": [0.5], "lstm": [0.6]}), reference="grv")


def test_a_task_without_the_reference_has_no_pairs():
    runs = scored({"gru": [0.5], "lstm": [0.6]})
    runs += scored({"gru": [0.5], "elman": [0.6]}, task="other")
    assert [len(found) for found in compare(runs, reference="lstm").pairs] == [0, 1]


def test_the_baseline_is_the_best_one():
    runs = scored({"gru": [0.5]})
    baseline = dataclasses.replace(runs[0].baselines[0], name="better", value=0.3)
    runs = [dataclasses.replace(runs[0], baselines=(*runs[0].baselines, baseline))]
    assert compare(runs).fields[0].baseline.name == "better"


def test_hostile_numbers_give_no_warning():
    scores = {
        "gru": [1e300, -1e300, 1e300],
        "lstm": [math.nan, math.inf, 0.0],
        "elman": [0.0, 0.0, 5e-324],
        "min_gru": [1e-300, 2e-300, 1e-300],
    }
    found = compare(scored(scores))
    assert len(found.pairs[0]) == 6
