import json
import re
import xml.etree.ElementTree as ET

import pytest
from results_factory import result

from seqtasks.reports.cd_diagram import svg_diagram, text_diagram
from seqtasks.reports.comparison import compare
from seqtasks.reports.comparison_text import format_comparison

SCORES = {
    "gru": [0.80, 0.82, 0.84],
    "lstm": [0.50, 0.51, 0.53],
    "elman": [0.20, 0.21, 0.52],
}


def runs(tasks=("probe",), scores=SCORES, **fields):
    return [
        result(score, task=task, cell=cell, seed=seed, **fields)
        for task in tasks
        for cell, values in scores.items()
        for seed, score in enumerate(values)
    ]


def test_means_stand_with_their_intervals_and_what_is_missing():
    found = [
        *runs(metric_units={"accuracy": "fraction"}),
        result(None, seed=3, status="diverged", cell="gru"),
        result(None, cell="min_gru", status="failed", num_params=0),
    ]
    text = format_comparison(compare(found))
    rows = [" ".join(line.split()) for line in text.splitlines()]
    assert rows[0] == "probe · generated · data 01234567"
    assert rows[2] == (
        "model test accuracy ↑ (fraction), 95 % interval parameters seeds remarks"
    )
    # s = 0.02: 0.82 ± 4.303 · 0.02 / √3
    assert "gru 0.820 (0.770 to 0.870) 12,345 3 1 of 4 diverged" in rows
    assert "min_gru 0 0 1 of 1 failed" in rows
    assert any("no verdict: no shared seed" in row for row in rows)
    assert any("better (of the seeds that survived)" in row for row in rows)


def test_pairs_stand_with_verdicts_and_ties_with_what_they_lack():
    text = format_comparison(compare(runs()))
    rows = [" ".join(line.split()) for line in text.splitlines()]
    (gru_lstm,) = (row for row in rows if row.startswith("gru lstm"))
    assert gru_lstm.endswith("3 better")
    (tie,) = (row for row in rows if row.startswith("lstm elman"))
    assert "tie (~" in tie
    assert "more seeds)" in tie
    # levels of 0.05 / 3 and, after the first tie, 0.05 / 2
    assert "A bootstrap interval takes 7 seeds:" in text
    # gru and elman would differ, were theirs the only test
    assert "Fewer pairs are corrected less" in text
    assert "Fewer pairs" not in format_comparison(compare(runs(), reference="lstm"))


def test_a_baseline_that_was_not_beaten_is_named():
    scores = {"gru": [0.5, 0.6], "lstm": [0.1, 0.2]}
    rows = format_comparison(compare(runs(scores=scores))).splitlines()
    (line,) = (row for row in rows if row.startswith("lstm"))
    assert line.endswith("no better than majority (0.2500)")
    assert sum("no better" in row for row in rows) == 1


@pytest.mark.parametrize(
    ("found", "options", "sentence"),
    [
        (
            runs(scores={"gru": [0.5]}),
            {},
            "Nothing to compare it with: run another cell",
        ),
        (
            runs() + runs(scores={"min_gru": [0.1]}, learning_rate=0.1),
            {},
            "Not the cell alone differs between models, but also learning_rate.",
        ),
        (
            [*runs(), *runs(["other"], {"gru": [0.5], "min_gru": [0.1]})],
            {"reference": "lstm"},
            "No run of the reference lstm to compare with.",
        ),
        (
            [
                *runs("abc"),
                *(result(None, task=t, cell="lem", status="killed") for t in "abc"),
            ],
            {},
            "failed than finished; tasks: lem in 3.",
        ),
    ],
)
def test_what_weakens_a_comparison_is_named(found, options, sentence):
    assert format_comparison(compare(found, **options)).count(sentence) == 1


def test_bootstrap_intervals_are_shown_where_there_are_any():
    scores = {"gru": [0.1, 0.3, 0.2, 0.5, 0.7, 0.4], "lstm": [0.2] * 6}
    text = format_comparison(compare(runs(scores=scores)))
    assert "bootstrap interval" in text
    assert "A bootstrap interval takes" not in text
    tables = format_comparison(compare(runs())).partition("How to read")[0]
    assert "bootstrap" not in tables


@pytest.mark.parametrize(
    ("tasks", "scores", "sentence"),
    [
        ("abcdefg", SCORES, "the ranks differ. Joined are models less apart than"),
        (
            "ab",
            SCORES,
            "an order of 3 models can be significant at 0.05 from 3 tasks on, and",
        ),
        # p = 1/36; a critical difference of 1.91 joins 1 and 2, and 2 and 3
        ("abc", SCORES, "p = 0.028 by permutation: the ranks differ"),
        ("abc", {"gru": [1], "lstm": [1], "elman": [1]}, "the order may be chance"),
    ],
)
def test_ranks_stand_with_what_they_mean(tasks, scores, sentence):
    text = format_comparison(compare(runs(tasks, scores)))
    assert f"Average ranks over {len(tasks)} tasks, 1 the best: a" in text
    assert sentence in text


