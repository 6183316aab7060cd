"""Evaluations on test splits, each written down before it is made."""

import contextlib
import dataclasses
import json
import os
import stat
import time
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import filelock

from seqtasks.errors import SeqtasksError, UsageError
from seqtasks.files import (
    OPEN_PLAIN,
    check_inside,
    check_readable,
    from_data,
    parse_json,
    sync_folder,
)
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.upgrade import TASKS

NAME = "test_evaluations.jsonl"

# the file's name before schema 3 of results; it is read, and no longer written
_EARLIER_NAME = "looks.jsonl"

# how often the lock of the file is tried, which others hold for a line
_MOST_TRIES, _PAUSE_SECONDS = 200, 0.01

# more than a hundred thousand evaluations
_LARGEST = 2**26

# a test split: the task's name and the data's fingerprint
TestSplit = tuple[str, str]


class EvaluationNotWrittenError(SeqtasksError):
    """A test evaluation could not be written down, and so was not made."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evaluation:
    """One evaluation on a test split.

    Args:
        time: When, in UTC, as in ISO 8601.
        task: The task's name.
        fingerprint: The hash of the task's data.
        run: The run, or a name for a model's file.
        cell: The cell, or the model's file.
    """

    time: str
    task: str
    fingerprint: str
    run: str
    cell: str


@dataclasses.dataclass(frozen=True)
class EvaluationLog:
    """The test evaluations of a folder of results, one line each; lines are only added.

    Many processes may write into one file at once: a line is one write to the end of
    the file.

    Args:
        folder: The folder of results.
    """

    folder: Path

    @property
    def path(self) -> Path:
        """Path of the file."""
        return self.folder / NAME

    @property
    def earlier_path(self) -> Path:
        """Path of the file as it was named before; it is read alone."""
        return self.folder / _EARLIER_NAME

    def write(self, *, task: str, fingerprint: str, run: str, cell: str) -> Evaluation:
        """Writes an evaluation down, so that it is on the disk when this returns.

        To be called before the split is scored: a process that is killed while it
        scores has seen it. What cannot be written down must not be made, because it
        cannot be undone, and a score that nothing counts is worth less than none; the
        weights stay, so that the split can be scored later.

        Raises:
            EvaluationNotWrittenError: If it could not be written.
        """
        now = datetime.now(UTC).isoformat(timespec="seconds")
        evaluation = Evaluation(
            time=now, task=task, fingerprint=fingerprint, run=run, cell=cell
        )
        line = f"{json.dumps(dataclasses.asdict(evaluation))}\n".encode()
        try:
            self._append(line)
        except OSError as error:
            raise EvaluationNotWrittenError(
                f"The test split was not scored, because the evaluation could not "
                f"be written to {self.path}: {error.strerror}. Make that file writable "
                f"and run again."
            ) from error
        return evaluation

    def add(self, evaluations: Iterable[Evaluation]) -> int:
        """Adds the evaluations of another folder that this one has not; their number.

        Raises:
            EvaluationNotWrittenError: If they could not be written.
        """
        known = set(self.read()[0])
        new = [one for one in dict.fromkeys(evaluations) if one not in known]
        lines = (json.dumps(dataclasses.asdict(one)) for one in new)
        try:
            if new:
                self._append("".join(f"{line}\n" for line in lines).encode())
        except OSError as error:
            raise EvaluationNotWrittenError(
                f"The test evaluations could not be added to {self.path}: "
                f"{error.strerror}. Make that file writable and merge again."
            ) from error
        return len(new)

    def read(self) -> tuple[list[Evaluation], list[str]]:
        """All evaluations, and a sentence for each line that is damaged.

        Those of an earlier ``looks.jsonl`` come first, with the present names of tasks.
        """
        evaluations, damaged = [], []
        for path in (self.earlier_path, self.path):
            try:
                content = self._content(path)
            except UsageError as error:
                damaged.append(str(error))
                continue
            for number, line in enumerate(content.split(b"\n"), 1):
                if not line.strip():
                    continue
                try:
                    one = from_data(Evaluation, parse_json(line.decode()))
                except ValueError as error:
                    damaged.append(
                        f"{path}, line {number}, is no test evaluation: {error}."
                    )
                    continue
                if path != self.path:
                    name = TASKS.get(one.task, one.task)
                    one = dataclasses.replace(one, task=name)
                evaluations.append(one)
        return evaluations, damaged

    def _content(self, path: Path) -> bytes:
        """The bytes of a file; none if it is not there."""
        if not os.path.lexists(path):
            return b""
        check_inside(path, self.folder)
        check_readable(path, _LARGEST, "a list of test evaluations")
        try:
            return path.read_bytes()
        except OSError as error:
            raise UsageError(f"Could not read {path}: {error.strerror}.") from error

    def _append(self, line: bytes) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        new = not self.path.exists()
        if self.path.is_symlink():  # which could lead anywhere
            raise OSError(0, "It is a link")
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | OPEN_PLAIN
        file = os.open(self.path, flags, 0o666)
        try:
            # Appending is one step, but on Windows; but who looks for the line of one
            # that was cut off, must not see half of one that is being written.
            with contextlib.suppress(OSError):  # a file system without locks
                _wait_for(file)
            found = os.fstat(file)
            if not stat.S_ISREG(found.st_mode):
                raise OSError(0, "It is no ordinary file")
            if found.st_size:
                os.lseek(file, -1, os.SEEK_END)
                if os.read(file, 1) != b"\n":
                    # the line of one who was cut off; this one must not join it
                    line = b"\n" + line
            if os.write(file, line) != len(line):
                raise OSError(0, "No space left for the whole line")
            os.fsync(file)
        finally:
            os.close(file)
        if new:
            sync_folder(self.folder)


def _wait_for(file: int) -> None:
    """Takes the lock of a file, or goes on without: no line waits for ever."""
    for _ in range(_MOST_TRIES):
        if filelock.lock_descriptor(file, blocking=False):
            return
        time.sleep(_PAUSE_SECONDS)


def count_evaluations(
    evaluations: Iterable[Evaluation], results: Iterable[Result]
) -> Mapping[TestSplit, int]:
    """How many runs were scored on each test split.

    A run that was cut off and went on counts once. A result with a test score
    counts even without a line: it may be older than the file. An evaluation stays
    when its result is deleted.
    """
    seen = {
        (evaluation.task, evaluation.fingerprint, evaluation.run)
        for evaluation in evaluations
    }
    seen |= {
        (result.task, result.fingerprint, result.run)
        for result in results
        if result.metrics.get("test") and not result.is_overfit
    }
    counts: dict[TestSplit, int] = {}
    for task, fingerprint, _ in seen:
        counts[task, fingerprint] = counts.get((task, fingerprint), 0) + 1
    return counts


def evaluations_in(store: Store) -> tuple[Mapping[TestSplit, int], list[str]]:
    """The evaluations of each test split, and a sentence for each damaged line.

    Files of results that are damaged count nothing here.
    """
    evaluations, damaged = EvaluationLog(store.folder).read()
    results, _ = store.read()
    return count_evaluations(evaluations, results), damaged


def evaluation_line(store: Store, task: str, fingerprint: str) -> str:
    """The line that is shown after an evaluation, as in ``test evaluation 7 of …``."""
    count = evaluations_in(store)[0][task, fingerprint]
    return f"test evaluation {count} of {task} (data {fingerprint[:8]})"
