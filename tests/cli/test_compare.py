import dataclasses
import json

import pytest
from click.testing import CliRunner
from results_factory import result

from seqtasks.cli.main import main
from seqtasks.reports.cd_diagram import svg_diagram
from seqtasks.reports.comparison import compare
from seqtasks.reports.comparison_text import format_comparison
from seqtasks.store import Store

SCORES = {"gru": [0.8, 0.82, 0.84], "lstm": [0.5, 0.51, 0.53], "elman": [0.2, 0.3, 0.1]}
RUNS = [
    result(score, task=task, cell=cell, seed=seed, run=f"{task}-{cell}-s{seed}")
    for task in ("other", "probe")
    for cell, values in SCORES.items()
    for seed, score in enumerate(values)
]


@pytest.fixture
def folder(tmp_path):
    for run in RUNS:
        Store(tmp_path / "runs").write(run)
    return tmp_path / "runs"


def _run(folder, *arguments):
    found = ["compare", *map(str, arguments), "--results", str(folder)]
    return CliRunner().invoke(main, found)


def _chosen(tasks=("other", "probe"), cells=tuple(SCORES)):
    return [run for run in RUNS if run.task in tasks and run.cell in cells]


@pytest.mark.parametrize(
    ("arguments", "results", "options"),
    [
        (["probe"], _chosen(["probe"]), {}),
        (["--cell", "gru", "--cell", "lstm"], _chosen(cells=["gru", "lstm"]), {}),
        (["--reference", "lstm"], RUNS, {"reference": "lstm"}),
        # the earlier spelling
        (["--baseline", "lstm"], RUNS, {"reference": "lstm"}),
        # the reference need not be named twice
        (
            ["--cell", "gru", "--reference", "elman"],
            _chosen(cells=["gru", "elman"]),
            {"reference": "elman"},
        ),
        (["--confidence", 0.8, "--seed", 3], RUNS, {"confidence": 0.8, "seed": 3}),
    ],
    ids=str,
)
def test_options(folder, arguments, results, options):
    run = _run(folder, *arguments)
    assert run.exit_code == 0, run.output
    assert run.stdout == format_comparison(compare(results, **options))
    assert run.stdout != format_comparison(compare(RUNS))


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_all_results_in_each_format(folder, form):
    run = _run(folder, "--format", form)
    assert (run.exit_code, run.stderr) == (0, "")
    assert run.stdout == format_comparison(compare(RUNS), form)
    assert "verdict" in run.stdout


def test_smoke_runs_are_left_out_and_named(folder):
    Store(folder).write(dataclasses.replace(RUNS[0], limit=2, run="smoke"))
    run = _run(folder)
    sentence = "Left out: 1 smoke run (--limit), trained on a few batches only.\n"
    assert run.stdout == f"{format_comparison(compare(RUNS))}\n{sentence}"
    assert json.loads(_run(folder, "--format", "json").stdout)["left_out"] in sentence


def test_smoke_runs_alone_are_nothing_to_compare(tmp_path):
    Store(tmp_path).write(dataclasses.replace(RUNS[0], limit=2))
    run = _run(tmp_path)
    assert (run.exit_code, run.stdout) == (
        0,
        "Left out: 1 smoke run (--limit), trained on a few batches only. Nothing is "
        "left to compare, as there is no full run: run the cells again without "
        "--limit.\n",
    )


def test_the_diagram_is_drawn_into_the_file(folder, tmp_path):
    path = tmp_path / "new" / "ranks.svg"
    run = _run(folder, "--diagram", path)
    assert (run.exit_code, run.stderr) == (0, f"Wrote {path}.\n")
    assert run.stdout == format_comparison(compare(RUNS))
    assert path.read_text(encoding="utf-8") == svg_diagram(compare(RUNS).ranking)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["prob"], "There is no result of the task 'prob' in {}. Did you mean probe?"),
        (["--cell", "x"], "There is no result of the cell 'x' in {}. Known: elman, "),
        (
            ["--reference", "x"],
            "There is no full run of the reference 'x'. Known: elman",
        ),
        (["--diagram", "a.png"], "Expected a --diagram FILE.svg; received 'a.png'"),
        (["probe", "--diagram", "a.svg"], "Expected results of two tasks or more"),
        (["--diagram", "/dev/null/a.svg"], "Could not write /dev/null/a.svg: "),
        (["--confidence", "95"], "Invalid value for '--confidence': 95.0 is not in"),
    ],
)
def test_what_cannot_be_is_answered_with_a_sentence(folder, arguments, sentence):
    run = _run(folder, *arguments)
    assert run.exit_code == 2
    assert sentence.format(folder) in run.stderr
    assert "Traceback" not in run.output


def test_an_empty_folder_names_the_command_of_a_first_result(tmp_path):
    run = _run(tmp_path)
    assert (run.exit_code, run.stdout) == (0, "")
    assert run.stderr.endswith("`seqtasks run adding` makes the first.\n")
    run = _run(tmp_path, "--format", "json")
    assert json.loads(run.stdout)["tasks"] == []


@pytest.mark.parametrize("command", ["table", "compare", "plot", "report"])
def test_before_the_first_run_all_of_them_answer_alike(tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("seqtasks.cli.selection.reference_results", list)
    sentence = (
        "There are no results in results yet: `seqtasks run adding` makes the first.\n"
    )
    run = CliRunner().invoke(main, [command])
    assert (run.exit_code, run.stdout, run.stderr) == (0, "", sentence)
    run = CliRunner().invoke(main, [command, "--results", "typo"])
    assert (run.exit_code, run.stderr) == (
        2,
        "Error: Expected --results to be a folder of results; there is none at typo.\n",
    )
    assert not list(tmp_path.iterdir())
    (tmp_path / "results").mkdir()
    run = CliRunner().invoke(main, [command])
    assert (run.exit_code, run.stderr.startswith(sentence)) == (0, True)


def test_the_committed_results_have_verdicts(committed_results):
    found = compare(committed_results)
    assert len(found.tasks) >= 5
    assert all(one.scores for task in found.tasks for one in task.models)
    assert found.ranking.rejects
    every = [test for one in found.tasks for test in one.tests]
    # real data was trained on with one seed, of which there is no verdict
    assert all((pair.outcome is None) == (len(pair.seeds) == 1) for pair in every)
    verdicts = {pair.outcome.verdict for pair in every if pair.outcome}
    assert verdicts == {"better", "tie"}
