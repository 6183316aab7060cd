"""Trained runs that several files share: each is trained once."""

import pytest

from seqtasks.store import Store
from seqtasks.training.run import run


@pytest.fixture(scope="session")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "book.txt"
    path.write_text("all work and no play makes jack a dull boy\n" * 8)
    return path


@pytest.fixture(scope="session")
def trained(tmp_path_factory, book):
    """A store with a run that has an encoder, dropout and a state that is carried."""
    store = Store(tmp_path_factory.mktemp("results"))
    options = {"dataset": str(book), "sequence_length": 8}
    settings = {"units": 4, "epochs": 1, "implementation": "projected"}
    return store, run("char_lm", "lstm", options=options, store=store, **settings)
