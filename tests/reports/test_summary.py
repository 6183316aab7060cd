import csv
import io
import json

import pytest
from results_factory import MAJORITY, result
from rich.console import Console

from seqtasks.reports.summary import (
    format_summary,
    print_summary,
    summarize,
)
from seqtasks.task import Baseline


def _runs(cell, scores, **fields):
    return [
        result(score, cell=cell, seed=seed, run=f"{cell}{seed}{fields}", **fields)
        for seed, score in enumerate(scores)
    ]


# gru and lstm differ by chance, elman by more; of "b" there is one seed
RESULTS = [
    *_runs("gru", (0.80, 0.82, 0.81)),
    *_runs("lstm", (0.82, 0.79, 0.81)),
    *_runs("elman", (0.50, 0.51, 0.49)),
    *_runs("gru", (0.4,), task="b", monitor="loss", mode="min"),
    *_runs("lstm", (0.5,), task="b", monitor="loss", mode="min"),
    *_runs("gru", (0.9,), limit=1),
]


def test_a_row_a_task_and_a_column_a_cell():
    made = summarize(RESULTS)
    assert made.columns == ("gru", "lstm", "elman")
    assert [one.name for one in made.tasks] == ["b", "probe"]
    probe = made.tasks[1]
    assert {name: entry.mark for name, entry in probe.entries.items()} == {
        "gru": "best",
        "lstm": "tie",
        "elman": "",
    }
    assert probe.baseline == "0.2500 (majority)"
    assert (probe.metric, probe.unit) == ("accuracy ↑", "accuracy ↑")
    b = made.tasks[0]
    assert (b.metric, b.unit) == ("loss (nats) ↓", "nats ↓")
    # one seed is no test
    assert not any(entry.mark for entry in b.entries.values())
    assert b.no_skill == "No skill score: no baseline of loss is known."


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("text", "* 0.8100 ± 0.0100"),
        ("markdown", "| **0.8100 ± 0.0100** | **0.807 ± 0.015** | 0.500 ± 0.010 |"),
        ("latex", r"\textbf{0.8100 $\pm$ 0.0100}"),
    ],
)
def test_the_best_and_its_ties_are_marked(form, shown):
    text = format_summary(summarize(RESULTS), form)
    assert shown in text
    assert text.count("0.8100") == 1
    assert "Marked are the best of a row" in text


def test_csv_and_json_have_every_number():
    made = summarize(RESULTS)
    b, probe = csv.DictReader(io.StringIO(format_summary(made, "csv")))
    assert (probe["task"], probe["baseline"]) == ("probe", "majority")
    assert float(probe["gru"]) == pytest.approx(0.81)
    assert (probe["gru seeds"], probe["gru mark"]) == ("3", "best")
    assert (b["elman"], b["no_skill"][:14]) == ("", "No skill score")
    first, second = json.loads(format_summary(made, "json"))
    assert first["task"] == "b"
    assert second["models"]["lstm"]["mark"] == "tie"
    assert second["models"]["gru"]["skill"] is None


def test_of_a_task_the_largest_table_is_shown_and_the_others_are_counted():
    options = {"dataset": "mine", "sequence_length": 8}
    more = _runs("gru", (0.9, 0.9), options=options, fingerprint="abc")
    other = _runs("gru", (0.7,), units=32)
    made = summarize([*RESULTS, *more, *other])
    notes = " ".join(made.notes)
    assert "not shown, with other options or data: 1 of probe." in notes
    assert (
        "there is the one with the most seeds, or else the newest: gru of pr" in notes
    )
    assert made.tasks[1].entries["gru"].score.n == 3


def test_models_of_other_options_and_authors_have_columns_of_their_own():
    made = summarize(
        [
            *_runs("gru", (0.8, 0.7), author="ada"),
            *_runs("gru", (0.8, 0.7), author="bob"),
            *_runs("lstm", (0.8, 0.7), cell_options={"form": "x"}, author="ada"),
            *_runs("lstm", (0.8, 0.7), cell_options={"form": "y"}, author="ada"),
        ]
    )
    assert made.columns == (
        *("gru (ada)", "gru (bob)", "lstm (ada) form=x", "lstm (ada) form=y"),
    )


def test_a_cell_that_failed_at_most_seeds_is_not_the_best():
    runs = _runs("gru", (0.5, 0.6, 0.55))
    lucky = [
        *_runs("lstm", (0.9,)),
        *(
            result(None, cell="lstm", seed=seed, run=f"f{seed}", status="diverged")
            for seed in (1, 2)
        ),
    ]
    marks = {n: e.mark for n, e in summarize([*runs, *lucky]).tasks[0].entries.items()}
    assert marks["lstm"] == ""


def test_on_a_terminal_no_line_is_wider_than_it():
    cells = [f"a_cell_number_{n}" for n in range(6)]
    runs = [run for cell in cells for run in _runs(cell, (0.8, 0.7, 0.75))]
    best = Baseline("a method with a long name", "accuracy", 0.3, "how")
    runs[0] = result(0.8, cell=cells[0], baselines=(MAJORITY, best), run="first")
    file = io.StringIO()
    print_summary(summarize(runs), Console(file=file, width=80))
    shown = file.getvalue()
    assert all(len(line) <= 80 for line in shown.splitlines())
    assert all(cell in shown for cell in cells)
    assert shown.count("Few seeds make") == 1


def test_nothing_but_smoke_runs_has_no_summary():
    assert summarize([result(0.5, limit=1)]).tasks == ()
    assert format_summary(summarize([]), "csv") == ""
