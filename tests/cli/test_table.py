import dataclasses
import json
import os

import pytest
from click.testing import CliRunner
from results_factory import result

from seqtasks.cli.table import command
from seqtasks.errors import UsageError
from seqtasks.evaluations import EvaluationLog, count_evaluations
from seqtasks.reports import leaderboard as of_reports
from seqtasks.reports import results_readme as in_reports
from seqtasks.reports.summary import format_summary, summarize
from seqtasks.store import Store, reference_results

RESULTS = [
    dataclasses.replace(result(0.5), run="a"),
    dataclasses.replace(result(0.6, cell="lstm"), run="b"),
    dataclasses.replace(result(0.7, task="other", limit=2), run="c"),
]
EVALUATIONS = count_evaluations((), RESULTS)


def table(results, form="text", unit=None):
    return of_reports.format_results(results, form, unit, EVALUATIONS)


@pytest.fixture
def folder(tmp_path):
    for one in RESULTS:
        Store(tmp_path).write(one)
    return tmp_path


def _run(folder, *arguments):
    return CliRunner().invoke(command, [*arguments, "--results", str(folder)])


@pytest.mark.parametrize("form", ["text", "markdown", "latex", "json", "csv"])
def test_all_results_in_each_format(folder, form):
    run = _run(folder, "--format", form)
    assert (run.exit_code, run.stdout) == (0, table(RESULTS, form))
    left_out = "Left out: 1 smoke run (--limit), trained on a few batches only.\n"
    assert run.stderr == (left_out if form == "csv" else "")


def test_filters_and_the_folder_of_the_environment(folder):
    assert _run(folder, "probe", "--cell", "lstm").stdout == table(RESULTS[1:2])
    assert _run(folder, "probe", "other").stdout == table(RESULTS)
    # of several folders, as of a path, each is read
    several = f"{folder}{os.pathsep}{folder / 'none'}"
    for given in (str(folder), several):
        run = CliRunner(env={"SEQTASKS_RESULTS": given}).invoke(command)
        assert run.stdout == table(RESULTS)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["prob"], "There is no result of the task 'prob' in {}. Did you mean probe?"),
        (
            ["--cell", "xxx"],
            "There is no result of the cell 'xxx' in {}. Known: gru, lstm.",
        ),
    ],
)
def test_an_unknown_filter_is_answered_with_what_there_is(folder, arguments, sentence):
    run = _run(folder, *arguments)
    assert isinstance(run.exception, UsageError)
    assert str(run.exception) == sentence.format(folder)


def test_damaged_files_are_named_and_the_rest_is_shown(folder):
    (folder / "bad.json").write_text("{")
    run = _run(folder)
    assert run.exit_code == 0
    assert run.stderr.startswith(f"{folder}/bad.json is not a whole result file: ")
    assert run.stdout == table(RESULTS)


@pytest.mark.parametrize("arguments", [[], ["adding"], ["--format", "json"]])
def test_an_empty_folder_names_the_command_of_a_first_result(tmp_path, arguments):
    (tmp_path / "none").mkdir()
    run = _run(tmp_path / "none", *arguments)
    assert (run.exit_code, run.stdout) == (0, "[]\n" if "json" in arguments else "")
    assert run.stderr == (
        f"There are no results in {tmp_path}/none yet: `seqtasks run adding` makes the "
        f"first.\n"
    )


def test_a_folder_or_a_task_that_is_not_there(tmp_path):
    error = _run(tmp_path / "typo").exception
    assert f"a folder of results; there is none at {tmp_path}/typo." in str(error)
    error = _run(tmp_path, "ading").exception
    assert str(error).startswith("There is no task 'ading'. Did you mean adding")


def test_a_task_of_ones_own_is_named_by_its_file_as_in_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "sensor.py").write_text("raise SystemExit('it is not imported')\n")
    own = [
        dataclasses.replace(
            result(0.5, task=task, task_reference=f"{path}:{task}"),
            run=f"{task}-{path}",
        )
        for path in ("sensor.py", "other.py")
        for task in ("one", "two")
    ]
    for run in own:
        Store(tmp_path / "results").write(run)
    for given, shown in (
        ("./sensor.py", ("one", "two")),
        (str(tmp_path / "sensor.py:two"), ("two",)),
        ("other.py", ("one", "two")),  # the file is gone, its runs are not
    ):
        run = _run("results", given)
        assert run.exit_code == 0, run.stderr
        for task in ("one", "two"):
            assert (task in run.stdout) == (task in shown)
    assert str(_run("results", "./sensr.py").exception) == (
        "Expected a Python file that defines a task; there is no file './sensr.py'. "
        "Did you mean sensor.py?"
    )


def test_write_makes_the_readme(folder):
    run = _run(folder, "--write")
    assert (run.exit_code, run.stdout) == (0, "")
    assert run.stderr == f"Wrote {folder}/README.md.\n"
    assert (folder / "README.md").read_text(encoding="utf-8") == in_reports.readme(
        RESULTS, EVALUATIONS
    )


def test_write_leaves_a_readme_of_ones_own(folder):
    path = folder / "README.md"
    path.write_text("mine")
    error = _run(folder, "--write").exception
    assert f"Expected {path} to be missing or written by" in str(error)
    assert path.read_text() == "mine"
    path.unlink()
    for _ in range(2):  # one that was written is written again
        assert _run(folder, "--write").exit_code == 0


