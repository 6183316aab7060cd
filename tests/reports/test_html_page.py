import base64
import dataclasses
import hashlib
import math
import re

import pytest
from page_reader import PageReader
from results_factory import MAJORITY, PUBLISHED, result

from seqtasks.reports.group import groups
from seqtasks.reports.html_page import breakable, page
from seqtasks.reports.leaderboard import leaderboard
from seqtasks.reports.results_readme import how_to_read, machines
from seqtasks.reports.row import rows
from seqtasks.task import Baseline, Optimum


def _epochs(values):
    return [
        {"epoch": float(index), "loss": 2.0, "validation_accuracy": value}
        for index, value in enumerate(values, start=1)
    ]


def _read(*results, damaged=()):
    named = [
        dataclasses.replace(one, run=f"run{index:03}")
        for index, one in enumerate(results)
    ]
    return PageReader(page(named, damaged))


def _texts(reader):
    return "\n".join(text for _, text in reader.texts)


def test_the_table_is_the_leaderboard():
    results = [result(0.5), result(0.7, cell="lstm", published=(PUBLISHED,))]
    layout = leaderboard(groups(results)[0])
    reader = _read(*results)
    heads = [t for place, t in reader.texts if "thead" in place and "section" in place]
    headings = "".join(heads).replace("\u00a0", " ")
    for column in layout.columns:
        assert column.header in headings
    texts = [t for place, t in reader.texts if "tbody" in place]
    for line in layout.lines:
        assert set(filter(None, line.cells)) <= set(texts)
    for note in layout.notes:
        assert note in reader.text_of("li")


def test_the_top_shows_how_much_there_is_and_when():
    reader = _read(
        result(seed=0, created="2026-02-03T00:00:00+00:00"),
        result(seed=1, created="2026-01-02T00:00:00+00:00", cell="lstm"),
        result(None, seed=2, status="failed", created="long ago"),
        result(task="other", created="2026-01-05T00:00:00+00:00"),
    )
    facts = [t for place, t in reader.texts if place[1:4] == ("body", "main", "header")]
    assert facts[4:] == [
        *("runs", "4", "finished", "3", "tasks", "2", "cells", "2"),
        *("trained", "2026-01-02 to 2026-02-03"),
    ]


def test_it_explains_how_to_read_it_and_which_machines():
    results = [result(), result(device="Another", cell="lstm")]
    reader = _read(*results)
    lines = "".join(t for place, t in reader.texts if "li" in place)
    for sentence in how_to_read():
        plain = sentence.replace("*", "").replace("`", "")
        assert plain in lines
    assert len(how_to_read()) > 5
    cells = reader.text_of("td")
    for which, count in machines(results):
        assert {*which, str(count)} <= set(cells)


def test_a_line_for_every_run_and_a_dot_for_every_seed():
    runs = [
        result(0.4 + 0.1 * seed, seed=seed, history=_epochs([0.2, 0.3]), best_epoch=2)
        for seed in range(3)
    ]
    reader = _read(*runs)
    lines = [t for t in reader.traces("curves") if t.get("name") == "gru"]
    assert [one["meta"]["label"] for one in lines] == [
        f"gru, seed {n}" for n in range(3)
    ]
    assert [one["showlegend"] for one in lines] == [True, False, False]
    assert {tuple(one["y"]) for one in lines} == {(0.2, 0.3)}
    (chosen,) = (t for t in reader.traces("curves") if "text" in t)
    assert (chosen["x"], chosen["y"]) == ([2.0] * 3, [0.3] * 3)
    mean, dots = (t for t in reader.traces("scores") if t["meta"]["colour"] == "c0")
    assert dots["x"] == [0.4, 0.5, 0.6]
    assert dots["text"] == [f"gru, seed {n}" for n in range(3)]
    assert mean["x"] == [pytest.approx(0.5)]
    # t(2) = 4.303, s = 0.1
    assert mean["error_x"]["array"] == [pytest.approx(0.24841, abs=1e-4)]


def test_charts_have_captions_and_axes_with_units_and_arrows():
    reader = _read(
        result(history=_epochs([0.2, 0.3]), metric_units={"accuracy": "fraction"})
    )
    assert [*reader.figures] == ["g1-scores", "g1-curves"]
    ids = set(reader.values("id"))
    assert len(ids) == len(reader.values("id"))
    for named in filter(None, reader.values("aria-labelledby")):
        assert set(named.split()) <= ids
    scores, curves = (figure["layout"] for figure in reader.figures.values())
    title = "test accuracy ↑<br>(fraction), better →"
    assert scores["xaxis"]["title"]["text"] == title
    assert curves["yaxis"]["title"]["text"] == "validation accuracy ↑<br>(fraction)"
    assert curves["xaxis"]["title"]["text"] == "epoch"
    assert reader.text_of("strong") == ["Test scores.", "Learning curves."]