def test_that_no_two_differ_significantly_is_stated():
    orders = ["gru lstm elman min_gru", *["gru lstm min_gru elman"] * 2]
    found = [
        result(-float(place), task=f"t{number}", cell=cell)
        for number, order in enumerate(orders)
        for place, cell in enumerate(order.split())
    ]
    # p = 0.019, and 2.569 √(20 / 18) = 2.71 ranks are more than lie between any two
    assert "the ranks differ, but no two significantly." in format_comparison(
        compare(found)
    )


def test_the_text_diagram_to_the_letter():
    found = compare(runs("abcdefg")).ranking
    assert text_diagram(found) == (
        "       1                       2                       3",
        "       +-----------------------+-----------------------+",
        "gru    o                                                  1.00",
        "lstm                           o                          2.00",
        "elman                                                  o  3.00",
        "       =========================                          "
        "not significantly different: gru, lstm",
        "                               =========================  "
        "not significantly different: lstm, elman",
    )
    scores = {cell: [0.5] for cell in ("gru", "lstm", "elman", "lem", "lru")}
    *_, line = text_diagram(compare(runs("ab", scores)).ranking)
    assert line.endswith("not significantly different: the 5 from elman to lstm")


def test_markdown_has_the_same_words():
    found = compare(runs("abc"))
    text = format_comparison(found, "markdown")
    assert "### a · generated · data 01234567" in text
    assert "| gru | lstm | 0.307 " in text
    assert "\n".join(("```", *text_diagram(found.ranking), "```")) in text
    assert "- Friedman's test:" in text


def test_json_is_strict_and_in_full_precision():
    def refuse(constant):
        raise AssertionError(constant)

    killed = result(None, task="a", seed=9, status="killed")
    found = compare([*runs("ab"), killed])
    data = json.loads(format_comparison(found, "json", "Left."), parse_constant=refuse)
    assert (data["confidence"], data["left_out"], data["reference"]) == (
        *(0.95, "Left.", None),
    )
    first = data["tasks"][0]
    gru, _, _ = first["models"]
    assert gru["scores"] == {"0": 0.8, "1": 0.82, "2": 0.84}
    assert (gru["mean"], gru["unfinished"]) == (
        (0.8 + 0.82 + 0.84) / 3,
        {"9": "killed"},
    )
    pair = first["paired_tests"][0]
    assert (pair["first"], pair["second"], pair["verdict"]) == ("gru", "lstm", "better")
    assert pair["differences"] == [0.8 - 0.5, 0.82 - 0.51, 0.84 - 0.53]
    assert pair["bootstrap_interval"] is None
    assert data["ranking"]["ranks"] == [[1, 2, 3]] * 2
    assert data["ranking"]["not_significantly_different"] == [["gru", "lstm", "elman"]]


def test_the_svg_is_well_formed_escaped_and_to_scale():
    hostile = "<script>&\"'\x1b]]>"
    scores = {hostile: [0.9], "lstm": [0.8], "elman": [0.7]}
    found = compare(runs("abcdefg", scores)).ranking
    text = svg_diagram(found)
    assert "<script" not in text
    root = ET.fromstring(text)
    name = "{http://www.w3.org/2000/svg}"
    texts = [element.text for element in root.iter(f"{name}text")]
    assert "<script>&\"' ]]> 1.00" in texts
    assert {element.tag for element in root.iter()} == {
        f"{name}{tag}" for tag in ("svg", "title", "desc", "rect", "path", "text")
    }
    # the scale of the critical difference is as long as that many ranks
    ticks = {
        element.text: float(element.get("x"))
        for element in root.iter(f"{name}text")
        if element.text in {"1", "2", "3"}
    }
    scale = root.find(f"{name}path").get("d")
    start, end = map(float, re.fullmatch(r"M(\S+) .*H([\d.]+)m.*", scale).groups())
    assert start == ticks["1"]
    ranks = (end - start) / (ticks["2"] - ticks["1"])
    assert ranks == pytest.approx(found.critical_difference, abs=0.01)
    # nothing reaches out of the picture
    width, height = (float(root.get(side)) for side in ("width", "height"))
    for element in root.iter(f"{name}text"):
        assert 0 < float(element.get("x")) < width
        assert 0 < float(element.get("y")) < height
    text = svg_diagram(compare(runs("ab")).ranking)
    assert "no significant difference of ranks" in text
    assert "critical difference" not in text


def test_many_that_are_left_out_are_counted_and_a_few_named():
    found = [*runs("ab"), *runs("cdefgh", {"gru": [0.5]})]
    text = format_comparison(compare(found))
    assert "Left out of the ranks: 6 tasks or models, among them c" in text
    assert "; e · generated (no elman, lstm) (--format json names all)." in text
    assert "f · generated (no" not in text
    few = format_comparison(compare([*runs("ab"), *runs("cdef", {"gru": [0.5]})]))
    assert "Left out of the ranks: c · generated (no" in few
