"""Paths: the ways to run a cell over time, and which of them can be taken."""

import importlib

import keras

_COMPILING_BACKENDS = ("tensorflow", "jax")


def choose_path(
    cell, loop: str, unroll: bool, gradient_checkpoint_every: int | None
) -> str:
    """How a cell is run where one of ``IMPLEMENTATIONS`` is asked for."""
    if not says_project_and_step(cell):
        return "keras"
    if loop in ("projected", "keras"):
        return loop
    if unroll or not _compiles():
        return "projected"
    if loop == "scan" and hasattr(cell, "coefficients"):
        return "scan"
    return "compiled" if gradient_checkpoint_every is None else "recomputed"


def make_loop(
    path: str, cell, zero_output_for_mask: bool, gradient_checkpoint_every: int | None
):
    """The loop of a path, on the backend that runs."""
    modules = f"seqtasks.recurrence.{keras.backend.backend()}_"
    if path == "scan":
        return importlib.import_module(f"{modules}parallel").ParallelLoop(cell)
    if path == "recomputed":
        segments = importlib.import_module(f"{modules}segments")
        return segments.SegmentedLoop(
            cell, zero_output_for_mask, gradient_checkpoint_every
        )
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
