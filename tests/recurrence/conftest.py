"""Loops compiled by XLA, or the same loops as graphs: compiling is most of the time."""

import pytest
import tensorflow as tf

from seqtasks.recurrence import (
    tensorflow_checkpointed,
    tensorflow_loop,
    tensorflow_scan,
)


@pytest.fixture
def graphs(monkeypatch):
    """Loops and their gradients are graphs that XLA does not compile."""
    for module in (tensorflow_loop, tensorflow_scan, tensorflow_checkpointed):
        monkeypatch.setattr(
            module, "compiled", lambda run: tf.function(run, autograph=False)
        )


@pytest.fixture(params=["graph", pytest.param("xla", marks=pytest.mark.slow)])
def xla(request):
    """The graph of a loop, and in the slow tier the loop compiled by XLA too."""
    if request.param == "graph":
        request.getfixturevalue("graphs")
