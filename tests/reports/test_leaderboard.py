import csv
import io
import json
import math
import re

import pytest
from results_factory import PUBLISHED, result
from rich.console import Console

from seqtasks.reports.group import groups
from seqtasks.reports.leaderboard import format_results, leaderboard, print_results
from seqtasks.reports.table import print_on_terminal
from seqtasks.result import StandardError

RESULTS = [
    result(0.5, seed=0, published=(PUBLISHED,)),
    result(0.52, seed=1),
    result(0.1, cell="elman", units=16),
    result(
        *(None,),
        cell="lstm",
        num_params=0,
        status="diverged",
        reason="a|b \\ 50% of_it & $x #1 {y} ~^ <i>\x1b[31m\n*z*",
    ),
]


def test_plain_text_is_aligned_and_whole():
    title, _, header, rule, *lines, _, skill, note = format_results(
        RESULTS
    ).splitlines()
    assert title == "probe · generated · data 01234567"
    assert [" ".join(line.split()) for line in (header, *lines)] == [
        "model units test accuracy ↑ 95 % interval skill score (%) test loss (nats) "
        "validation accuracy ↑ parameters steps/s seconds seeds status",
        # 0.26 of 0.65 from the baseline to the published value; t(1) is 12.71
        "gru 8 0.510 ± 0.014 0.38 to 0.64 40.0 1.250 ± 0 0.520 ± 0.014 12,345 123,000 "
        "12.3 2 finished",
        "majority (baseline) 0.2500 0.0 baseline: The most frequent label.",
        "elman 16 0.1000 -23.1 1.250 0.1100 12,345 123,000 12.3 1 finished",
        "lstm 8 0 0 diverged: a|b \\ 50% of_it & $x #1 {y} ~^ <i> [31m *z*",
        "big LSTM (published) 0.9000 100.0 published: Doe 2001, Table 2 (100 epochs)",
    ]
    assert skill == (
        "Skill score: 0 % is the best baseline, majority (0.2500), 100 % the best "
        "published value, big LSTM (0.9000): no Bayes-optimal value is known."
    )
    assert note == (
        "All runs: layers 1, learning_rate 0.01, precision float32, "
        "backend tensorflow; on A Processor, 2 cores."
    )
    # numbers end where their header ends, a status begins where its header begins
    right = header.index("↑") + 1
    assert [line[right - 1] for line in (header, *lines)] == [*"↑400 0"]
    assert [line[:right].split("  ")[-1].strip() for line in (header, *lines)] == [
        *("test accuracy ↑", "0.510 ± 0.014", "0.2500", "0.1000", "", "0.9000")
    ]
    assert [line[header.index("status")] for line in lines] == [*"fbfdp"]
    assert {*rule} == {"-", " "}
    assert len(rule) == max(map(len, lines))


def test_markdown_escapes_what_is_its_own():
    lines = format_results(RESULTS, "markdown").splitlines()
    assert lines[0] == "### probe · generated · data 01234567"
    assert lines[3] == f"| :-- |{' --: |' * 10} :-- |"
    assert lines[4] == (
        "| gru | 8 | 0.510 ± 0.014 | 0.38 to 0.64 | 40.0 | 1.250 ± 0 | 0.520 ± 0.014 "
        "| 12,345 | 123,000 | 12.3 | 2 | finished |"
    )
    assert lines[7] == (
        "| lstm | 8 |  |  |  |  |  | 0 |  |  | 0 "
        "| diverged: a\\|b \\\\ 50% of_it & $x #1 "
        "{y} \\~^ \\<i> \\[31m \\*z\\* |"
    )


def test_latex_is_a_tabular_of_booktabs_with_escaped_text():
    results = [*RESULTS, result(0.2, cell="min_gru", cell_options={"a": "x_#"})]
    results.append(result(0.3, cell="min_gru", cell_options={"a": "{\\~^%&$}"}))
    text = format_results(results, "latex")
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert r"\begin{tabular}{lrrrrrrrrrrl}" in lines
    assert {r"\toprule", r"\midrule", r"\bottomrule", r"\end{tabular}"} < {*lines}
    assert (
        r"gru & 8 & 0.510 $\pm$ 0.014 & 0.38 to 0.64 & 40.0 & 1.250 $\pm$ 0 & "
        r"0.520 $\pm$ 0.014 & 12,345 & 123,000 & 12.3 & 2 & finished \\"
    ) in lines
    names = [line.partition(" & ")[0] for line in lines]
    assert r"min\_gru a=x\_\#" in names
    escaped = r"\{\textbackslash{}\textasciitilde{}\^{}\%\&\$\}"
    assert rf"min\_gru a={escaped}" in names
    assert r"lstm & 8 & & & & & & 0 & & & 0 & diverged \\" in lines
    assert "% majority (baseline): The most frequent label." in lines
    assert sum(line.count("↑") for line in lines if line[0] != "%") == 0


