"""The GPUs of this machine, shared out among runs."""

import collections
import os
import subprocess
from collections.abc import Mapping, Sequence

_SECONDS = 20.0

# neither TensorFlow nor JAX takes all the memory of a GPU that is another run's too
_SHARED = {
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}


def gpus() -> tuple[str, ...]:
    """The GPUs that a run may use, by the names that CUDA_VISIBLE_DEVICES takes.

    These are those that the variable names, as a job queue sets it, or all that
    ``nvidia-smi`` lists; none where there is neither.
    """
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        names = [name.strip() for name in given.split(",")]
        # what follows a name that is none is not seen by CUDA
        end = next((i for i, name in enumerate(names) if name in ("", "-1")), None)
        return tuple(names[:end])
    words = ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"]
    try:
        listed = subprocess.run(
            words, check=True, capture_output=True, text=True, timeout=_SECONDS
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(line.strip() for line in listed.splitlines() if line.strip())


class Shares:
    """Which GPU each run has: the one that the fewest have.

    Args:
        names: Names of the GPUs; none for runs on the processor.
        jobs: Number of runs at once; with more than there are GPUs, several share one.
    """

    def __init__(self, names: Sequence[str], jobs: int):
        self._used = collections.Counter(dict.fromkeys(names, 0))
        self._are_shared = jobs > len(self._used)

    def take(self) -> tuple[str, Mapping[str, str]]:
        """A GPU for a run, and the variables of its environment; none without GPUs."""
        if not self._used:
            return "", {}
        name = min(self._used, key=self._used.__getitem__)
        self._used[name] += 1
        shared = _SHARED if self._are_shared else {}
        return name, {"CUDA_VISIBLE_DEVICES": name, **shared}

    def give_back(self, name: str) -> None:
        """Lets another run have it."""
        if name:
            self._used[name] -= 1
