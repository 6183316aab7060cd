"""Baselines computed once: a small file beside the results, by all they depend on.

Every cell and seed of a task has the same baselines, and some take minutes. A file is
used only where the very same number would be computed: its key holds the data's
fingerprint, the task with its version and options, the text of the code that computes
them, the versions of libraries, and the processor.
"""

import dataclasses
import hashlib
import importlib
import importlib.metadata
import inspect
import json
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

import seqtasks
from seqtasks.errors import UsageError
from seqtasks.files import check_readable, from_data, parse_json, replacing
from seqtasks.registry import Entry
from seqtasks.task import Baseline
from seqtasks.training.display import Display
from seqtasks.training.machine import device_name, versions
from seqtasks.training.state import keras_generators

# what is computed sooner is not worth a file
_WORTH_SECONDS = 0.1

_LARGEST_FILE = 2**20

# what computes baselines, beside the packages of which every result names the version
_LIBRARIES = ("scipy", "scikit-learn", "pandas", "soundfile", "mir_eval")
_ROOMS = ("baselines", "data")


@dataclasses.dataclass(frozen=True)
class _File:
    """What a file of the cache holds; ``digest`` is of the two others."""

    key: str
    baselines: tuple[Baseline, ...]
    digest: str


def baselines_of(
    entry: Entry,
    about: dict[str, Any],
    compute: Callable[[], tuple[Baseline, ...]],
    results: Path,
    display: Display,
) -> tuple[Baseline, ...]:
    """The baselines of a task: those that were computed before, or computed now.

    Args:
        entry: Entry of the task.
        about: The task's version and options and the data's fingerprint.
        compute: Function that computes the baselines.
        results: Folder of the results; files are in its folder ``baselines``.
        display: Receives an event when they are computed, and a sentence about a
            damaged file or a disk that is full.
    """
    key = _digest({**about, **_code_and_machine(entry)})
    path = results / "baselines" / f"{entry.name}-{key[:16]}.json"
    found = _read(path, key, display)
    if found is not None:
        return found
    display.computing_baselines(entry.name)
    drawn = _generators()
    start = time.perf_counter()
    baselines = compute()
    seconds = time.perf_counter() - start
    # those that draw from a global generator are other numbers in each run
    if seconds >= _WORTH_SECONDS and _generators() == drawn:
        _write(path, key, baselines, display)
    return baselines


def _read(path: Path, key: str, display: Display) -> tuple[Baseline, ...] | None:
    if not path.exists():
        return None
    try:
        check_readable(path, _LARGEST_FILE, "a file of baselines")
        file = from_data(_File, parse_json(path.read_text(encoding="utf-8")))
        if file.key != key or file.digest != _digest([key, *map(_row, file.baselines)]):
            raise ValueError("its contents are not those that were written")
    except (OSError, ValueError, UsageError) as error:
        display.message(
            f"The baselines in {path} are damaged ({error}); they are computed again."
        )
        return None
    return file.baselines


def _write(
    path: Path, key: str, baselines: tuple[Baseline, ...], display: Display
) -> None:
    rows = [_row(baseline) for baseline in baselines]
    data = {"key": key, "baselines": rows, "digest": _digest([key, *rows])}
    try:
        # strict JSON has no number that is not finite: such baselines are not kept
        text = json.dumps(data, indent=1, allow_nan=False)
        with replacing(path) as temporary:
            temporary.write_text(f"{text}\n", encoding="utf-8")
    except ValueError:
        return
    except OSError as error:
        display.message(
            f"Could not keep the baselines in {path}: {error.strerror}. They are "
            f"computed again the next time."
        )


def _row(baseline: Baseline) -> dict[str, Any]:
    # a NumPy number is written as Python's, which is the same
    return {**dataclasses.asdict(baseline), "value": float(baseline.value)}


def _code_and_machine(entry: Entry) -> dict[str, Any]:
    """The code that computes a task's baselines, and what it runs on."""
    known = versions()
    for name in _LIBRARIES:
        try:
            known[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    digest = hashlib.sha256()
    for path in _sources(entry):
        if not path.is_file():  # a folder or a pipe of this name
            continue
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return {
        "task": entry.name,
        "reference": entry.reference,
        "code": digest.hexdigest(),
        "versions": known,
        "machine": [device_name(), keras.backend.backend()],
    }


def _sources(entry: Entry) -> Iterator[Path]:
    """The files of a task's folder, and of the rooms that tasks share."""
    place = entry.reference.rpartition(":")[0]
    if place.endswith(".py"):
        # what a file of one's own may import lies beside it
        yield from sorted(Path(place).parent.glob("*.py"))
    else:
        file = inspect.getfile(importlib.import_module(place))
        yield from sorted(Path(file).parent.rglob("*.py"))
    package = Path(seqtasks.__file__).parent
    for room in _ROOMS:
        yield from sorted((package / room).rglob("*.py"))


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _generators() -> list[Any]:
    """The states of the global generators; Keras' layers are seeded by Python's."""
    of_numpy = np.random.get_state(legacy=False)["state"]
    of_keras = [one.state.numpy().tobytes() for one in keras_generators()]
    return [random.getstate(), of_numpy["key"].tobytes(), of_numpy["pos"], of_keras]
