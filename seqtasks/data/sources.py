"""Sources of a task's examples: a name, a path, TensorFlow Datasets."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from seqtasks.data import downloads
from seqtasks.errors import DataUnavailableError, UsageError, notice
from seqtasks.files import check_readable, nearest_files
from seqtasks.registry import nearest

if TYPE_CHECKING:
    import tensorflow_datasets as tfds

T = TypeVar("T")

_ANY_PATH = "a file or a folder"


def choose(
    dataset: str,
    named: Mapping[str, Callable[[], T]],
    from_path: Callable[[Path], T] | None = None,
    path_is: str = "",
) -> T:
    """The data that the option ``dataset`` of a task names.

    Args:
        dataset: Value of the option: a known name, or else a path.
        named: Functions that give the data, by name. Only the chosen one is called.
        from_path: Function that gives the data at an existing path; ``None`` if the
            task reads none.
        path_is: Description of the path, as in ``"a UTF-8 text file"``. Unless it has
            the word folder, a path to a folder is refused.

    Returns:
        The value of the chosen function.

    Raises:
        UsageError: If it is neither a known name nor an existing path, or the path of
            an empty file.
    """
    if dataset in named:
        return named[dataset]()
    if from_path is None:
        raise UsageError(
            f"There is no data set named {dataset!r} here. {nearest(dataset, named)}"
        )
    path = Path(os.path.expanduser(dataset))
    if os.path.exists(path):
        _check_file_or_folder(path, path_is)
        return from_path(path)
    if not named or "/" in dataset or os.sep in dataset or path.suffix:
        names = f", or one of {', '.join(sorted(named))}" if named else ""
        close = nearest_files(path)
        here = "" if path.is_absolute() else f" Relative paths begin at {Path.cwd()}."
        raise UsageError(
            f"There is no file {dataset!r}. Expected dataset to be the path to "
            f"{path_is or _ANY_PATH}{names}.{close}{here}"
        )
    raise UsageError(
        f"There is no data set named {dataset!r} here. {nearest(dataset, named)} "
        f"A path to {path_is or _ANY_PATH} is accepted too."
    )


def _check_file_or_folder(path: Path, path_is: str) -> None:
    """Refuses a pipe, an empty file, and a folder where a file is expected."""
    if not path.is_dir():
        # before any reader waits for the other end of a pipe
        check_readable(path, sys.maxsize, path_is)
        if not path.stat().st_size:
            raise UsageError(
                f"Expected {path} to be {path_is or 'a file of data'}; it is empty."
            )
    elif path_is and "folder" not in path_is:
        raise UsageError(
            f"Expected dataset to be the path to {path_is}; {path} is a folder. Name "
            f"a file in it."
        )


def prepared(
    data_set: str | type[tfds.core.DatasetBuilder],
    data_dir: str | os.PathLike[str] | None = None,
    licence: str = "",
    needs: str = "",
) -> tfds.core.DatasetBuilder:
    """A data set of TensorFlow Datasets, downloaded and prepared if it is not yet.

    Size and licence of a download are printed to stderr before it. Without a network it
    fails within seconds, with a message that names the missing files and their places;
    files that a person has put there are enough, and nothing is downloaded then.

    Args:
        data_set: Name, as in ``"mnist"`` or ``"groove/full-midionly"``, or the class of
            a task's own builder.
        data_dir: Folder of all data sets; ``None`` for that of TensorFlow Datasets (the
            environment variable ``TFDS_DATA_DIR``, or a folder in the home).
        licence: Terms of use, for the notice where TensorFlow Datasets states none.
        needs: Ending of the URLs of the files that this configuration of the data set
            needs; others belong to other configurations. Empty for all.

    Returns:
        The builder: ``builder.as_dataset(split="train")`` works without a network.

    Raises:
        DataUnavailableError: If a file is missing and cannot be downloaded.
    """
    import tensorflow_datasets as tfds

    tfds.disable_progress_bar()
    if isinstance(data_set, str):
        name, builder = data_set, tfds.builder(data_set, data_dir=data_dir)
    else:
        name, builder = data_set.name, data_set(data_dir=data_dir)
    # asking is_prepared() about a folder that does not exist logs a warning
    if builder.data_path.exists() and builder.is_prepared():
        return builder
    folder = Path(builder.data_dir_root) / "downloads"
    files = downloads.files_of(builder, folder)
    files = [file for file in files if file.url.endswith(needs)]
    missing = [file for file in files if not file.is_there()]
    notice(_notice(builder, missing, licence))
    unreachable = downloads.unreachable_hosts(file.url for file in missing)
    if unreachable:
        raise DataUnavailableError(
            f"{name} is not on this machine and {', '.join(unreachable)} cannot be "
            f"reached. {downloads.instructions(missing)}"
        )
    try:
        # it prints to stdout, which is for results
        with contextlib.redirect_stdout(io.StringIO()):
            builder.download_and_prepare(
                download_dir=folder,
                download_config=tfds.download.DownloadConfig(try_download_gcs=False),
            )
    except (OSError, tfds.download.DownloadError) as error:
        missing = [file for file in files if not file.is_there()]
        then = f" {downloads.instructions(missing)}" if missing else ""
        raise DataUnavailableError(
            f"{name} could not be prepared in {builder.data_dir_root}: {error}{then}"
        ) from error
    return builder


def _notice(
    builder: tfds.core.DatasetBuilder, missing: list[downloads.File], licence: str
) -> str:
    doing = "Preparing"
    if missing:
        size = downloads.human_size(sum(file.size for file in missing))
        doing = f"Downloading {size} and preparing"
    redistribution = builder.info.redistribution_info
    stated = redistribution.license if redistribution else ""
    return (
        f"{doing} {builder.info.full_name}, once, in {builder.data_dir_root}. "
        f"Licence: {stated or licence or 'none stated'}. "
        f"Homepage: {builder.info.homepage}"
    )