def test_baselines_optimum_and_published_values_stand_beside_the_scores():
    reader = _read(
        result(
            published=(dataclasses.replace(PUBLISHED, low=0.85, high=0.95),),
            optimum=Optimum("accuracy", 0.97, "Labels are noisy."),
        )
    )
    layout = reader.figures["g1-scores"]["layout"]
    assert layout["yaxis"]["ticktext"] == [
        *("Bayes-optimal value", "gru", "majority (baseline)", "big LSTM (published)")
    ]
    assert [shape["x0"] for shape in layout["shapes"]] == [0.97, 0.25]
    traces = reader.traces("scores")
    assert [0.85, 0.95] in [trace["x"] for trace in traces]
    symbols = [t["marker"]["symbol"] for t in traces if "symbol" in t.get("marker", {})]
    assert symbols == ["diamond", "diamond", "diamond-open"]


def test_an_optimum_that_a_log_axis_cannot_show_has_an_arrow():
    scores = [{"test": {"mse": value}} for value in (0.001, 0.5)]
    fields = {"monitor": "mse", "mode": "min", "optimum": Optimum("mse", 0.0, "")}
    baseline = (Baseline("mean", "mse", 1.0, "The mean."),)
    reader = _read(
        *(
            result(cell=cell, metrics=metrics, baselines=baseline, **fields)
            for cell, metrics in zip(("gru", "lstm"), scores, strict=True)
        )
    )
    axis = reader.figures["g1-scores"]["layout"]["xaxis"]
    assert axis["type"] == "log"
    assert axis["title"]["text"] == "test mse ↓<br>log scale, ← better"
    assert ["← 0.000"] in [trace.get("text") for trace in reader.traces("scores")]


def test_baselines_that_are_far_are_named_and_the_best_is_drawn():
    baselines = (
        Baseline("near", "accuracy", 0.5, "A"),
        Baseline("far", "accuracy", -40.0, "B"),
    )
    reader = _read(result(0.9, baselines=baselines, history=_epochs([0.6, 0.9])))
    caption = " ".join(reader.text_of("figcaption"))
    assert "Not in the chart, being far from it: far (baseline) -40.00." in caption
    names = [trace.get("name") for trace in reader.traces("curves")]
    assert "near (baseline)" in names
    assert "far (baseline)" not in names


def test_a_run_that_did_not_finish_is_listed_with_step_loss_and_reason():
    reader = _read(
        result(0.5),
        result(
            None,
            seed=1,
            status="out_of_memory",
            reason="Out of memory while step 3 ran.",
            steps=1234,
            last_loss=3.25,
            history=_epochs([0.1, math.nan]),
        ),
    )
    assert "Runs that did not finish" in reader.text_of("h4")
    cells = reader.text_of("td")
    for cell in ("out of memory", "1,234", "3.250", "Out of memory while step 3 ran."):
        assert cell in cells
    ticks = reader.figures["g1-scores"]["layout"]["yaxis"]["ticktext"]
    assert "gru<br>1 out of memory" in ticks
    symbols = [t.get("marker", {}).get("symbol") for t in reader.traces("curves")]
    assert symbols.count("x-thin") == 1
    caption = " ".join(reader.text_of("figcaption"))
    assert "A cross: the next value was not a finite number." in caption
    # a result that is older than its last loss has that of its history
    history = [{"loss": 4.0}, {"loss": 2.5}, {"loss": math.nan}]
    old = result(None, status="diverged", reason="x" * 1000, history=history)
    cells = _read(old).text_of("td")
    assert "2.500" in cells
    # a long reason is cut in the ranking
    assert {f"diverged: {'x' * 230}…", "x" * 1000} < {*cells}


def test_what_a_run_that_diverged_went_through_does_not_decide_the_axis():
    calm = result(0.5, history=_epochs([0.4, 0.5]))
    wild = result(None, cell="lstm", status="diverged", history=_epochs([0.4, 1e30]))
    caption = " ".join(_read(calm, wild).text_of("figcaption"))
    assert "1 value of a run that did not finish: beyond the axis" in caption


def test_the_configuration_of_each_row_is_folded_away():
    reader = _read(
        result(cell_options={"reset_after": True}, resumed=2, rerun_of="first"),
        result(cell="lstm"),
    )
    assert reader.values("open") == []
    facts = [text for place, text in reader.texts if "details" in place]
    for fact in (
        "dataset generated, sequence_length 64",
        "0123456789abcdef",
        "reset_after True",
        "gru, from seqtasks.cells.gru:Cell",
        "run000",
        "cut off and resumed: 2 times; repeats first",
    ):
        assert fact in facts
    assert reader.elements.count("summary") == 3


def test_an_empty_folder_names_the_command_of_a_first_result():
    reader = _read(damaged=["bad.json is not a whole result file."])
    text = _texts(reader)
    assert "There are no results yet: \nseqtasks run adding" in text
    assert text.index("Files that could not be read") < text.index("bad.json")
    assert reader.figures == {}


def test_what_cannot_be_drawn_is_named():
    reader = _read(result(None, status="running", history=[]))
    assert "chart" not in reader.values("class")
    assert "No run has a score or a history to draw." in reader.text_of("p")
    reader = _read(result(0.5), result(math.nan, cell="lstm"), result(limit=2))
    ticks = reader.figures["g1-scores"]["layout"]["yaxis"]["ticktext"]
    assert "lstm<br>1 without a score" in ticks
    assert reader.text_of("h2") == [
        *("All tasks", "Results", "Smoke runs", "Machines and versions")
    ]


