import dataclasses

import pytest
from click.testing import CliRunner
from results_factory import result

from seqtasks.cli.report import command
from seqtasks.errors import UsageError
from seqtasks.evaluations import count_evaluations
from seqtasks.reports.html_page import page
from seqtasks.store import Store

RESULTS = [
    dataclasses.replace(result(0.5), run="a"),
    dataclasses.replace(result(0.7, task="other"), run="b"),
]
EVALUATIONS = count_evaluations((), RESULTS)


@pytest.fixture
def folder(tmp_path):
    for one in RESULTS:
        Store(tmp_path).write(one)
    return tmp_path


def _run(folder, *arguments):
    return CliRunner().invoke(command, [*arguments, "--results", str(folder)])


def _read(path):
    return path.read_text(encoding="utf-8")


def test_the_page_stands_beside_the_results(folder):
    run = _run(folder)
    assert (run.exit_code, run.stdout) == (0, f"{folder}/report.html\n")
    assert run.stderr == "Wrote a report of 2 runs.\n"
    assert _read(folder / "report.html") == page(RESULTS, evaluations=EVALUATIONS)
    (folder / "report.html").write_text("old")
    _run(folder)
    assert _read(folder / "report.html") == page(RESULTS, evaluations=EVALUATIONS)
    assert sorted(path.name for path in folder.iterdir()) == [
        *("a.json", "b.json", "report.html")
    ]


def test_some_tasks_and_another_file(folder):
    output = folder / "new" / "other.html"
    run = _run(folder, "other", "--output", str(output))
    assert (run.exit_code, run.stdout) == (0, f"{output}\n")
    assert run.stderr == "Wrote a report of 1 run.\n"
    assert _read(output) == page(RESULTS[1:], evaluations=EVALUATIONS)


def test_damaged_files_are_named_at_the_end_without_the_folder(folder):
    (folder / "bad.json").write_text("{")
    run = _run(folder)
    assert run.exit_code == 0
    assert run.stderr.startswith(f"{folder}/bad.json is not a whole result file: ")
    text = _read(folder / "report.html")
    end = text.index("Files that could not be read")
    assert "<li>bad.json is not a whole result file" in text[end:]
    assert str(folder) not in text


def test_an_empty_folder_has_a_page_too(tmp_path):
    run = _run(tmp_path)
    assert run.exit_code == 0
    assert "There are no results yet" in _read(tmp_path / "report.html")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["prob"], "There is no result of the task 'prob' in {}. Did you mean probe?"),
        (
            ["--output", "a.json"],
            "Expected --output to name a file that ends in .html; received a.json.",
        ),
        (
            ["--output", "/dev/null/report.html"],
            "Could not write /dev/null/report.html: File exists. Name another file "
            "with --output.",
        ),
    ],
)
def test_a_mistake_is_named_and_nothing_is_written(folder, arguments, sentence):
    run = _run(folder, *arguments)
    assert isinstance(run.exception, UsageError)
    assert str(run.exception) == sentence.format(folder)
    assert not (folder / "report.html").exists()


def test_a_folder_that_is_not_there_is_not_made(tmp_path):
    run = _run(tmp_path / "none")
    assert isinstance(run.exception, UsageError)
    assert str(run.exception) == (
        f"Expected --results to be a folder of results; there is none at "
        f"{tmp_path}/none."
    )
    assert not (tmp_path / "none").exists()


def test_a_page_that_cannot_be_written_leaves_the_old_one(folder, monkeypatch):
    (folder / "report.html").write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    run = _run(folder)
    assert isinstance(run.exception, UsageError)
    assert "No space left on device" in str(run.exception)
    assert _read(folder / "report.html") == "old"
    assert not list(folder.glob(".*"))