@pytest.mark.parametrize("name", ["[2ex] x", "[", "*star"])
def test_latex_takes_no_cell_for_the_argument_of_the_line_before(name):
    results = [result(0.5, cell="gru"), result(0.3, cell=name)]
    assert f"{{}}{name} " in format_results(results, "latex")


def test_csv_has_every_number_in_full_precision():
    text = format_results(
        [result(1 / 3, seed=0), result(0.5, seed=1), *RESULTS[2:]], "csv"
    )
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["name"] for row in rows] == ["gru", "majority", "elman", "lstm"]
    gru, majority, _, lstm = rows
    assert float(gru["test"]) == (1 / 3 + 0.5) / 2
    assert float(gru["test_deviation"]) == pytest.approx((0.5 - 1 / 3) / math.sqrt(2))
    assert (gru["seeds"], gru["runs"], gru["num_params"]) == ("2", "2", "12345")
    assert gru["seconds"] == "12.3456"
    # half of the distance is s / √2 times t(1) = 12.7062: 0.16667 / 2 * 12.7062
    assert float(gru["test_high"]) == pytest.approx(5 / 12 + 12.7062 / 12, rel=1e-5)
    assert float(gru["test_low"]) == pytest.approx(5 / 12 - 12.7062 / 12, rel=1e-5)
    assert (gru["skill"], gru["verdict"]) == ("", "")
    assert (gru["settings.units"], gru["test.loss"]) == ("8", "1.25")
    assert json.loads(gru["options"]) == {"dataset": "generated", "sequence_length": 64}
    assert (majority["kind"], majority["test"]) == ("baseline", "0.25")
    assert (lstm["kind"], lstm["test"], lstm["finished"]) == ("unfinished", "", "0")


def test_json_is_strict_and_in_full_precision():
    def refuse(constant):
        raise AssertionError(constant)

    text = format_results([*RESULTS, result(math.nan, cell="nan")], "json")
    (group,) = json.loads(text, parse_constant=refuse)
    assert group["options"] == {"dataset": "generated", "sequence_length": 64}
    assert [row["name"] for row in group["rows"]] == [
        *("gru", "majority", "elman", "nan", "lstm", "big LSTM")
    ]
    gru = group["rows"][0]
    assert gru["metrics"]["test"]["accuracy"] == {
        "mean": 0.51,
        "deviation": pytest.approx(0.02 / math.sqrt(2)),
        "n": 2,
    }
    assert gru["seeds"] == [0, 1]
    assert gru["skill"] == pytest.approx(40.0)
    assert gru["interval"] == pytest.approx([0.38294, 0.63706], abs=1e-5)
    assert (group["skill"]["baseline"], group["skill"]["target"]) == (0.25, 0.9)
    assert [row["skill"] for row in group["rows"][1:2]] == [0.0]
    assert group["rows"][3]["metrics"]["test"]["accuracy"]["mean"] is None


def test_csv_holds_no_formulas():
    text = format_results([result(0.5, cell='=HYPERLINK("http://x")')], "csv")
    names = [row["name"] for row in csv.DictReader(io.StringIO(text))]
    assert '\'=HYPERLINK("http://x")' in names


def test_smoke_runs_stand_apart_and_are_not_published():
    results = [result(0.5), result(0.9, cell="lstm", limit=3)]
    text = format_results(results)
    assert text.index("gru") < text.index("smoke runs (--limit 3)") < text.index("lstm")
    left_out = "Left out: 1 smoke run (--limit), trained on a few batches only."
    assert format_results(results, "markdown").endswith(f"\n{left_out}\n")
    assert format_results(results, "latex").endswith(f"\n% {left_out}\n")
    assert "lstm" not in format_results(results, "markdown") + format_results(
        results, "csv"
    )
    assert [
        group["limit"] for group in json.loads(format_results(results, "json"))
    ] == [None, 3]


def test_what_rows_share_is_a_note_and_what_differs_a_column_or_a_label():
    def gru(**options):
        return {"cell_options": {"bias": True, **options}}

    (group,) = groups(
        [
            result(0.5, **gru(reset_after=True), device="One"),
            result(0.4, **gru(reset_after=False), device="Two"),
            result(0.3, cell="mine", cell_reference="a.py:A"),
            result(0.2, cell="mine", cell_reference="b.py:A"),
        ]
    )
    layout = leaderboard(group)
    assert [line.cells[0] for line in layout.lines] == [
        "gru reset_after=True",
        "gru reset_after=False",
        "mine (a.py:A)",
        "majority (baseline)",
        "mine (b.py:A)",
    ]
    assert "device" in [column.header for column in layout.columns]
    assert layout.notes == (
        "No skill score: no Bayes-optimal and no published value of accuracy is known.",
        "All runs: units 8, layers 1, learning_rate 0.01, precision float32, "
        "backend tensorflow.",
        "gru: bias True.",
    )


