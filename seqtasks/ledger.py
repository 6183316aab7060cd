"""The ledger: each look at a test split, written down before it is taken."""

import dataclasses
import json
import os
import stat
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from seqtasks import strict_json
from seqtasks.errors import SeqtasksError, UsageError
from seqtasks.files import check_inside, check_readable
from seqtasks.result import Result
from seqtasks.schema import from_data
from seqtasks.store import Store

NAME = "looks.jsonl"

# more than a hundred thousand looks
_LARGEST = 2**26

# a test split: the task's name and the data's fingerprint
TestSplit = tuple[str, str]


class LookNotWrittenError(SeqtasksError):
    """A look at a test split could not be written down, and so was not taken."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Look:
    """One look at a test split.

    Args:
        time: When, in UTC, as in ISO 8601.
        task: The task's name.
        fingerprint: The hash of the task's data.
        run: The run that looked, or a name for a model's file.
        cell: The cell, or the model's file.
    """

    time: str
    task: str
    fingerprint: str
    run: str
    cell: str


@dataclasses.dataclass(frozen=True)
class Ledger:
    """The looks of a folder of results, one line each; lines are only ever added.

    Many processes may write into one ledger at once: a line is one write to the end of
    the file.

    Args:
        folder: The folder of results.
    """

    folder: Path

    @property
    def path(self) -> Path:
        """Where the looks are."""
        return self.folder / NAME

    def write(self, *, task: str, fingerprint: str, run: str, cell: str) -> Look:
        """Writes a look down, so that it is on the disk when this returns.

        To be called before the split is scored: a process that is killed while it
        scores has looked. What cannot be written down must not be taken, because a
        look cannot be undone, and a score that nothing counts is worth less than none;
        the weights stay, so that the split can be scored later.

        Raises:
            LookNotWrittenError: If it could not be written.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        look = Look(time=now, task=task, fingerprint=fingerprint, run=run, cell=cell)
        line = f"{json.dumps(dataclasses.asdict(look))}\n".encode()
        try:
            self._append(line)
        except OSError as error:
            raise LookNotWrittenError(
                f"The test split was not looked at, because the look could not be "
                f"written to {self.path}: {error.strerror}. Make that file writable "
                f"and run again."
            ) from error
        return look

    def read(self) -> tuple[list[Look], list[str]]:
        """All looks, and a sentence for each line that is damaged."""
        if not os.path.lexists(self.path):
            return [], []
        try:
            check_inside(self.path, self.folder)
            check_readable(self.path, _LARGEST, "a ledger of looks")
            content = self.path.read_bytes()
        except UsageError as error:
            return [], [str(error)]
        except OSError as error:
            return [], [f"Could not read {self.path}: {error.strerror}."]
        looks, damaged = [], []
        for number, line in enumerate(content.split(b"\n"), 1):
            if not line.strip():
                continue
            try:
                looks.append(from_data(Look, strict_json.loads(line.decode())))
            except ValueError as error:
                damaged.append(f"{self.path}, line {number}, is no look: {error}.")
        return looks, damaged

    def _append(self, line: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        new = not self.path.exists()
        # no link, which could lead anywhere; no waiting for the reader of a pipe
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
        file = os.open(self.path, flags, 0o666)
        try:
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode):
                raise OSError(0, "It is no ordinary file")
            if found.st_size and os.pread(file, 1, found.st_size - 1) != b"\n":
                # the line of one who was cut off; this one must not join it
                line = b"\n" + line
            if os.write(file, line) != len(line):
                raise OSError(0, "No space left for the whole line")
            os.fsync(file)
        finally:
            os.close(file)
        if new:
            _sync_folder(self.folder)


def count_looks(
    looks: Iterable[Look], results: Iterable[Result]
) -> Mapping[TestSplit, int]:
    """How many runs looked at each test split.

    A run that was cut off and went on has looked once. A result with a test score has
    looked even if no line says so: it may be older than the ledger. A look stays when
    its result is deleted.
    """
    seen = {(look.task, look.fingerprint, look.run) for look in looks}
    seen |= {
        (result.task, result.fingerprint, result.run)
        for result in results
        if result.metrics.get("test")
    }
    counts: dict[TestSplit, int] = {}
    for task, fingerprint, _ in seen:
        counts[task, fingerprint] = counts.get((task, fingerprint), 0) + 1
    return counts


def looks_in(store: Store) -> tuple[Mapping[TestSplit, int], list[str]]:
    """The looks at each test split of a folder, and a sentence for each damaged line.

    Files of results that are damaged count nothing here.
    """
    looks, damaged = Ledger(store.folder).read()
    results, _ = store.read()
    return count_looks(looks, results), damaged


def look_line(count: int, task: str, fingerprint: str) -> str:
    """What is said after a look, as in ``look 7 at the test split of …``."""
    return f"look {count} at the test split of {task} (data {fingerprint[:8]})"


def _sync_folder(folder: Path) -> None:
    """Puts the file's name on the disk, too."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
