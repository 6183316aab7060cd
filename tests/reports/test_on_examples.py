"""Trained models against each other on the same test examples."""

import json

import numpy as np
import pytest
from results_factory import result
from scipy import stats

from seqtasks.predictions import (
    ExampleScores,
    Predictions,
    read_example_scores,
    write_predictions,
)
from seqtasks.reports.comparison import compare
from seqtasks.reports.comparison_text import format_comparison
from seqtasks.reports.on_examples import read_on_examples

RNG = np.random.default_rng(0)


def scores(values, unit="example", groups=None):
    values = np.asarray(values, float)
    return ExampleScores(np.stack([values, np.ones(len(values))], 1), unit, groups)


def compared(known, **fields):
    """The only test of lstm against gru, at as many seeds as there are pairs."""
    runs = [
        result(float(one.parts[:, 0].mean()), cell=cell, seed=seed, **fields)
        for seed, pair in enumerate(known)
        for cell, one in zip(("gru", "lstm"), pair, strict=True)
    ]
    by_run = {
        run.run: one
        for run, one in zip(runs, [one for pair in known for one in pair], strict=True)
    }
    comparison = compare(runs, on_examples=by_run)
    return comparison, comparison.tasks[0].on_examples


def test_right_or_wrong_of_one_run_each_is_mcnemars_test():
    ours = [1] * 60 + [1] * 20 + [0] * 6 + [0] * 14
    theirs = [1] * 60 + [0] * 20 + [1] * 6 + [0] * 14
    comparison, (test,) = compared([(scores(ours), scores(theirs))])
    assert (test.test, test.only, test.count) == ("McNemar", (20, 6), 100)
    assert test.p == pytest.approx(stats.binomtest(6, 26).pvalue)
    assert test.difference == pytest.approx(0.14)
    assert test.verdict == "better"
    assert test.sentence == (
        "On the same 100 examples, gru is significantly better than lstm (McNemar): "
        "20 of them gru alone has right, 6 lstm alone."
    )
    text = format_comparison(comparison)
    assert test.sentence in text
    assert "no verdict: one shared seed" in text  # of the cells nothing is known
    assert "By McNemar's exact test where each example is right or wrong" in text
    data = json.loads(format_comparison(comparison, "json"))
    assert data["tasks"][0]["on_examples"][0]["only"] == [20, 6]


def test_other_scores_are_a_paired_bootstrap():
    theirs = RNG.normal(size=200)
    ours = theirs + RNG.normal(0.1, 0.5, 200)
    _, (test,) = compared([(scores(ours), scores(theirs))])
    expected = stats.ttest_rel(ours, theirs)
    assert test.test == "paired bootstrap"
    assert test.p == pytest.approx(expected.pvalue, rel=0.5)
    low, high = expected.confidence_interval(1 - test.level)
    assert test.interval == pytest.approx((low, high), abs=0.02)
    _, (again,) = compared([(scores(ours), scores(theirs))])
    assert again == test


def test_examples_of_a_speaker_are_no_independent_evidence():
    groups = tuple(str(i // 40) for i in range(240))
    luck = np.repeat(RNG.normal(0.1, 0.3, 6), 40)
    pair = [(scores(luck), scores(0 * luck))]
    _, (alone,) = compared(pair)
    pair = [tuple(scores(s.parts[:, 0], "speaker", groups) for s in pair[0])]
    _, (test,) = compared(pair)
    assert (test.count, test.unit) == (6, "speaker")
    assert alone.verdict == "better"
    assert test.verdict == "tie"
    assert test.sentence == (
        "On the same 6 speakers, gru and lstm are not significantly different (paired "
        "bootstrap)."
    )


def test_of_several_seeds_each_example_counts_once():
    right = [scores(RNG.integers(0, 2, 90)) for _ in range(4)]
    _, (test,) = compared([tuple(right[:2]), tuple(right[2:])])
    assert (test.test, test.seeds, test.count) == ("paired bootstrap", (0, 1), 90)
    means = [one.parts[:, 0].mean() for one in right]
    difference = (means[0] + means[2] - means[1] - means[3]) / 2
    assert test.difference == pytest.approx(abs(difference))  # the better first


@pytest.mark.parametrize(
    "pair",
    [
        (scores([1, 0]), scores([1, 0, 1])),
        (scores([1, 0]), scores([1, 0], "speaker", ("a", "b"))),
        (scores([1]), scores([0])),
    ],
)
def test_what_is_not_of_the_same_examples_is_not_compared(pair):
    assert compared([pair])[1] == ()


def saved(path, **fields):
    values = {"examples": [0, 1], "targets": [1, 2], "predictions": [1, 1]} | fields
    write_predictions(path, Predictions(**values), {"run": "x"})


def test_a_file_of_predictions_is_read_by_pandas_and_by_compare(tmp_path):
    import pandas as pd

    path = tmp_path / "probe-gru-s0.predictions.parquet"
    saved(
        path,
        targets=[np.array([1, 2]), np.array([3])],
        predictions=[np.array([1, 1]), np.array([3])],
        unit="speaker",
        groups=["a", 7],
        parts=np.array([[1.0, 2.0], [1.0, 1.0]]),
    )
    table = pd.read_parquet(path)
    assert list(table) == [
        *("example", "group", "target", "prediction", "score_sum", "score_weight"),
    ]
    assert [list(one) for one in table["target"]] == [[1, 2], [3]]
    found, damaged = read_on_examples([result(0.5)], [tmp_path])
    (one,) = found.values()
    assert not damaged
    assert one.parts.tolist() == [[1, 2], [1, 1]]
    assert (one.unit, one.groups) == ("speaker", ("a", "7"))


def test_a_metric_that_is_no_mean_is_not_compared_on_examples(tmp_path):
    saved(tmp_path / "a.parquet")
    assert read_example_scores(tmp_path / "a.parquet") is None


def of_another_program(path):
    import pandas as pd

    pd.DataFrame({"score_sum": [1], "score_weight": ["x"]}).to_parquet(path)


def not_finite(path):
    saved(path, parts=np.array([[np.nan, 1], [1, 1]]))


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_bytes(b"PAR1 and no more"),
        lambda path: path.write_bytes(b""),
        of_another_program,
        not_finite,
    ],
)
def test_a_damaged_file_is_named_and_left_out(tmp_path, write):
    write(tmp_path / "probe-gru-s0.predictions.parquet")
    found, (sentence,) = read_on_examples([result(0.5)], [tmp_path])
    assert not found
    assert "to be the predictions of a run, as `seqtasks run --save-pred" in sentence
