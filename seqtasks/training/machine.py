"""The machine: starts the libraries on a device, describes what a run ran on.

Nothing that trains is imported before it is needed, so that this file itself costs
nothing.
"""

import contextlib
import functools
import importlib.metadata
import importlib.util
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from seqtasks.errors import UsageError
from seqtasks.training.lazy_imports import (
    OPTIONAL_PARTS,
    UNUSED_WITH_TENSORFLOW,
    lazy_imports,
)

Device = Literal["auto", "cpu", "gpu"]

BACKENDS = ("tensorflow", "jax")

_VECTORS = {"avx512f": "AVX-512", "avx2": "AVX2", "avx": "AVX", "sse2": "SSE2"}


def start(device: Device = "auto") -> None:
    """Imports TensorFlow and Keras for a device; call it before any other does.

    Compiler options are chosen for the processor, unless ``XLA_FLAGS`` has some.

    Args:
        device: ``"auto"`` takes a GPU if there is one.

    Raises:
        UsageError: If a GPU was asked for and there is none that can be used, or Keras
            is to run on a backend that the suite does not know.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    hidden = () if _chosen_backend() == "jax" else UNUSED_WITH_TENSORFLOW
    if _vectors() == "AVX-512":
        # XLA's own choice is 256, with which lstm, gru and elman train slower
        os.environ.setdefault("XLA_FLAGS", "--xla_cpu_prefer_vector_width=512")
    if device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
        os.environ["JAX_PLATFORMS"] = "cpu"
    with _stderr_held_back():
        with lazy_imports(OPTIONAL_PARTS, hidden):
            import keras
            import tensorflow as tf

        # A keras.json of one's own decides no number: precision is an option here.
        keras.config.set_floatx("float32")
        keras.config.set_epsilon(1e-7)
        keras.config.set_image_data_format("channels_last")
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


def _chosen_backend() -> str:
    """The backend that Keras will choose, refused before Keras is imported."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    source = home / "keras.json"
    try:
        configured = json.loads(source.read_text()).get("backend", "")
    except (OSError, ValueError, AttributeError):
        configured = ""
    chosen = os.environ.get("KERAS_BACKEND") or configured or "tensorflow"
    if chosen not in BACKENDS:
        where = "KERAS_BACKEND" if os.environ.get("KERAS_BACKEND") else source
        raise UsageError(
            f"Keras is to run on the backend {chosen!r}, by {where}. Expected "
            f"tensorflow or jax: set the environment variable KERAS_BACKEND to one of "
            f"them."
        )
    if chosen == "jax" and importlib.util.find_spec("jax") is None:
        raise UsageError(
            "Keras is to run on JAX, which is not installed here. Install it with "
            "`pip install 'seqtasks[jax]'`, or set KERAS_BACKEND=tensorflow."
        )
    return chosen


def environment(devices: int = 1) -> dict[str, Any]:
    """What a run runs on, for its result; another one may give other bits.

    Args:
        devices: Number of devices that share each batch.
    """
    import keras

    return {
        "device": device_name(devices),
        "backend": keras.backend.backend(),
        "versions": versions(),
        "commit": commit(),
    }


def device_name(devices: int = 1) -> str:
    """The accelerator that trains, or the processor.

    That is its name, the number of cores, and the widest vector instructions, by which
    machines of a cloud differ that share one name.

    Args:
        devices: Number of devices that share each batch.
    """
    name = _one_device()
    return f"{devices} devices: {name}" if devices > 1 else name


def _one_device() -> str:
    import keras
    import tensorflow as tf

    if keras.backend.backend() == "jax":
        import jax

        device = jax.devices()[0]
        if device.platform != "cpu":
            return str(device.device_kind)
    elif gpus := tf.config.get_visible_devices("GPU"):
        details = tf.config.experimental.get_device_details(gpus[0])
        return str(details.get("device_name", gpus[0].name))
    return processor()


def processor() -> str:
    """The processor, its number of cores, and its widest vector instructions."""
    cores = _cores()
    known = (_processor(), f"{cores} core{'s' if cores > 1 else ''}", _vectors())
    return ", ".join(part for part in known if part)


def versions() -> dict[str, str]:
    """Python, the packages, and compiler options that a number may depend on."""
    import keras

    names = ["seqtasks", "tensorflow", "keras", "tensorflow-datasets", "numpy"]
    if keras.backend.backend() != "tensorflow":
        names.append(keras.backend.backend())
    return {
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in names},
        **({"XLA_FLAGS": flags} if (flags := os.environ.get("XLA_FLAGS")) else {}),
    }


def commit() -> str:
    """The git commit of the checkout that this file is in, ``+`` if it was changed."""
    folder = Path(__file__).parent

    def git(*arguments: str) -> str:
        return subprocess.run(
            # `status` would lock the index, and a commit of that moment would fail
            ["git", "--no-optional-locks", "-C", str(folder), *arguments],
            check=True,
            capture_output=True,
            text=True,
            timeout=10,
        ).stdout.strip()

    try:
        tracked = git("ls-files", "--error-unmatch", Path(__file__).name)
        head = git("rev-parse", "--short=12", "HEAD")
        # results are what a run adds to; they are not its code
        changed = git("status", "--porcelain", "--", ":/", ":(top,exclude)results")
    except (OSError, subprocess.SubprocessError):
        return ""
    return (head + ("+" if changed else "")) if tracked else ""


def peak_memory_bytes() -> int:
    """The largest resident set of this process so far.

    On Linux the kernel's own count is read: ``ru_maxrss`` also counts the process that
    started this one.
    """
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    try:
        import resource  # of POSIX alone
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak) if sys.platform == "darwin" else int(peak) * 1024


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


def _processor() -> str:
    return _cpuinfo().get("model name") or platform.processor() or platform.machine()


def _vectors() -> str:
    """The widest vector instructions of an x86 processor; empty if not known."""
    flags = _cpuinfo().get("flags", "").split()
    return next((name for flag, name in _VECTORS.items() if flag in flags), "")


@functools.cache
def _cpuinfo() -> dict[str, str]:
    """Linux' description of the first core."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return {}
    lines = (line.partition(":") for line in text.partition("\n\n")[0].splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