@pytest.mark.parametrize(
    ("mark", "shown"),
    [("<!-- table -->", RESULTS), ("<!-- table: other, none -->", RESULTS[2:])],
)
def test_write_also_fills_the_tables_of_the_readme_beside(folder, mark, shown):
    results = folder / "results"
    for one in RESULTS:
        Store(results).write(one)
    beside = folder / "README.md"
    beside.write_text("mine")
    assert _run(results, "--write").stderr == f"Wrote {results}/README.md.\n"
    assert beside.read_text() == "mine"
    beside.write_text(f"# Mine\n{mark}\nold\n<!-- end of table -->\nrest\n")
    run = _run(results, "--write")
    assert run.stderr == f"Wrote {results}/README.md.\nWrote the tables in {beside}.\n"
    assert beside.read_text(encoding="utf-8") == (
        # without evaluations, of which a README that is committed could not keep count
        f"# Mine\n{mark}\n{of_reports.format_results(shown, 'markdown')}"
        f"<!-- end of table -->\nrest\n"
    )


def test_numbers_in_another_unit(folder):
    run = _run(folder, "--unit", "bits", "--format", "markdown")
    assert run.stdout == table(RESULTS, "markdown", unit="bits")
    # 1.25 nats
    assert "| 1.803 |" in run.stdout
    run = _run(folder, "--unit", "parsecs")
    assert isinstance(run.exception, UsageError)
    assert str(run.exception).endswith("Known: bits, nats, perplexity.")


@pytest.mark.parametrize(
    "arguments", [["probe"], ["--cell", "gru"], ["--format", "csv"], ["--unit", "bits"]]
)
def test_write_is_of_all_results(folder, arguments):
    run = _run(folder, "--write", *arguments)
    assert isinstance(run.exception, UsageError)
    assert not (folder / "README.md").exists()


def test_the_evaluations_of_each_test_split_are_counted_whatever_is_shown(folder):
    shown = _run(folder, "probe", "--cell", "lstm").stdout
    assert "Test evaluations so far: 2." in shown
    evaluation = {"task": "probe", "fingerprint": RESULTS[0].fingerprint, "cell": "gru"}
    EvaluationLog(folder).write(run="deleted since", **evaluation)
    EvaluationLog(folder).write(run="a", **evaluation)
    with EvaluationLog(folder).path.open("a") as file:
        file.write("{\n")
    run = _run(folder, "probe")
    assert "Test evaluations so far: 3." in run.stdout
    assert (
        f"{folder}/test_evaluations.jsonl, line 3, is no test evaluation: "
        in run.stderr
    )
    assert _run(folder, "--write").exit_code == 0
    assert "- Test evaluations so far: 3.\n" in (folder / "README.md").read_text(
        encoding="utf-8"
    )


def test_a_rerun_neither_replaces_its_original_nor_counts_as_a_seed(folder):
    again = dataclasses.replace(
        result(0.9), run="again", rerun_of="a", created="2027-01-01T00:00:00+00:00"
    )
    before = _run(folder, "--format", "json").stdout
    Store(folder).write(again)
    (groups, _) = json.loads(_run(folder, "--format", "json").stdout)
    assert groups["rows"] == json.loads(before)[0]["rows"]
    assert groups["counts"] == [
        "Test evaluations so far: 3.",
        "Left out: 1 rerun; the run that was repeated stands.",
    ]
    # of an original that is no longer there, it takes the place
    Store(folder).path("a").unlink()
    assert '"again": "finished"' in _run(folder, "--format", "json").stdout


def test_the_reference_results_stand_beside_ones_own_marked(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def rows(*arguments):
        run = CliRunner().invoke(command, [*arguments, "--format", "json"])
        groups = json.loads(run.stdout)
        found = [row for group in groups for row in group["rows"] if "author" in row]
        return run.stderr, groups, {(row["name"], row["author"]) for row in found}

    message, groups, found = rows("adding")
    assert message == (
        "There are no results in results yet: `seqtasks run adding` makes the first. "
        "What follows are the reference results.\n"
    )
    assert {author for _, author in found} == {""}
    assert {group["task"] for group in groups} == {"adding"}
    theirs = next(run for run in reference_results() if run.task == "adding")
    own = dataclasses.replace(theirs, run="mine", author="", metrics={"test": {}})
    Store(tmp_path / "results").write(own)
    message, groups, found = rows()
    assert message == (
        "Rows marked (reference) come with seqtasks; --no-reference-results leaves "
        "them out.\n"
    )
    assert {group["task"] for group in groups} == {"adding"}, "of what I did alone"
    assert (own.cell, "") in found
    assert (own.cell, "reference") in found
    # neither their log nor their number is mine
    assert not any("evaluations" in line for line in groups[0]["counts"])
    text = CliRunner().invoke(command, []).stdout
    assert f"{own.cell} (reference)" in text
    for alone in (["--no-reference-results"], ["--results", "results"]):
        assert rows(*alone)[2] == {(own.cell, "")}


def test_one_table_over_all_tasks(folder):
    run = _run(folder, "--summary", "--format", "markdown")
    assert run.stdout == format_summary(summarize(RESULTS), "markdown")
    assert run.stderr.startswith("Left out: 1 smoke run")
    for arguments in (["--unit", "bits"], ["--write"]):
        refused = _run(folder, "--summary", *arguments)
        assert "--summary" in str(refused.exception)


def test_a_folder_is_read_once(folder, monkeypatch):
    read, calls = Store.read, []
    monkeypatch.setattr(Store, "read", lambda self: calls.append(self) or read(self))
    assert _run(folder).exit_code == 0
    assert [store.folder for store in calls] == [folder]
