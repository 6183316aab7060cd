"""What a run ran on: device, versions, the checkout's commit."""

import functools
import importlib.metadata
import os
import platform
import subprocess
from pathlib import Path

import keras
import tensorflow as tf

_VECTORS = {"avx512f": "AVX-512", "avx2": "AVX2", "avx": "AVX", "sse2": "SSE2"}


def device_name() -> str:
    """The accelerator that trains, or the processor.

    That is its name, the number of cores, and the widest vector instructions, by which
    machines of a cloud differ that share one name.
    """
    if keras.backend.backend() == "jax":
        import jax

        device = jax.devices()[0]
        if device.platform != "cpu":
            return str(device.device_kind)
    elif gpus := tf.config.get_visible_devices("GPU"):
        details = tf.config.experimental.get_device_details(gpus[0])
        return str(details.get("device_name", gpus[0].name))
    cores = _cores()
    known = (_processor(), f"{cores} core{'s' if cores > 1 else ''}", _vectors())
    return ", ".join(part for part in known if part)


def versions() -> dict[str, str]:
    """Python and the packages that a number may depend on."""
    names = ["seqtasks", "tensorflow", "keras", "tensorflow-datasets", "numpy"]
    if keras.backend.backend() != "tensorflow":
        names.append(keras.backend.backend())
    return {
        "python": platform.python_version(),
        **{name: importlib.metadata.version(name) for name in names},
    }


def commit() -> str:
    """The git commit of the checkout that this file is in, ``+`` if it was changed."""
    folder = Path(__file__).parent

    def git(*arguments: str) -> str:
        return subprocess.run(
            ["git", "-C", str(folder), *arguments],
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


def _processor() -> str:
    return _cpuinfo().get("model name") or platform.processor() or platform.machine()


def _vectors() -> str:
    """The widest vector instructions of an x86 processor; empty if not known."""
    flags = _cpuinfo().get("flags", "").split()
    return next((name for flag, name in _VECTORS.items() if flag in flags), "")


@functools.cache
def _cpuinfo() -> dict[str, str]:
    """What Linux tells of the first core."""
    try:
        text = Path("/proc/cpuinfo").read_text()
    except OSError:
        return {}
    lines = (line.partition(":") for line in text.partition("\n\n")[0].splitlines())
    return {name.strip(): value.strip() for name, _, value in lines}


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
