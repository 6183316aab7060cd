import dataclasses
import json
import math

import pytest
from results_factory import PUBLISHED, result

from seqtasks.reports.group import groups
from seqtasks.reports.leaderboard import format_results
from seqtasks.reports.row import rows
from seqtasks.reports.verdict import in_words, mismatch, no_verdict, verdicts

# repeated by what the factory makes: a gru of 12,345 parameters on sequences of 64
KNOWN = dataclasses.replace(
    PUBLISHED,
    name="GRU",
    cell="gru",
    num_params=12_000,
    settings={"layers": 1},
    options={"sequence_length": 64},
    low=0.88,
    high=0.92,
)


def found(*scores, known=KNOWN, **fields):
    runs = [
        result(score, seed=seed, published=(known,), **fields)
        for seed, score in enumerate(scores)
    ]
    (group,) = groups(runs)
    (row,) = rows(group.runs)
    return verdicts(row, group)


@pytest.mark.parametrize(
    ("mode", "score", "words", "lies"),
    [
        ("max", 0.9, "inside the published band", "within"),
        ("max", 0.88, "inside the published band", "within"),
        ("max", 0.95, "better than published", "above"),
        ("max", 0.5, "worse than published", "below"),
        ("min", 0.95, "worse than published", "above"),
        ("min", 0.5, "better than published", "below"),
    ],
)
def test_the_metrics_direction_decides_what_is_better(mode, score, words, lies):
    (verdict,) = found(score, mode=mode)
    assert verdict.words == words
    assert verdict.sentence == (
        f"{words}: {score:.4f} is {lies} 0.88 to 0.92 of GRU (Doe 2001, Table 2)."
    )


def test_it_is_of_the_mean_over_seeds_and_of_finished_runs():
    (verdict,) = found(0.86, 0.92)
    assert (verdict.kind, verdict.value) == ("inside", pytest.approx(0.89))
    (verdict,) = found(math.nan)
    assert verdict.kind == "worse"
    assert found(None, status="failed") == ()


def test_a_band_that_holds_a_baseline_proves_nothing():
    known = dataclasses.replace(KNOWN, value=0.26, low=0.2, high=0.3)
    (verdict,) = found(0.24, known=known)
    assert verdict.sentence.endswith(
        "That band also holds the baseline majority: to be in it takes no memory."
    )
    (verdict,) = found(0.5, known=known)
    assert "majority" not in verdict.sentence


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, ""),
        ({"num_params": 13_200}, ""),
        ({"num_params": 10_800}, ""),
        (
            {"num_params": 13_201},
            "its 13,201 parameters are not within a tenth of 12,000",
        ),
        ({"cell": "lstm"}, "its cell is lstm, not gru"),
        ({"cell_options": {"without": "reset"}}, "its cell is without its reset gate"),
        ({"cell_reference": "./gru.py:gru"}, "its cell is gru, not gru"),
        ({"layers": 2}, "its setting layers is 2, not 1"),
        (
            {"options": {"sequence_length": 65}},
            "its option sequence_length is 65, not 64",
        ),
        ({"options": {}}, "its option sequence_length is none, not 64"),
        ({"limit": 3}, "it is a smoke run on 3 batches"),
    ],
    ids=str,
)
def test_why_a_run_does_not_repeat_it(fields, why):
    assert mismatch(KNOWN, result(0.9, **fields)) == why
    assert bool(found(0.9, **fields)) == (not why)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({}, ""),
        (
            {"low": None, "high": None},
            "it has no band, so how far a repetition may be off is unknown",
        ),
        ({"cell": ""}, "no cell of this suite is its model"),
        (
            {"metric": "loss"},
            "its metric, loss, is not the one that runs are chosen by",
        ),
    ],
)
def test_what_nothing_can_be_held_against(fields, why):
    known = dataclasses.replace(KNOWN, **fields)
    assert no_verdict(known, "accuracy") == why
    assert bool(found(0.9, known=known)) == (not why)


def test_the_table_has_it_in_each_format():
    run = result(0.95, published=(KNOWN,))
    sentence = (
        "better than published: 0.9500 is above 0.88 to 0.92 of GRU (Doe 2001, Table "
        "2)."
    )
    text = format_results([run])
    assert "finished; better than published\n" in text
    assert f"gru: {sentence}" in text
    assert "published: Doe 2001, Table 2 (100 epochs); band 0.88 to 0.92" in text
    assert "finished; better than published" in format_results([run], "latex")
    assert ",better than published," in format_results([run], "csv")
    (group,) = json.loads(format_results([run], "json"))
    (verdict,) = group["rows"][0]["verdicts"]
    assert verdict["sentence"] == sentence


def test_two_verdicts_name_their_models():
    other = dataclasses.replace(KNOWN, name="big GRU", low=0.94, high=0.96, value=0.95)
    (group,) = groups([result(0.95, published=(KNOWN, other))])
    (row,) = rows(group.runs)
    assert in_words(verdicts(row, group)) == (
        "better than published (GRU); inside the published band (big GRU)"
    )
