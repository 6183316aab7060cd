import builtins
import sys

import pytest
from seqtasks.tasks.char_lm import corpora
from seqtasks.tasks.char_lm.corpora import python_docs, text_file

from seqtasks.errors import DataUnavailableError, UsageError


def test_python_docs_has_no_paragraph_twice_and_each_split_its_share():
    corpus = python_docs()
    total = sum(len(part) for part in corpus.parts.values())
    assert total > 350_000
    for split in ("validation", "test"):
        assert 0.04 < len(corpus.parts[split]) / total <= 0.05 + 1e-9
    paragraphs = [
        " ".join(paragraph.split())
        for part in corpus.parts.values()
        for paragraph in part.split("\n\n")
        if paragraph.strip()
    ]
    assert len(paragraphs) == len(set(paragraphs))
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert f"Python {python}" in corpus.source.summary


def test_python_without_its_docs_names_the_other_choices(monkeypatch):
    monkeypatch.setattr(corpora.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataUnavailableError, match="--dataset grammar needs nothing"):
        python_docs()


def test_a_file_is_cut_in_its_order(tmp_path):
    path = tmp_path / "book.txt"
    path.write_text("".join(chr(ord("a") + i % 26) for i in range(1000)))
    corpus = text_file(path)
    assert [len(part) for part in corpus.parts.values()] == [900, 50, 50]
    assert "".join(corpus.parts.values()) == path.read_text()
    assert corpus.vocabulary == "abcdefghijklmnopqrstuvwxyz"
    assert corpus.numbers("train")[:3].tolist() == [0, 1, 2]


def test_a_part_of_blanks_gives_a_warning(tmp_path, capsys):
    path = tmp_path / "book.txt"
    path.write_text("work" * 225 + "a" * 25 + " " * 25 + "a" * 50)
    text_file(path)
    assert capsys.readouterr().err == ""
    path.write_text("work" * 225 + "a" * 20 + " " * 30 + "a" * 25 + "\n" * 25)
    text_file(path)
    message = f"60% of the validation part of {path} are spaces and line breaks, "
    assert capsys.readouterr().err.startswith(message)


def test_a_file_that_cannot_be_read(tmp_path, monkeypatch):
    path = tmp_path / "book.txt"
    path.write_text("text")

    def refuse(*arguments, **named):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.open", refuse)
    monkeypatch.setattr(builtins, "open", refuse)
    with pytest.raises(UsageError, match="could not be read: Permission denied"):
        text_file(path)
