"""Paths: the ways to run a cell over time, and which of them can be taken."""

import importlib

import keras

_COMPILING_BACKENDS = ("tensorflow", "jax")


def choose_path(cell, loop: str, unroll: bool, recompute_every: int | None) -> str:
    """The path that is taken for a cell where a loop, of ``LOOPS``, is asked for."""
    if not says_project_and_step(cell):
        return "keras"
    if loop in ("projected", "keras"):
        return loop
    if unroll or not _compiles():
        return "projected"
    if loop == "parallel" and hasattr(cell, "coefficients"):
        return "parallel"
    return "compiled" if recompute_every is None else "recomputed"


def make_loop(path: str, cell, zero_output_for_mask: bool, recompute_every: int | None):
    """The loop of a path, on the backend that runs."""
    modules = f"seqtasks.recurrence.{keras.backend.backend()}_"
    if path == "parallel":
        return importlib.import_module(f"{modules}parallel").ParallelLoop(cell)
    if path == "recomputed":
        segments = importlib.import_module(f"{modules}segments")
        return segments.SegmentedLoop(cell, zero_output_for_mask, recompute_every)
    return importlib.import_module(f"{modules}loop").Loop(cell, zero_output_for_mask)


def says_project_and_step(cell) -> bool:
    """Whether a cell is one of the suite's kind, and not Keras' alone."""
    return hasattr(cell, "project") and hasattr(cell, "step")


def _compiles() -> bool:
    """Whether there is a compiled loop for this backend and this call.

    On TensorFlow only where a graph is being made: eager calls are for looking inside.
    """
    if keras.backend.backend() != "tensorflow":
        return keras.backend.backend() in _COMPILING_BACKENDS
    import tensorflow as tf

    return not tf.executing_eagerly()
