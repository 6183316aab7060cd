"""Compiled loops, by XLA in the slow tier alone."""

import pytest
import tensorflow as tf

from seqtasks.recurrence import (
    tensorflow_checkpointed,
    tensorflow_loop,
    tensorflow_scan,
)


@pytest.fixture(params=["graph", pytest.param("xla", marks=pytest.mark.slow)])
def xla(request, monkeypatch):
    """The graph of a loop and of its gradient, and in the slow tier the same by XLA.

    Compiling is nearly all of the time. A few tests, without this fixture, compile by
    XLA in the fast tier too.
    """
    if request.param == "graph":
        for module in (tensorflow_loop, tensorflow_scan, tensorflow_checkpointed):
            monkeypatch.setattr(
                module, "compiled", lambda run: tf.function(run, autograph=False)
            )
