"""Runs that are made once: which is done, which goes on, and which process has it.

A folder of results has three kinds of files in ``sweep``: ``KEY.lock``, held by the
process that trains a configuration and seed; ``WORDS.lock``, held by the process that
was given a command line; and ``WORDS.json``, what that command line came to. With the
last one a run that is done is found without reading its data.
"""

import contextlib
import dataclasses
import hashlib
import json
import os
import socket
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from seqtasks.errors import SeqtasksError, UsageError
from seqtasks.files import (
    Lock,
    acquire,
    check_readable,
    from_data,
    is_held,
    parse_json,
    replacing,
)
from seqtasks.registry import FILE_CODE
from seqtasks.result import Result
from seqtasks.store import Store

# how a run ends that is not gone on with by itself
ENDED = ("finished", "diverged", "timed_out", "failed", "out_of_memory", "pruned")

# variable by which a sweep's runs know whose they are
SWEEP = "SEQTASKS_SWEEP"

# an honest one has a few kilobytes
_LARGEST = 2**20


class BusyError(SeqtasksError):
    """Another process trains this very run."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h: try again later


@dataclasses.dataclass(frozen=True)
class Claim:
    """What a command line came to, as ``WORDS.json`` has it.

    Args:
        host: Name of the machine whose process had it last.
        pid: That process.
        sweep: The sweep that started it; empty for none.
        run_key: The experiment's ``run_key``; empty while it is not known.
        ancestry: Names of the runs with whose weights it begins.
        save_predictions: Whether it keeps a prediction of each test example.
    """

    host: str
    pid: int
    sweep: str
    run_key: dict[str, Any] = dataclasses.field(default_factory=dict)
    ancestry: tuple[str, ...] = ()
    save_predictions: bool = False


def folder(store: Store) -> Path:
    """The folder of the locks and claims."""
    return store.folder / "sweep"


def key_digest(run_key: Mapping[str, Any]) -> str:
    """The name of a configuration and seed."""
    text = json.dumps(run_key, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def take(store: Store, digest: str) -> Lock:
    """The lock of a configuration or of a command line, which one process at most has.

    A run's own lock has the run's name, which two processes that begin at one moment
    do not share. The operating system lets this one go when the process ends.

    Args:
        store: Folder of the results.
        digest: Name by :func:`key_digest`, or digest of the command line.

    Raises:
        BusyError: If another process holds it.
        UsageError: If the file system of the folder has no locks.
    """
    path = folder(store) / f"{digest}.lock"
    try:
        lock = acquire(path)
    except OSError as error:
        raise UsageError(
            f"Expected a results folder in which files can be locked, as --once needs; "
            f"{path} cannot: {error.strerror}. Name a folder on another file system "
            f"with --results."
        ) from error
    if lock is None:
        raise BusyError(
            "Another process trains this configuration with this seed. Its row is in "
            "the folder of results when it has ended."
        )
    return lock


def is_taken(store: Store, digest: str) -> bool:
    """Whether a process holds the lock of a configuration or a command line."""
    return is_held(folder(store) / f"{digest}.lock")


def write_claim(store: Store, words: str, **known: Any) -> None:
    """Notes that this process has a command line, and what is known of it.

    Args:
        store: Folder of the results.
        words: Digest of the command line, whose lock is held.
        **known: Fields of :class:`Claim`; what was noted before stays.
    """
    before = read_claim(store, words)
    here: dict[str, Any] = {
        "host": socket.gethostname(),
        "pid": os.getpid(),
        "sweep": os.environ.get(SWEEP, ""),
    }
    claim = dataclasses.replace(before or Claim("", 0, ""), **(here | known))
    with replacing(folder(store) / f"{words}.json") as temporary:
        temporary.write_text(json.dumps(dataclasses.asdict(claim)), encoding="utf-8")


def read_claim(store: Store, words: str) -> Claim | None:
    """What a command line came to; ``None`` if that is not known."""
    path = folder(store) / f"{words}.json"
    try:
        check_readable(path, _LARGEST, "what a command line came to")
        return from_data(Claim, parse_json(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, UsageError):
        return None


class Claimed(contextlib.AbstractContextManager):
    """A command line that this process has, from before it has read any data.

    Args:
        store: Folder of the results.
        words: Digest of the command line; empty if it has none.

    Raises:
        BusyError: If another process has it.
        UsageError: If the file system of the folder has no locks.
    """

    def __init__(self, store: Store, words: str):
        self._store, self._words = store, words
        self._lock: Lock | None = None
        if words:
            store.check_writable()
            self._lock = take(store, words)
            write_claim(store, words)

    def ended(self, retry: Collection[str]) -> Result | None:
        """Its row, if it is known that it has ended; see :func:`find_ended`."""
        claim = read_claim(self._store, self._words) if self._words else None
        if claim is None or not claim.run_key:
            return None
        rows, _ = self._store.read((beginning(claim.run_key),))
        return find_ended(self._store, claim, retry, rows)

    def __exit__(self, *_) -> None:
        if self._lock is not None:
            self._lock.release()


def claims(store: Store) -> Iterator[tuple[str, Claim]]:
    """All claims of a folder, by the digests of their command lines."""
    for path in sorted(folder(store).glob("*.json")):
        claim = read_claim(store, path.stem)
        if claim is not None:
            yield path.stem, claim


def find_ended(
    store: Store, claim: Claim, retry: Collection[str], rows: Iterable[Result]
) -> Result | None:
    """The row of a configuration and seed that has ended, the finished one first.

    Args:
        store: Folder of the results.
        claim: The configuration, which is known.
        retry: Statuses that do not count.
        rows: Rows among which to look, as :meth:`seqtasks.store.Store.read` gives them.

    Returns:
        The row; ``None`` if none has ended, or the finished one lacks the predictions
        that are asked for.

    Raises:
        BusyError: If a process that did not claim it trains it.
    """
    same = rows_of(claim, rows)
    for row in same:
        if row.status == "running":
            raise BusyError(f"{row.run} of this configuration is being trained.")
    ended = [row for row in same if row.status in ENDED]
    if not ended:
        return None
    last = max(ended, key=lambda row: (row.status == "finished", row.created))
    if last.status in retry:
        return None
    finished = last.status == "finished"
    if claim.save_predictions and finished:
        return last if store.predictions_path(last.run).is_file() else None
    return last


def rows_of(claim: Claim, rows: Iterable[Result]) -> list[Result]:
    """The rows of a configuration and seed, however they ended."""
    key, ancestry = claim.run_key, claim.ancestry
    return [row for row in rows if row.ancestry == ancestry and is_of(row, key)]


def beginning(run_key: Mapping[str, Any]) -> str:
    """How the names of the runs of a configuration and seed begin."""
    return f"{run_key['task']}-{run_key['cell']}-s{run_key['seed']}-"


def is_of(row: Result, run_key: Mapping[str, Any]) -> bool:
    """Whether a row is of an experiment's ``run_key``, apart from ``init_from``."""
    names = (
        *("task", "options", "cell", "cell_options", "limit", "seed"),
        *("task_version", "fingerprint", "rerun_of"),
    )
    if any(getattr(row, name) != run_key.get(name) for name in names):
        return False
    if row.purpose != run_key.get("purpose", ""):
        return False
    search = None if row.search is None else dataclasses.asdict(row.search)
    if search != run_key.get("search"):
        return False
    settings = {k: v for k, v in row.settings.items() if k != "memory_budget"}
    if settings != run_key["settings"]:
        return False
    for kind in ("task", "cell"):
        code = getattr(row, f"{kind}_code")
        digest = code.removeprefix(FILE_CODE) if code.startswith(FILE_CODE) else ""
        # a file is known by its text, wherever it lies
        reference = digest or getattr(row, f"{kind}_reference")
        if reference != (run_key[f"{kind}_file"] or run_key[f"{kind}_reference"]):
            return False
    return True


