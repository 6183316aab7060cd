"""A run's files, carried between the machine that trains it and the one with the store.

A worker of a cluster that does not see the folder of results trains into a folder of
its own. What changes there is sent to the keeper, which alone writes the store, and
which gives a run that was cut off to the machine that goes on with it.
"""

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath

from seqtasks.errors import SeqtasksError
from seqtasks.evaluations import NAME as EVALUATIONS
from seqtasks.evaluations import Evaluation, EvaluationLog
from seqtasks.files import Lock, acquire, is_held, replacing
from seqtasks.store import Store

# a run reports how far it is once a second
_PAUSE_SECONDS = 1.0

# the studies of searches, which the machine with the store alone writes
_STUDY = ".journal"

# a row that may be gone on with
_CUT_OFF = ("running", "killed", "interrupted", "failed", "out_of_memory")


@dataclasses.dataclass(frozen=True)
class Changes:
    """What has changed in a folder of results.

    Args:
        contents: New contents of files, by path below the folder; rows come last.
        checkpoints: Names of the files that there are in the folder of each run that
            goes on.
        evaluations: All test evaluations.
    """

    contents: Mapping[str, bytes]
    checkpoints: Mapping[str, tuple[str, ...]]
    evaluations: tuple[Evaluation, ...] = ()


class Carrier(contextlib.AbstractContextManager):
    """Sends what changes in a folder, once a second and at the end.

    Args:
        folder: The folder, in which the run is the only writer.
        send: Function that takes changes to the keeper.
    """

    def __init__(self, folder: Path, send: Callable[[Changes], None]):
        self._folder, self._send = folder, send
        self._known = {path: _stamp(path) for path in self._files()}
        self._checkpoints: dict[str, tuple[str, ...]] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._carry, daemon=True)

    def __enter__(self) -> "Carrier":
        self._thread.start()
        return self

    def __exit__(self, *_) -> None:
        self._ended.set()
        self._thread.join()
        self.send()

    def send(self) -> None:
        """Sends what has changed since the last time."""
        contents: dict[str, bytes] = {}
        evaluations: tuple[Evaluation, ...] = ()
        # first the list: what is removed meanwhile stays until the next time
        found = self._files()
        for path in sorted(found, key=lambda path: path.parent == self._folder):
            # a checkpoint is removed when a newer one is there
            with contextlib.suppress(FileNotFoundError):
                stamp = _stamp(path)
                if stamp == self._known.get(path):
                    continue
                if path.name == EVALUATIONS:
                    evaluations = tuple(EvaluationLog(self._folder).read()[0])
                else:
                    name = path.relative_to(self._folder).as_posix()
                    contents[name] = path.read_bytes()
                self._known[path] = stamp
        checkpoints: dict[str, tuple[str, ...]] = {}
        for path in found:
            if path.parent.parent == Store(self._folder).checkpoints:
                run = path.parent.name
                checkpoints[run] = (*checkpoints.get(run, ()), path.name)
        if contents or evaluations or checkpoints != self._checkpoints:
            self._send(Changes(contents, checkpoints, evaluations))
        self._checkpoints = checkpoints

    def _carry(self) -> None:
        while not self._ended.wait(_PAUSE_SECONDS):
            self.send()

    def _files(self) -> list[Path]:
        """What is whole: no temporary file and no lock, which is of one machine."""
        return [
            path
            for path in self._folder.rglob("*")
            if not path.name.startswith(".")
            if path.name != "lock" and path.suffix not in (".lock", _STUDY)
            if path.is_file()
        ]


class Keeper:
    """Writes the store for workers that do not see it.

    It holds the lock of each run that one of them trains.

    Args:
        folder: Folder of the results.
    """

    def __init__(self, folder: str):
        self._store = Store(Path(folder))
        self._locks: dict[str, dict[str, Lock]] = {}
        self._begun: set[str] = set()

    def begin(self, digest: str) -> None:
        """A machine begins with the run of a command line."""
        self._begun.add(digest)

    def begun(self) -> list[str]:
        """The runs with which a machine has begun."""
        return sorted(self._begun)

    def take(
        self, digest: str, start: str, seed: int, study: str = ""
    ) -> dict[str, bytes]:
        """What a worker needs that begins a run, or goes on with it.

        Args:
            digest: The run's name by its command line.
            start: What the names of its rows begin with, as ``adding-gru-``; less where
                a file or a default is not known by name.
            seed: Its seed.
            study: Name of the study that it belongs to; empty for none.

        Returns:
            Contents of rows, checkpoints, the claim, baselines and the study, by path
            below the folder of results.
        """
        # the worker before is lost, if there was one
        self.release(digest)
        folder = self._store.folder
        found = [
            folder / "sweep" / f"{digest}.json",
            *(folder / "baselines").glob(f"{start.partition('-')[0]}*.json"),
            folder / "tune" / f"{study}{_STUDY}",
        ]
        for row in self._store.read((start,))[0]:
            if row.seed != seed:
                continue
            found.append(self._store.path(row.run))
            lock = self._store.lock_path(row.run)
            if row.status in _CUT_OFF and not is_held(lock):
                found += self._store.checkpoints_path(row.run).glob("*")
        contents = {}
        for path in found:
            if path.name != "lock" and not path.name.startswith(".") and path.is_file():
                contents[path.relative_to(folder).as_posix()] = path.read_bytes()
        return contents

    def put(self, digest: str, changes: Changes) -> None:
        """Writes what a worker sent.

        Raises:
            SeqtasksError: If another process trains the run, or a path leads out.
        """
        held = self._locks.setdefault(digest, {})
        for run in changes.checkpoints:
            if run not in held:
                lock = acquire(self._store.lock_path(run))
                if lock is None:
                    raise SeqtasksError(f"{run} is being trained by another process.")
                held[run] = lock
        if changes.evaluations:
            EvaluationLog(self._store.folder).add(changes.evaluations)
        write(self._store.folder, changes.contents)
        for run in [*held]:
            self._tidy(run, changes.checkpoints.get(run, ()))
            if run not in changes.checkpoints:
                held.pop(run).release()

    def release(self, digest: str) -> None:
        """Lets another process go on with the run of a command line."""
        for lock in self._locks.pop(digest, {}).values():
            lock.release()

    def _tidy(self, run: str, kept: tuple[str, ...]) -> None:
        """Removes checkpoints that the worker has removed."""
        folder = self._store.checkpoints_path(run)
        for path in [*folder.glob("*.safetensors"), *folder.glob("*.json")]:
            if path.name not in kept and not path.name.startswith("."):
                path.unlink()
        if not kept:
            (folder / "lock").unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # something of another's is there
                folder.rmdir()


def write(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Writes files below a folder, each whole or not at all.

    Raises:
        SeqtasksError: If a path leads out of the folder.
    """
    for name, content in contents.items():
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise SeqtasksError(f"Expected a path below a folder; received {name!r}.")
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with replacing(target) as temporary:
            temporary.write_bytes(content)


def _stamp(path: Path) -> tuple[int, int]:
    about = path.stat()
    return about.st_mtime_ns, about.st_size