@pytest.mark.parametrize("width", [60, 80, 100, 200])
def test_a_terminal_shows_numbers_whole(width):
    console = Console(file=io.StringIO(), width=width, force_terminal=True)
    print_on_terminal([leaderboard(group) for group in groups(RESULTS)], console)
    assert isinstance(console.file, io.StringIO)
    shown = console.file.getvalue()
    for number in ("0.510 ± 0.014", "12,345"):
        assert number in shown
    assert "majority (baseline): The most frequent label." in shown
    assert "\x1b[31m\n" not in shown
    # what another column tells too is left out before a metric is
    assert ("0.38 to 0.64" in shown) == (width > 100)
    assert ("0.520 ± 0.014" in shown) == (width > 100)
    assert ("1.250 ± 0" in shown) == (width > 80)
    assert ("Left out for want of width: seconds" in shown) == (width <= 100)
    rule = next(line for line in shown.splitlines() if "──" in line)
    assert len(rule.rstrip()) <= max(width, 80)


def test_no_colour_where_none_is_wanted(capsys, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    print_results(RESULTS)
    plain = capsys.readouterr().out
    monkeypatch.delenv("NO_COLOR")
    print_results(RESULTS)
    coloured = capsys.readouterr().out
    # the same words at the same widths
    assert re.sub(r"\x1b\[[\d;]*m", "", plain) == re.sub(r"\x1b\[[\d;]*m", "", coloured)
    assert not re.search(r"\x1b\[(\d+;)*(3\d|9\d)", plain)


def test_no_results_are_no_table():
    assert (
        format_results([])
        == format_results([], "markdown")
        == format_results([], "latex")
        == ""
    )
    assert json.loads(format_results([], "json")) == []


def test_how_the_layers_ran_is_a_column_where_it_differs():
    alike = [
        result(cell=cell, implementation_used="compiled") for cell in ("gru", "lstm")
    ]
    (group,) = groups([*alike, result(cell="elman")])  # an old run does not tell
    assert "loop" not in [column.header for column in leaderboard(group).columns]

    (group,) = groups([*alike, result(cell="keras_gru", implementation_used="keras")])
    layout = leaderboard(group)
    place = [column.header for column in layout.columns].index("implementation")
    assert {line.cells[0]: line.cells[place] for line in layout.lines} == {
        "gru": "compiled",
        "lstm": "compiled",
        "keras_gru": "keras",
        "majority (baseline)": "",
    }
    assert '"implementation": "keras"' in format_results([*alike, *group.runs], "json")


def with_error(seed, value, count=40, unit="series", **fields):
    errors = {"accuracy": StandardError(value, count, unit)}
    return result(0.5 + seed / 10, seed=seed, standard_errors=errors, **fields)


def test_a_small_test_split_is_seen_by_the_standard_error_over_its_examples():
    runs = [with_error(0, 0.0712), with_error(1, 0.0734), result(0.7, cell="lstm")]
    text = format_results(runs)
    heads, gru = text.splitlines()[2], text.splitlines()[5]
    assert "± over 40 series" in heads
    assert " 0.072 " in gru  # the mean: a second seed tells nothing of other examples
    assert "how much it would differ on others like them" in text
    (group,) = json.loads(format_results(runs, "json"))
    (row,) = (row for row in group["rows"] if row["name"] == "gru")
    assert row["standard_errors"]["accuracy"]["count"] == 40
    lines = csv.DictReader(io.StringIO(format_results(runs, "csv")))
    found = {line["name"]: line["test_standard_error"] for line in lines}
    assert float(found["gru"]) == pytest.approx(0.0723)
    assert found["lstm"] == ""


def test_without_a_standard_error_there_is_no_column_of_it():
    none = {"accuracy": StandardError(None, 1, "piece", "One piece has no spread.")}
    assert "± over" not in format_results([result(0.5, standard_errors=none)])


def test_an_error_is_converted_with_its_score():
    errors = {"loss": StandardError(0.1, 40, "example")}
    run = result(0.5, monitor="loss", mode="min", standard_errors=errors)
    (group,) = json.loads(format_results([run], "json", unit="perplexity"))
    error = group["rows"][0]["standard_errors"]["loss"]["value"]
    assert error == pytest.approx(0.1 * math.exp(1.25))


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0, 1e300, 1e-300, 0.0])
def test_any_number_of_a_file_can_be_shown(value):
    assert "± over 40 series" in format_results([with_error(0, value)])
