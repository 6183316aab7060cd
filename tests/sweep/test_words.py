"""The digest of a command line changes with all that a run depends on, and no more."""

import os

import pytest

from seqtasks.cli.run import command
from seqtasks.sweep import words as module
from seqtasks.sweep.words import digest


def of(*words):
    return of_line("adding", "--cell", "gru", *words)


def of_line(*words):
    # a command keeps the names of its help from its first context
    names, line = ["-h", "--help"], [*map(str, words)]
    with command.make_context("run", line, help_option_names=names) as context:
        return digest(context.params)


def test_it_is_the_same_for_what_changes_no_number():
    same = ["--results", "r", "--once", "--retry", "failed", "--author", "me"]
    same += ["--checkpoint-every", "5 steps", "--memory-budget", "2GB"]
    assert of(*same) == of()
    assert len(of()) == 24


@pytest.mark.parametrize(
    "words",
    [
        ["--seed", 1],
        ["--set", "sequence_length=5"],
        ["--cell-set", "activation=relu"],
        ["--units", 8],
        ["--limit", 2],
        ["--save-predictions"],
    ],
)
def test_it_is_another_with_another_option(words):
    assert of(*words) != of()


def test_it_changes_with_ones_own_files(tmp_path):
    cell, beside = tmp_path / "mine.py", tmp_path / "beside.py"
    cell.write_text("a = 1")
    seen = {of_line("adding", "--cell", cell)}
    cell.write_text("a = 2")
    seen.add(of_line("adding", "--cell", cell))
    beside.write_text("b = 1")  # which it may import
    seen.add(of_line("adding", "--cell", cell))
    assert len(seen) == 3
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    for path in (cell, beside):
        (moved / path.name).write_text(path.read_text())
    assert of_line("adding", "--cell", moved / "mine.py") in seen


def test_it_changes_with_data_that_an_option_names(tmp_path):
    book = tmp_path / "book.txt"
    book.write_text("one")
    seen = {of("--dataset", book), of("--set", f"dataset={tmp_path}")}
    os.utime(book, ns=(1, 1))
    seen |= {of("--dataset", book), of("--set", f"dataset={tmp_path}")}
    (tmp_path / "more.txt").write_text("two")
    assert of("--set", f"dataset={tmp_path}") not in seen
    assert len(seen) == 4


def test_it_changes_with_the_text_of_the_package(monkeypatch):
    before = of()
    monkeypatch.setattr(module, "_package", lambda: "another text")
    assert of() != before


def test_there_is_none_where_the_data_has_to_be_read(tmp_path, monkeypatch):
    assert of("--init-from", "a-run") == ""
    assert of_line("of_another_package") == ""
    (tmp_path / "one").touch()
    (tmp_path / "two").touch()
    monkeypatch.setattr(module, "_MOST_FILES", 1)
    assert of("--dataset", tmp_path) == ""
