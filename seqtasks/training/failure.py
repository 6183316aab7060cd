"""How and why a run failed, in a word and in a sentence or two."""

import re

import tensorflow as tf

from seqtasks.result import Status

# How XLA refuses an operation that it has no code for; TensorFlow has no class for it.
_NOT_COMPILED = re.compile(
    r"unsupported operations when trying to compile graph \S+ on \S+: "
    r"(?P<operation>\w+)"
)


# XLA's word for it, on any backend; JAX has no class for it
_EXHAUSTED = "RESOURCE_EXHAUSTED"


def status_of(error: Exception) -> Status:
    """``out_of_memory`` or ``failed``.

    Args:
        error: What training raised.
    """
    kinds = (MemoryError, tf.errors.ResourceExhaustedError)
    exhausted = isinstance(error, kinds) or _EXHAUSTED in str(error)
    return "out_of_memory" if exhausted else "failed"


def reason_of(error: Exception) -> str:
    """The first line of what an error says; what to do, where that is known.

    Args:
        error: What training raised.
    """
    refused = _NOT_COMPILED.search(str(error))
    if refused:
        return (
            f"Expected a cell that XLA can compile; it has no code for the operation "
            f"{refused['operation']}. Run with --implementation projected, which compiles "
            f"nothing, or write the step with keras.ops."
        )
    line = str(error).strip().partition("\n")[0]
    return f"{type(error).__name__}: {line}"
