"""The implementations of the time loop, and which of them runs a cell."""

import importlib

import keras


def choose_implementation(
    cell, asked: str, unroll: bool, gradient_checkpoint_every: int | None
) -> str:
    """The implementation that runs where one of ``IMPLEMENTATIONS`` is asked for.

    ``"auto"`` takes the compiled loop; on an accelerator it takes the scan for a cell
    that is linear in its state. The scan does twice the arithmetic in far fewer steps:
    on a GPU, where a step of one batch fills a fraction of the device, steps are what
    costs; on two CPU cores it is the arithmetic.

    Args:
        cell: The cell.
        asked: One of ``IMPLEMENTATIONS``.
        unroll: ``unroll`` of the layer, for which only the ordinary loop is there.
        gradient_checkpoint_every: That of the layer. The scan has no such thing.

    Returns:
        ``"keras"``, ``"projected"``, ``"compiled"``, ``"checkpointed"`` or ``"scan"``.
    """
    if not has_project_and_step(cell):
        return "keras"
    if asked in ("projected", "keras"):
        return asked
    if unroll or not _can_compile():
        return "projected"
    if gradient_checkpoint_every is not None:
        return "checkpointed"
    if asked == "scan" or (
        asked == "auto" and is_linear(cell) and _is_on_accelerator()
    ):
        return "scan"
    return "compiled"


def check_scan(cell, gradient_checkpoint_every: int | None) -> None:
    """Refuses ``implementation="scan"`` where it would be another implementation.

    Args:
        cell: A cell, or ``keras.layers.StackedRNNCells``.
        gradient_checkpoint_every: That of the layer.

    Raises:
        ValueError: If a cell is not linear in its state, or gradient checkpointing was
            asked for as well.
    """
    if gradient_checkpoint_every is not None:
        raise ValueError(
            f"Expected no gradient checkpointing with implementation='scan', which "
            f"keeps all states; received gradient_checkpoint_every="
            f"{gradient_checkpoint_every!r}. Leave one of the two out."
        )
    for one in getattr(cell, "cells", [cell]):
        if not is_linear(one):
            raise ValueError(
                f"Expected a cell that is linear in its state for "
                f"implementation='scan', as min_gru is: one with the methods project, "
                f"step and coefficients; received {type(one).__name__}. Use "
                f"implementation='auto'."
            )


def make_loop(
    implementation: str,
    cell,
    zero_output_for_mask: bool,
    gradient_checkpoint_every: int | None,
):
    """The loop of an implementation, on Keras' backend.

    The backend's module is imported here, so that none needs the other's library.
    """
    modules = f"seqtasks.recurrence.{keras.backend.backend()}_"
    if implementation == "scan":
        return importlib.import_module(f"{modules}scan").ScanLoop()
    if implementation == "checkpointed":
        module = importlib.import_module(f"{modules}checkpointed")
        return module.CheckpointedLoop(
            cell, zero_output_for_mask, gradient_checkpoint_every
        )
    return importlib.import_module(f"{modules}loop").Loop(cell, zero_output_for_mask)


def has_project_and_step(cell) -> bool:
    """Whether a cell defines both, as a :class:`seqtasks.Cell` does."""
    return hasattr(cell, "project") and hasattr(cell, "step")


def is_linear(cell) -> bool:
    """Whether a cell is linear in its state, ``x_t = a_t x_{t-1} + b_t``."""
    return has_project_and_step(cell) and hasattr(cell, "coefficients")


def _can_compile() -> bool:
    """Whether there is a compiled loop for this backend and this call.

    On TensorFlow only where a graph is being made: eager calls are for debugging.
    """
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        return not tf.executing_eagerly()
    return keras.backend.backend() == "jax"


def can_run_in_parts(implementation: str) -> bool:
    """Whether loops over parts of a batch run side by side.

    TensorFlow runs two compiled loops of a graph on two threads. XLA runs those of one
    program, as on JAX, one after the other; and an accelerator is one device.
    """
    return (
        implementation in ("compiled", "checkpointed")
        and keras.backend.backend() == "tensorflow"
        and not _is_on_accelerator()
    )


def _is_on_accelerator() -> bool:
    """Whether a GPU or TPU is visible to the backend."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        # visible, not physical: `--device cpu` hides a GPU that is there
        return any(tf.config.get_visible_devices(kind) for kind in ("GPU", "TPU"))
    import jax

    return jax.default_backend() != "cpu"
