"""What a configuration takes on this machine: a small file beside the results.

A file is found by all that decides the time: the words of the run but its seed, the
text of this package and of files that they name, the machine, and the threads.
"""

import dataclasses
import hashlib
import json
import os
import statistics
from pathlib import Path
from typing import Any, Literal

from seqtasks.errors import UsageError
from seqtasks.files import check_readable, from_data, parse_json, replacing
from seqtasks.sweep.grid import Run
from seqtasks.training.machine import commit, processor

_LARGEST_FILE = 2**22
# runs whose seconds are kept, the newest last
_MOST_KEPT = 100

# of runs that were predicted from steps, on a machine that does nothing else
_LOW, _HIGH = 0.8, 1.25
# of runs that were predicted from others of the same configuration
_LOW_OF_RUNS, _HIGH_OF_RUNS = 0.9, 1.15

# variables by which the same words take another time
_VARIABLES = (
    *("KERAS_BACKEND", "XLA_FLAGS", "CUDA_VISIBLE_DEVICES", "JAX_PLATFORMS"),
    *("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"),
)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Measurement:
    """What one run of a configuration takes, as one process measured it.

    Args:
        run_key: What decides the run's numbers, with the seed of that process.
        basis: ``steps`` that were measured, or finished ``rows`` of other seeds.
        count: Number of these.
        measured_seconds: Seconds that the measuring took, which a run does not take.
        start_seconds: Seconds to the first training step and after the last file: the
            libraries' start, data, model; 0 until the process has ended.
        train_seconds: Seconds of training and validation, compiling included.
        score_seconds: Seconds of scoring the best weights.
        epochs: Number of epochs, the largest one with early stopping.
        share: Share of the epochs that is trained before training stops early.
        is_upper: Whether that share is not known, and all epochs are counted.
        peak_memory_bytes: Largest resident set of the process.
    """

    run_key: dict[str, Any]
    basis: Literal["steps", "rows"]
    count: int
    measured_seconds: float
    start_seconds: float = 0.0
    train_seconds: float
    score_seconds: float
    epochs: int
    share: float = 1.0
    is_upper: bool = False
    peak_memory_bytes: int

    @property
    def seconds(self) -> float:
        """Seconds of the whole process of a run."""
        return self.start_seconds + self.train_seconds + self.score_seconds


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ended:
    """A run of a sweep that has finished.

    Args:
        run: Name of its row.
        seed: Random seed.
        predicted: Seconds that were predicted for its process.
        seconds: Seconds that it took.
        predicted_bytes: Peak memory that was predicted.
        peak_memory_bytes: Its peak memory.
    """

    run: str
    seed: int
    predicted: float
    seconds: float
    predicted_bytes: int
    peak_memory_bytes: int


@dataclasses.dataclass(frozen=True, kw_only=True)
class Prediction:
    """What a run takes, and how sure that is.

    Args:
        seconds: Seconds of its process.
        low: Seconds that it hardly takes less than.
        high: Seconds that it hardly takes more than.
        fixed: Seconds of it that are spent on no epoch: start and scoring.
        memory: Peak memory in bytes.
        basis: Reason for it, in a few words.
    """

    seconds: float
    low: float
    high: float
    fixed: float
    memory: int
    basis: str


@dataclasses.dataclass(frozen=True, kw_only=True)
class Known:
    """All that is known of a configuration: the measurement, and runs since."""

    label: str
    measurement: Measurement
    ended: list[Ended] = dataclasses.field(default_factory=list)

    @property
    def prediction(self) -> Prediction:
        """By the median of the runs, if some have finished; else by the measurement."""
        one = self.measurement
        memory = max(
            [one.peak_memory_bytes, *(e.peak_memory_bytes for e in self.ended)]
        )
        fixed = one.start_seconds + one.score_seconds
        if self.ended:
            took = [ended.seconds for ended in self.ended]
            median = statistics.median(took)
            return Prediction(
                seconds=median,
                low=min(_LOW_OF_RUNS * median, *took),
                high=max(_HIGH_OF_RUNS * median, *took),
                fixed=fixed,
                memory=memory,
                basis=_counted(len(took), "run"),
            )
        low = _LOW if one.basis == "steps" else _LOW_OF_RUNS
        high = _HIGH if one.basis == "steps" else _HIGH_OF_RUNS
        least = low * one.seconds
        if one.is_upper:
            # an early stop may come after any epoch
            trained = one.train_seconds / max(one.epochs, 1)
            least = low * (one.start_seconds + trained + one.score_seconds)
        upper = ", all epochs counted" if one.is_upper else ""
        return Prediction(
            seconds=one.seconds,
            low=least,
            high=high * one.seconds,
            fixed=fixed,
            memory=memory,
            basis=f"{_counted(one.count, one.basis.removesuffix('s'))}{upper}",
        )


def path_of(run: Run, digest: str, folder: Path, share: tuple[int, int]) -> Path:
    """The file of a configuration, which all its seeds share.

    Args:
        run: The run of seed 0.
        digest: Digest of its command line, with the text of this package and of all
            that it names; empty where there is none, and the commit stands for it.
        folder: Folder of results.
        share: Number of threads of a run, 0 for all; number of runs at once.
    """
    about = {
        "words": run.words(),
        "digest": digest or commit(),
        "machine": processor(),
        "variables": {name: os.environ.get(name, "") for name in _VARIABLES},
        "share": share,
    }
    text = json.dumps(about, sort_keys=True)
    name = hashlib.sha256(text.encode()).hexdigest()[:24]
    return folder / "sweep" / "plan" / f"{name}.json"


def read(path: Path) -> Known | None:
    """What is known of a configuration; ``None`` for nothing, or a damaged file."""
    try:
        check_readable(path, _LARGEST_FILE, "what a configuration takes")
        return from_data(Known, parse_json(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, UsageError):
        return None


def write(path: Path, known: Known) -> None:
    """Writes what is known of a configuration."""
    kept = dataclasses.replace(known, ended=known.ended[-_MOST_KEPT:])
    with replacing(path) as temporary:
        temporary.write_text(
            json.dumps(dataclasses.asdict(kept), indent=1), encoding="utf-8"
        )


def _counted(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"
