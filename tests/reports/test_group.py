import dataclasses
import json
import math

import pytest
from results_factory import MAJORITY, PUBLISHED, result

from seqtasks.registry import TASKS
from seqtasks.reports.group import groups
from seqtasks.reports.leaderboard import format_results, leaderboard
from seqtasks.reports.row import Row
from seqtasks.result import from_json
from seqtasks.task import Baseline


def _names(results):
    (group,) = groups(results)
    return [one.cell if isinstance(one, Row) else one.name for one in group.ranked()]


@pytest.mark.parametrize(
    "other",
    [
        {"task": "other"},
        {"task_reference": "mine.py:probe"},
        {"task_version": 2},
        {"options": {"dataset": "generated", "sequence_length": 65}},
        {"fingerprint": "ffff"},
        {"limit": 3},
        {"monitor": "loss", "mode": "min"},
    ],
    ids=str,
)
def test_what_is_not_comparable_is_never_in_one_group(other):
    assert len(groups([result(), result(**other)])) == 2


def test_one_step_of_a_study_is_in_no_group():
    (group,) = groups([result(), result(run="step", purpose="horizon")])
    assert [run.run for run in group.runs] == [result().run]


_LOSS = Baseline("entropy", "loss", 0.01, "Known.")
_ROUNDING = dataclasses.replace(MAJORITY, value=0.25 + 1e-12)
_OTHER = dataclasses.replace(MAJORITY, value=0.26)


@pytest.mark.parametrize(
    ("results", "names"),
    [
        (
            [
                result(0.1, cell="elman"),
                result(0.5, cell="gru", published=(PUBLISHED,)),
                result(0.9, cell="lstm"),
                result(None, cell="min_gru", status="failed", reason="No memory."),
                result(math.nan, cell="keras_gru"),
            ],
            ["lstm", "gru", "majority", "elman", "keras_gru", "min_gru", "big LSTM"],
        ),
        (
            [result(0.1, cell="elman", mode="min"), result(0.5, mode="min")],
            ["elman", "majority", "gru"],
        ),
        # a run that equals a baseline is no better
        ([result(MAJORITY.value)], ["majority", "gru"]),
        # a baseline is shown once, unless it has two values
        (
            [result(seed=1), *(result(baselines=(b,)) for b in (_ROUNDING, _OTHER))],
            ["gru", "majority", "majority"],
        ),
        # one of another metric is not ranked
        ([result(0.1, baselines=(_LOSS, MAJORITY))], ["majority", "gru", "entropy"]),
    ],
)
def test_rows_and_baselines_stand_by_value_and_the_rest_below(results, names):
    assert _names(results) == names


def _options(length):
    return {"options": {"dataset": "generated", "sequence_length": length}}


def test_titles_and_why_the_groups_are_apart():
    two_tasks = groups([result(), result(task="other")])
    assert [group.apart for group in two_tasks] == ["", ""]
    found = groups(
        [result(fingerprint="b" * 16, **_options(n)) for n in (128, 64)]
        + [result(limit=3)]
    )
    assert [group.title for group in found] == [
        "probe · generated · sequence_length 64 · data bbbbbbbb",
        "probe · generated · sequence_length 128 · data bbbbbbbb",
        "probe · generated · data 01234567 · smoke runs (--limit 3)",
    ]
    assert [group.apart for group in found] == [
        *["Not ranked with the other runs of probe; what differs: "
        "option sequence_length 64 / 128."] * 2,
        "",
    ]  # fmt: skip


def test_a_title_names_only_what_differs_on_the_same_data_set():
    runs = [
        result(options={"dataset": name, "dropout": dropout})
        for name, dropout in [("made", 0.0), ("real", 0.1), ("real", 0.5)]
    ]
    assert [group.title for group in groups(runs)] == [
        "probe · made · data 01234567",
        "probe · real · dropout 0.1 · data 01234567",
        "probe · real · dropout 0.5 · data 01234567",
    ]


