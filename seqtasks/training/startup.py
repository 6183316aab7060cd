"""The first import of the libraries: chooses the device, keeps log noise away.

Nothing here is imported before it is needed, so that this file itself costs nothing.
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from typing import Literal

from seqtasks.errors import UsageError

Device = Literal["auto", "cpu", "gpu"]


def start(device: Device = "auto") -> None:
    """Imports TensorFlow and Keras for a device; call it before any other does.

    Args:
        device: ``"auto"`` takes a GPU if there is one.

    Raises:
        UsageError: If a GPU was asked for and there is none that can be used.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        os.environ["JAX_PLATFORMS"] = "cpu"
    with _stderr_held_back():
        import keras
        import tensorflow as tf

        if keras.backend.backend() == "jax":
            import jax

            # the accelerator is for JAX; TensorFlow feeds it from the processor
            tf.config.set_visible_devices([], "GPU")
            accelerated = jax.default_backend() == "gpu"
        else:
            accelerated = bool(tf.config.list_physical_devices("GPU"))
    if device == "gpu" and not accelerated:
        raise UsageError(
            "Expected a GPU, as --device gpu asks for; none can be used here. "
            "Leave --device out to train on the processor, or install the GPU build "
            "with `pip install 'seqtasks[gpu]'`."
        )


@contextlib.contextmanager
def _stderr_held_back() -> Iterator[None]:
    """Holds back what C++ code writes to standard error; shows it after a failure.

    TensorFlow prints some lines at import whatever its log level is.
    """
    sys.stderr.flush()
    original = os.dup(2)
    with tempfile.TemporaryFile() as held:
        os.dup2(held.fileno(), 2)
        try:
            yield
        except Exception:
            held.seek(0)
            os.write(original, held.read())
            raise
        finally:
            os.dup2(original, 2)
            os.close(original)