def sweep_path(store: Store, sweep: str) -> Path:
    """The file that a sweep holds locked while it goes on."""
    return folder(store) / f"{sweep}.sweep"


def left_behind(store: Store) -> list[str]:
    """The command lines that go on here and whose sweep was killed.

    They were started by a sweep of this machine that is no more. What a person or a job
    queue has started belongs to no sweep, and is not among them.

    Returns:
        The digests of the command lines, whose locks are held.
    """
    here, gone, found = socket.gethostname(), {"": False}, []
    for words, claim in claims(store):
        if claim.host != here:
            continue
        if claim.sweep not in gone:
            gone[claim.sweep] = not is_held(sweep_path(store, claim.sweep))
        if gone[claim.sweep] and is_taken(store, words):
            found.append(words)
    return found


def note_killed(store: Store, run_key: Mapping[str, Any], reason: str) -> None:
    """Writes into the row of a process that was killed by what it ended.

    The row goes on to be one of a run that was cut off, and its checkpoint stays.

    Args:
        store: Folder of the results.
        run_key: What was trained.
        reason: Reason, as in ``"Ended by SIGKILL"``.
    """
    start = beginning(run_key)
    for path in store.checkpoints.glob(f"{start}*"):
        if store.about(path.name).get("run_key") != run_key:
            continue
        with contextlib.ExitStack() as held:
            lock = acquire(store.lock_path(path.name))
            if lock is None:  # it goes on already
                continue
            held.enter_context(lock)
            rows = [row for row in store.read((path.name,))[0] if row.run == path.name]
            # this process holds the lock, so that a row "running" is not called killed
            if rows and rows[0].status == "running":
                place = rows[0].reason.removesuffix(".")
                noted = f"{reason}; it was last noted {place}." if place else reason
                row = dataclasses.replace(rows[0], status="killed", reason=noted)
                store.write(row)