@pytest.mark.parametrize(
    ("other", "differs"),
    [
        ({"task_version": 2}, "task version 1 / 2"),
        ({"fingerprint": "f" * 16}, "data 01234567 / ffffffff"),
        ({"task_version": 2, "fingerprint": "f" * 16}, "task version 1 / 2"),
        (
            {"task_reference": "./mine.py:probe"},
            "file seqtasks.tasks.probe:probe / mine.py:probe",
        ),
        (
            {"monitor": "loss", "mode": "min"},
            "monitored metric accuracy (max) / loss (min)",
        ),
    ],
)
def test_what_differs_is_named(other, differs):
    apart = {group.apart for group in groups([result(), result(**other)])}
    assert apart == {
        f"Not ranked with the other runs of probe; what differs: {differs}."
    }


def test_all_that_differs_is_named_at_once_and_in_each_table():
    other = {"dataset": "mine", "sequence_length": 65}
    found = groups([result(), result(options=other, task_version=2)])
    assert {group.apart for group in found} == {
        "Not ranked with the other runs of probe; what differs: option dataset "
        "generated / mine, option sequence_length 64 / 65, task version 1 / 2."
    }
    for form in ("text", "markdown", "latex", "json"):
        assert format_results([run for g in found for run in g.runs], form).count(
            "what differs: option dataset"
        ) == len(found)


def test_three_data_sets_of_one_name_are_three_rankings():
    runs = [
        result(score, cell=cell, fingerprint=letter * 16)
        for letter in "abc"
        for score, cell in ((0.3, "gru"), (0.6, "lstm"))
    ]
    found = groups(runs[::2] + runs[1::2])
    assert [group.first.fingerprint[0] for group in found] == [*"abc"]
    for group in found:
        assert len({run.fingerprint for run in group.runs}) == 1
        names = [row.cell for row in group.ranked() if isinstance(row, Row)]
        assert names == ["lstm", "gru"]
        assert group.apart.endswith("data aaaaaaaa / bbbbbbbb / cccccccc.")


@pytest.mark.parametrize(
    ("fields", "header", "values"),
    [
        ({"precision": "mixed_bfloat16"}, "precision", {"float32", "mixed_bfloat16"}),
        ({"backend": "jax"}, "backend", {"tensorflow", "jax"}),
        ({"budget": 300}, "budget (seconds)", {"", "300"}),
        ({"device": "Another"}, "device", {"A Processor, 2 cores", "Another"}),
    ],
)
def test_what_may_differ_within_a_ranking_is_a_column(fields, header, values):
    (group,) = groups([result(0.5, cell="lstm"), result(0.6, **fields)])
    layout = leaderboard(group)
    place = [column.header for column in layout.columns].index(header)
    cells = {line.cells[place] for line in layout.lines if line.kind == "run"}
    assert cells == values


def test_published_values_are_those_of_the_newest_run_that_has_any():
    banded = dataclasses.replace(PUBLISHED, low=0.8, high=0.95)
    runs = [
        result(created="2026-01-01", published=(PUBLISHED,)),
        result(seed=1, created="2026-01-03"),
        result(seed=2, created="2026-01-02", published=(banded,)),
    ]
    (group,) = groups(runs)
    assert group.published == (banded,)


def test_groups_stand_in_the_order_of_numbers_however_long_these_are():
    options = [{"data": text} for text in ("128", "64", "9" * 5000, "x")]
    found = groups([result(options=one) for one in options])
    names = [group.first.options["data"] for group in found]
    assert names == ["64", "128", "9" * 5000, "x"]


def test_runs_of_an_earlier_schema_stand_with_those_of_the_new_names():
    new = result(
        0.5,
        task="associative_recall",
        task_reference=TASKS.find("associative_recall").reference,
    )
    data = json.loads(result(0.6, cell="lstm").to_json())
    data |= {
        "schema_version": 2,
        "task": "recall",
        "task_reference": "seqtasks.tasks.recall:recall",
        "floors": data.pop("baselines"),
        "references": data.pop("published"),
        "path": data.pop("implementation"),
    }
    (group,) = groups([new, from_json(json.dumps(data))])
    names = [row.cell for row in group.ranked() if isinstance(row, Row)]
    assert names == ["lstm", "gru"]