@pytest.mark.parametrize("value", [1e308, -1e308, 5e-324, math.nan, math.inf, 0.0])
@pytest.mark.parametrize("mode", ["min", "max"])
def test_extreme_numbers_are_no_reason_to_fail(value, mode):
    known = {
        "baselines": (MAJORITY, dataclasses.replace(MAJORITY, name="b", value=value)),
        "published": (dataclasses.replace(PUBLISHED, low=value, high=value),),
        "optimum": Optimum("accuracy", value, ""),
        "seconds": value,
        "time_steps_per_second": value,
        "last_loss": value,
        "mode": mode,
    }
    history = _epochs([0.4, value, 0.5, -value])
    runs = [
        result(score, seed=seed, cell=cell, history=history, **known)
        for cell in ("gru", "lstm")
        for seed, score in enumerate((value, 0.5, -value))
    ]
    reader = _read(*runs, result(None, status="failed", history=history, **known))
    numbers = [n for trace in reader.traces("curves") for n in trace["y"]]
    numbers += [n for trace in reader.traces("scores") for n in trace["x"]]
    assert numbers
    assert all(number is None or abs(number) <= 1.1e100 for number in numbers)


def test_many_rows_runs_and_epochs_make_a_page_that_opens():
    waves = [0.5 + 0.4 * math.sin(epoch / 50) for epoch in range(220)]
    runs = [
        result(
            0.9 - 0.001 * n,
            cell=f"cell{n % 62}",
            seed=n // 62,
            history=_epochs(waves if n == 0 else waves[:3]),
        )
        for n in range(310)
    ]
    reader = _read(*runs)
    caption = " ".join(reader.text_of("figcaption"))
    assert "The first 60 of 62 rows." in caption
    assert "Drawn are 300 of 310 runs, of the best rows." in caption
    assert "Grey: the rows after the eighth" in caption
    lines = [
        t for t in reader.traces("curves") if t["meta"].get("label", "")[:4] == "cell"
    ]
    assert len(lines) == 300
    assert 3 < max(len(line["x"]) for line in lines) <= 200
    assert sum(trace.get("showlegend", True) for trace in lines) == 32
    assert lines[0]["zorder"] > lines[-1]["zorder"], "the best row is on top"


def test_the_same_results_in_any_order_are_the_same_page():
    runs = [
        dataclasses.replace(one, run=f"run{index}")
        for index, one in enumerate(
            (result(0.5), result(0.6, cell="lstm"), result(0.7, task="other"))
        )
    ]
    assert page(runs) == page(runs[::-1])


def test_the_committed_results_make_a_page(committed_results):
    text = page(committed_results)
    found = groups(committed_results)
    compared = sum(len(rows(group.runs)) > 1 for group in found)
    assert len(PageReader(text).figures) == 2 * len(found) + compared
    # the licence of plotly.js stays with it
    assert "Licensed under the MIT license" in text


def test_the_policy_allows_two_scripts_by_their_hash_and_no_connection():
    text = page([result()])
    (policy,) = [v for v in PageReader(text).values("content") if "default" in str(v)]
    found = re.findall(
        r"<script(?: type=.text/plain. id=.plotly.)?>(.*?)</script>", text, re.S
    )
    digests = [hashlib.sha256(script.encode()).digest() for script in found]
    hashes = [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests]
    assert len(hashes) == 2
    assert policy == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; "
        f"media-src data:; script-src {' '.join(hashes)}; "
        "base-uri 'none'; form-action 'none'"
    )


@pytest.mark.parametrize(
    ("header", "html"),
    [
        ("seeds", "seeds"),
        ("steps_per_s", "steps_<wbr>per_<wbr>s"),
        ("test bits_a ↓ (a/b)", "test bits_<wbr>a&nbsp;↓ (a/b)"),
        ("<b>", "&lt;b&gt;"),
    ],
)
def test_a_heading_breaks_after_underscores_and_not_before_its_arrow(header, html):
    assert breakable(header) == html


def test_at_its_top_is_one_table_over_all_tasks():
    reader = _read(
        *(result(0.5 + 0.1 * n, seed=seed) for n, seed in ((0, 0), (1, 1))),
        result(1.25, task="other", metrics={}, monitor="loss", mode="min"),
    )
    texts = [text.strip() for _, text in reader.texts if text.strip()]
    begin = texts.index("All tasks")
    assert texts.index("How to read this page") > begin
    assert ("input", "id", "matrix-filter") in reader.attributes
    assert [v for tag, name, v in reader.attributes if name == "data-show"] == [
        *("score", "skill")
    ]


def test_why_a_task_has_no_skill_score_stands_in_its_row():
    one = dataclasses.replace(result(1.25), monitor="loss", mode="min")
    text = page([one])
    row = text[text.index('<table id="matrix"') :]
    row = row[: row.index("</table>")]
    assert "No skill score: no baseline of loss is known." in row
    assert "1.250" in row
