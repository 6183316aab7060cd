"""A limit on the memory that anyone's model takes, in a process made for it.

A file of 20 kB can describe a model that fills the memory when it is made or run, and
no reading of its layers foresees all ways to do so: the system sets the limit.
Where it is reached, TensorFlow ends the process or raises an error of its own; so the
command runs in a child (``cli/bounded.py``), and a person is shown a sentence.
"""

import contextlib
import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

from seqtasks.errors import UsageError

# set for the child: the path of the model
CHILD = "SEQTASKS_MODEL_IN_CHILD"

# beside what is there already: a model's weights several times, and its outputs
_LEAST, _TIMES = 2**30, 32

# threads that load models would lift each other's limit, or keep it
_one_at_a_time = threading.RLock()

_STATUS = Path("/proc/self/status")
_IN_USE = re.compile(r"^VmData:\s+(\d+) kB", re.MULTILINE)

# words of TensorFlow, Python and C++ where there is no memory
_EXHAUSTED = ("ResourceExhausted", "MemoryError", "OOM when allocating", "bad_alloc")


def can_be_limited() -> bool:
    """Whether this system has such limits, as Linux."""
    return _STATUS.exists()


@contextlib.contextmanager
def limited_memory(path: Path, *, everywhere: bool = False) -> Iterator[None]:
    """Within it, a child that was made for the model gets so much memory and no more.

    Args:
        path: Path of the model.
        everywhere: Whether to limit a process that is no such child, too, as one that
            calls :func:`seqtasks.load_model`.

    Raises:
        UsageError: If the memory does not suffice.
    """
    wanted = everywhere or os.environ.get(CHILD)
    if not wanted or not can_be_limited() or _has_gpu():
        yield
        return
    import resource

    with _one_at_a_time:
        before = resource.getrlimit(resource.RLIMIT_DATA)
        used = _IN_USE.search(_STATUS.read_text(encoding="ascii"))
        limit = 1024 * int(used[1] if used else 0) + allowance(path)
        bounds = [one for one in before if one != resource.RLIM_INFINITY]
        resource.setrlimit(resource.RLIMIT_DATA, (min([limit, *bounds]), before[1]))
        try:
            yield
        except Exception as error:
            whole = f"{type(error).__name__}: {error}"
            if any(word in whole for word in _EXHAUSTED):
                raise too_large(path) from error
            raise
        finally:
            resource.setrlimit(resource.RLIMIT_DATA, before)


def allowance(path: Path) -> int:
    """The number of bytes that a model may take."""
    return _LEAST + _TIMES * (path.stat().st_size if path.is_file() else 0)


def too_large(path: Path) -> UsageError:
    """The error for a model that takes more than its allowance."""
    return UsageError(
        f"{path} was stopped: its model takes more than the "
        f"{allowance(path) / 2**30:.1f} GiB that are allowed for a file of its size, "
        f"or made its process end by a signal."
    )


def _has_gpu() -> bool:
    """Whether TensorFlow has a GPU, whose driver reserves far more than it uses."""
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))
