import dataclasses
import math

import pytest
from results_factory import MAJORITY, PUBLISHED, result

from seqtasks.reports.group import groups
from seqtasks.reports.row import rows
from seqtasks.reports.skill_score import scale_of, skill_of
from seqtasks.task import Baseline, Optimum

PERFECT = Optimum("accuracy", 1.0, "the label is a function of the input")


def skills(*results):
    (group,) = groups(results)
    return [skill_of(row, group) for row in rows(group.runs)]


def reason(**fields):
    (group,) = groups([result(**fields)])
    return scale_of(group)


def test_0_is_the_best_baseline_and_100_the_optimum():
    worse = Baseline("coin", "accuracy", 0.1, "A coin.")
    shared = {"baselines": (worse, MAJORITY), "optimum": PERFECT}
    # (0.55 - 0.25) / (1 - 0.25)
    assert skills(result(0.55, **shared)) == pytest.approx([40.0])
    assert skills(result(0.25, **shared)) == [0.0]
    assert skills(result(1.0, **shared)) == [100.0]
    assert skills(result(0.1, **shared)) == pytest.approx([-20.0])
    # an error's skill grows as the error falls
    mean = Baseline("mean", "accuracy", 0.5, "Of all.")
    perfect = dataclasses.replace(PERFECT, value=0.0)
    shared = {"mode": "min", "baselines": (mean,), "optimum": perfect}
    assert skills(result(0.125, **shared)) == pytest.approx([75.0])


def test_without_an_optimum_it_is_the_best_published_value():
    worse = dataclasses.replace(PUBLISHED, name="small LSTM", value=0.5)
    known = {"published": (worse, PUBLISHED)}
    assert skills(result(0.575, **known)) == pytest.approx([50.0])
    scale = reason(**known)
    assert scale.note == (
        "Skill score: 0 % is the best baseline, majority (0.2500), 100 % the best "
        "published value, big LSTM (0.9000): no Bayes-optimal value is known."
    )


def test_of_a_share_the_perfect_score_is_left():
    share = {"metric_units": {"accuracy": "fraction"}}
    assert skills(result(0.55, **share)) == pytest.approx([40.0])
    assert "may keep it out of reach" in reason(**share).note
    # a published value says more
    known = {**share, "published": (PUBLISHED,)}
    assert skills(result(0.575, **known)) == pytest.approx([50.0])
    # and a share of errors is perfect at 0, which says nothing of what can be reached
    assert "No skill" in reason(**share, mode="min")


def test_a_published_value_that_needs_other_options_is_none_here():
    far = dataclasses.replace(PUBLISHED, options={"sequence_length": 600})
    assert "no published value" in reason(published=(far,))
    near = dataclasses.replace(PUBLISHED, options={"sequence_length": 64})
    assert skills(result(0.575, published=(near,))) == pytest.approx([50.0])


def test_it_is_of_the_mean_and_of_what_finished():
    shared = {"optimum": PERFECT}
    runs = [result(0.4, seed=0, **shared), result(0.7, seed=1, **shared)]
    assert skills(*runs) == pytest.approx([40.0])
    assert skills(result(None, status="failed", **shared)) == [None]
    assert skills(result(math.nan, **shared)) == [None]


NOTHING = (
    "No skill score: no Bayes-optimal and no published value of accuracy is known."
)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"baselines": ()}, "No skill score: no baseline of accuracy is known."),
        ({}, NOTHING),
        (
            {"published": (dataclasses.replace(PUBLISHED, value=0.2),)},
            "No skill score: the baseline majority (0.2500) is no worse than the best "
            "published value, big LSTM.",
        ),
        ({"optimum": Optimum("loss", 0.0, "Known.")}, NOTHING),
    ],
)
def test_why_there_is_none(fields, sentence):
    assert reason(**fields) == sentence


def test_the_newest_run_knows_the_optimum():
    old = result(0.55, created="2026-01-01", schema_version=1)
    new = result(0.55, seed=1, created="2026-01-02", optimum=PERFECT)
    assert skills(old, new) == pytest.approx([40.0])
