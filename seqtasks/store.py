"""Reads and writes a folder of results. A file is there whole or not at all."""

import contextlib
import dataclasses
import difflib
import gc
import importlib.util
import re
import secrets
import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from seqtasks.errors import UsageError
from seqtasks.files import check_inside, check_readable, is_held, parse_json, replacing
from seqtasks.registry import nearest
from seqtasks.result import Result, from_json

# the author that a reference result has in a table
REFERENCE = "reference"

_RUN_NAME = re.compile(r"\w[\w.-]*")

# of the runs that a beginning of a name may mean
_MOST_SHOWN = 5

# a hundred thousand epochs fit
_LARGEST_RESULT = 2**24


@dataclasses.dataclass(frozen=True)
class Store:
    """A folder that holds one JSON file a run, and beside it that run's weights.

    While a run goes on, and after it was cut off, ``checkpoints/<run>`` holds its
    lock, its checkpoints, and what it is (``about.json``).

    Many processes may write into one folder at once: each run has a file of its own
    under a name that holds a random part, and a file appears in one step.

    Args:
        folder: The folder; it is made when something is written.
    """

    folder: Path

    @classmethod
    def of(cls, folder: "Store | str | Path") -> "Store":
        """The store of a folder that is given by its path, or as a store."""
        if isinstance(folder, Store):
            return folder
        return cls(Path(folder).expanduser())

    def check_writable(self) -> None:
        """Fails before a run rather than after it.

        Raises:
            UsageError: If the folder cannot be made or written to.
        """
        if self.checkpoints.is_symlink():
            # what it leads to is not the suite's to change
            raise UsageError(
                f"Expected {self.checkpoints} to be a folder within the results; it is "
                f"a link. Remove the link, or name another folder with --results."
            )
        if self.checkpoints.exists() and not self.checkpoints.is_dir():
            raise UsageError(
                f"Expected {self.checkpoints} to be a folder within the results; it is "
                f"a file. Move it away, or name another folder with --results."
            )
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe = self.folder / f".writable-{secrets.token_hex(4)}"
            probe.touch()
            probe.unlink()
        except OSError as error:
            raise UsageError(
                f"Expected a results folder that can be written to; {self.folder} "
                f"cannot: {error.strerror}. Name another with --results."
            ) from error

    def write(self, result: Result) -> Path:
        """Writes a result and returns its file's path."""
        path = self.path(result.run)
        with replacing(path) as temporary:
            temporary.write_text(result.to_json() + "\n", encoding="utf-8")
        return path

    def path(self, run: str) -> Path:
        """Where the result of a run is. The name cannot lead out of the folder."""
        return self.folder / f"{_checked(run)}.json"

    def model_path(self, run: str) -> Path:
        """Where the model of a run is, with its weights."""
        return self.folder / f"{_checked(run)}.keras"

    def predictions_path(self, run: str) -> Path:
        """Where the predictions of a run for each test example are."""
        return self.folder / f"{_checked(run)}.predictions.parquet"

    def weights_path(self, run: str) -> Path:
        """Where the weights are of a run whose model Keras cannot describe."""
        return self.folder / f"{_checked(run)}.weights.safetensors"

    def weights_file(self, run: str) -> Path:
        """Where the weights of a run are, to be read.

        Raises:
            UsageError: If it is a link that leads out of the folder.
        """
        model, alone = self.model_path(run), self.weights_path(run)
        # the last two are what runs of before left
        every = (model, alone, alone.with_suffix(".npz"))
        # a link whose end is missing is refused, and not taken for a missing file
        path = next((p for p in every if p.exists() or p.is_symlink()), model)
        check_inside(path, self.folder)
        return path

    @property
    def checkpoints(self) -> Path:
        """The folder of the folders of checkpoints, one a run."""
        return self.folder / "checkpoints"

    def checkpoints_path(self, run: str) -> Path:
        """Where the checkpoints and the lock of a run are."""
        return self.checkpoints / _checked(run)

    def lock_path(self, run: str) -> Path:
        """The file that the process that trains a run holds locked."""
        return self.checkpoints_path(run) / "lock"

    def about(self, run: str) -> dict[str, Any]:
        """The description of a run that goes on or was cut off; may be empty."""
        path = self.checkpoints_path(run) / "about.json"
        try:
            check_inside(path, self.folder)
            check_readable(path, _LARGEST_RESULT, "what a run is")
            data = parse_json(path.read_text(encoding="utf-8"))
        except (OSError, ValueError, UsageError):
            return {}
        return data if isinstance(data, dict) else {}

    def resume_command(self, run: str) -> str:
        """The command line that goes on with a run that was cut off; may be empty."""
        return _harmless(self.about(run).get("command"))

    def read(
        self, beginnings: tuple[str, ...] = ("",)
    ) -> tuple[list[Result], list[str]]:
        """All results, sorted by name, and a sentence for each file that is damaged.

        Args:
            beginnings: Beginnings of the names of those that are read; others are not.
        """
        results, damaged = [], []
        with _no_collection():
            for path in self._files():
                if not path.name.startswith(beginnings):
                    continue
                try:
                    results.append(self._read(path))
                except UsageError as error:
                    damaged.append(str(error))
        return results, damaged

    def find(self, run: str) -> Result:
        """The result of a run, by its name, the beginning of its name, or its file.

        Of several whose names begin so (:func:`named`) it is the newest that has its
        weights here, a smoke run or one step of a study only if there is no other.

        Raises:
            UsageError: If there is none, or if several begin so and none has weights.
        """
        if run.endswith(".json"):
            return _as_it_ended(read_file(Path(run)), Path(run))
        files = {path.stem: path for path in self._files()}
        found = named(run, files)
        if not found:
            raise UsageError(
                f"There is no run {run!r} in {self.folder}. {self._hint(run, files)}"
            )
        if len(found) == 1:
            return self._read(files[found[0]])
        with_weights = [name for name in found if self._has_weights(name)]
        results = self._newest_first(files[name] for name in with_weights)
        if results:
            return results[0]
        shown = self._listed(files[name] for name in found)
        raise UsageError(
            f"{run!r} begins the names of {len(found)} runs, of which none has its "
            f"weights here: {shown}. Give more of the one that you mean."
        )

    def _hint(self, run: str, files: Mapping[str, Path]) -> str:
        """What may be meant by a name that none begins with."""
        if not files:
            return "The folder holds no results yet."
        if difflib.get_close_matches(run, files, n=1):
            return nearest(run, files)
        return f"The newest: {self._listed(files.values())}."

    def _listed(self, paths: Iterable[Path]) -> str:
        """The names of a few runs, the newest first, and the number of the others."""
        paths = list(paths)
        newest = self._newest_first(paths)[:_MOST_SHOWN]
        shown = ", ".join(result.run for result in newest)
        more = len(paths) - len(newest)
        return f"{shown} and {more} more" if more > 0 else shown

    def _has_weights(self, run: str) -> bool:
        try:
            return self.weights_file(run).is_file()
        except UsageError:  # a link that leads out of the folder
            return False

    def _newest_first(self, paths: Iterable[Path]) -> list[Result]:
        """The results of files that can be read; the newest whole run first."""
        results = []
        for path in paths:
            with contextlib.suppress(UsageError):
                results.append(self._read(path))
        return sorted(
            results,
            key=lambda one: (one.limit is None, not one.purpose, one.created, one.run),
            reverse=True,
        )

    def _read(self, path: Path) -> Result:
        """The result in a file of the folder, which may be another person's."""
        check_inside(path, self.folder)
        result = read_file(path)
        if result.run != path.stem:
            raise UsageError(
                f"{path} is not read: it is the run {result.run!r}, "
                f"and a run's file has its name."
            )
        return _as_it_ended(result, path)

    def _files(self) -> list[Path]:
        """The files of results, without those that are still being written."""
        found = (path for path in self.folder.glob("*.json") if path.name[0] != ".")
        return sorted(found, key=lambda path: path.name)  # faster than by the path


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """Without the search for cycles, of which results have none.

    It would walk all that was read again and again, for half of the time.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def named(run: str, names: Collection[str]) -> list[str]:
    """Those of the names that are meant by one, or by the beginning of one.

    What ends where one of a name's parts does, as ``char_lm-gru``, is the cell ``gru``
    alone, and not ``gru_large``.
    """
    if run in names:
        return [run]
    found = [name for name in names if name.startswith(run)]
    return [name for name in found if name.startswith(f"{run}-")] or found


def reference_store() -> Store | None:
    """The folder of the results that come with the package.

    ``None`` where they are not installed, as in an editable install that is older.
    """
    spec = importlib.util.find_spec("seqtasks.reference")
    if spec is None or not spec.submodule_search_locations:
        return None
    return Store(Path(next(iter(spec.submodule_search_locations))))


def reference_results(beginnings: tuple[str, ...] = ("",)) -> list[Result]:
    """The results that come with the package, each with the author ``REFERENCE``.

    They are no one's own: a table shows them as rows apart.

    Args:
        beginnings: Beginnings of the names of those that are read; others are not.
    """
    store = reference_store()
    found, _ = store.read(beginnings) if store else ([], [])
    return [dataclasses.replace(result, author=REFERENCE) for result in found]


def new_run_name(task: str, cell: str, seed: int) -> str:
    """A name that no other run has, readable and in order of time."""
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    return f"{task}-{cell}-s{seed}-{now}-{secrets.token_hex(3)}"


def read_file(path: Path) -> Result:
    """The result in a file, as it was written.

    Raises:
        UsageError: If the file cannot be read or holds no result.
    """
    check_readable(path, _LARGEST_RESULT, "a result")
    try:
        return from_json(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"Could not read {path}: {error.strerror}.") from error
    except ValueError as error:
        raise UsageError(f"{path} is not a whole result file: {error}.") from error


def _as_it_ended(result: Result, path: Path) -> Result:
    """The result in a file; of a run that goes on no more, that it was killed."""
    if result.status != "running":
        return result
    store, run = Store(path.parent), path.stem
    named = bool(_RUN_NAME.fullmatch(run))
    if named and is_held(store.lock_path(run)):
        return result
    reason = "Its process ended unexpectedly"
    if result.reason:
        reason += f"; it was last noted {result.reason.removesuffix('.')}"
    command = store.resume_command(run) if named else ""
    reason += f". It goes on with `{command}`." if command else "."
    return dataclasses.replace(result, status="killed", reason=reason)


def _harmless(command: Any) -> str:
    """A stored command line, if it is one of this program's alone, else nothing.

    It is shown to a person who may type it, and the folder may be another person's.
    """
    try:
        words = shlex.split(command) if isinstance(command, str) else []
    except ValueError:
        return ""
    begins = words[:2] in (["seqtasks", "run"], ["seqtasks", "rerun"])
    return command if begins and shlex.join(words) == command else ""


def _checked(run: str) -> str:
    if not _RUN_NAME.fullmatch(run):
        raise UsageError(
            f"Expected a run's name of letters, digits, '.', '_' and '-'; "
            f"received {run!r}."
        )
    return run
