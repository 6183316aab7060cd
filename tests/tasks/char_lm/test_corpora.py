import sys

import pytest
from seqtasks.tasks.char_lm import corpora
from seqtasks.tasks.char_lm.corpora import python_docs

from seqtasks.errors import DataUnavailableError


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
