"""A run in a process of its own, which can be killed."""

import dataclasses
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from seqtasks.errors import SeqtasksError

_PAUSE_SECONDS = 0.002


class ChildFailedError(SeqtasksError):
    """A run that did not end as it should."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Subject:
    """The run that is killed and goes on: a small one, that many can be made of.

    Args:
        task: A task's name or path.
        cell: A cell's name or path; ``None`` for the task's default.
        options: Values of the task's options.
        units: The width of the state.
        epochs: Passes over its batches.
        limit: The number of its batches.
        every: After how many steps it writes a checkpoint.
    """

    task: str
    cell: str | None = None
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    units: int = 8
    epochs: int = 3
    limit: int = 12
    every: int = 1

    def words(self, results: Path) -> Iterator[str]:
        """The command line, without ``seqtasks``."""
        yield from ("run", self.task)
        if self.cell is not None:
            yield from ("--cell", self.cell)
        for name, value in self.options.items():
            yield from ("--set", f"{name}={value}")
        for name in ("units", "epochs", "limit"):
            yield from (f"--{name}", str(getattr(self, name)))
        yield from ("--checkpoint-every", f"{self.every} steps")
        yield from ("--results", str(results))


class Child:
    """A process that runs a subject; leaving the context kills it.

    Args:
        subject: What it runs.
        results: Where it writes.
    """

    def __init__(self, subject: Subject, results: Path):
        self._log = results.with_suffix(".log")
        command = [sys.executable, "-m", "seqtasks.cli.main", *subject.words(results)]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )
        self._start = time.monotonic()

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_) -> None:
        self.kill()

    @property
    def alive(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    @property
    def seconds(self) -> float:
        """Since its start."""
        return time.monotonic() - self._start

    def wait_for(self, happened: Callable[[], bool]) -> bool:
        """Waits until something happens; whether it did before the process ended."""
        while self.alive:
            if happened():
                return True
            time.sleep(_PAUSE_SECONDS)
        return False

    def finish(self) -> None:
        """Waits for its end.

        Raises:
            ChildFailedError: If it did not end well.
        """
        self._process.wait()
        if self._process.returncode != 0:
            said = self._log.read_text(encoding="utf-8", errors="replace").strip()
            raise ChildFailedError(
                f"Expected the run to finish; it ended with the exit code "
                f"{self._process.returncode} and said:\n{said}"
            )

    def kill(self) -> bool:
        """Sends SIGKILL; whether it was that which ended the process."""
        self._process.kill()
        self._process.wait()
        return self._process.returncode == -9
