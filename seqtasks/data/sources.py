"""Where a task's examples come from: a name, a path, TensorFlow Datasets."""

from __future__ import annotations

import contextlib
import io
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from seqtasks.data import downloads
from seqtasks.errors import DataUnavailableError, UsageError
from seqtasks.registry import nearest

if TYPE_CHECKING:
    import tensorflow_datasets as tfds

T = TypeVar("T")


def choose(
    dataset: str,
    named: Mapping[str, Callable[[], T]],
    from_path: Callable[[Path], T] | None = None,
    path_is: str = "",
) -> T:
    """What the option ``dataset`` of a task stands for.

    Args:
        dataset: The option's value: a known name, or else a path.
        named: What gives the examples, by name. Only the chosen one is called.
        from_path: What gives the examples of an existing path, or ``None`` if the task
            reads none.
        path_is: What the path leads to, as in ``"a UTF-8 text file"``.

    Returns:
        What the chosen function returns.

    Raises:
        UsageError: If it is neither a known name nor an existing path.
    """
    if dataset in named:
        return named[dataset]()
    if from_path is None:
        raise UsageError(
            f"There is no data set named {dataset!r} here. {nearest(dataset, named)}"
        )
    if os.path.exists(os.path.expanduser(dataset)):
        return from_path(Path(dataset).expanduser())
    if "/" in dataset or os.sep in dataset or Path(dataset).suffix:
        raise UsageError(
            f"There is no file {dataset!r}. Expected dataset to be the path to "
            f"{path_is}, or one of {', '.join(sorted(named))}."
        )
    raise UsageError(
        f"There is no data set named {dataset!r} here. {nearest(dataset, named)} "
        f"A path to {path_is} is accepted too."
    )


def prepared(
    name: str,
    data_dir: str | os.PathLike[str] | None = None,
    licence: str = "",
    notify: Callable[[str], None] | None = None,
    needs: str = "",
) -> tfds.core.DatasetBuilder:
    """A data set of TensorFlow Datasets, downloaded and prepared if it is not yet.

    A builder of a task's own is known to it once its module has been imported.

    To call this is to ask for the data set. What is about to be downloaded is said
    first. Without a network it fails within seconds and says which files to put where;
    files that were put there are enough, and nothing is downloaded then.

    Args:
        name: The data set's name, as in ``"mnist"`` or ``"groove/full-midionly"``.
        data_dir: The folder of all data sets; ``None`` for that of TensorFlow Datasets
            (the environment variable ``TFDS_DATA_DIR``, or a folder in the home).
        licence: The terms of use, for the notice where TensorFlow Datasets states none.
        notify: Is given the notice before a download or preparation; prints it to
            stderr if ``None``.
        needs: How the addresses of the files end that this configuration of the data
            set needs; others are those of other configurations. Empty for all.

    Returns:
        The builder: ``builder.as_dataset(split="train")`` works without a network.

    Raises:
        DataUnavailableError: If a file is missing and cannot be fetched.
    """
    import tensorflow_datasets as tfds

    tfds.disable_progress_bar()
    builder = tfds.builder(name, data_dir=data_dir)
    # asking is_prepared() about a folder that does not exist logs a warning
    if builder.data_path.exists() and builder.is_prepared():
        return builder
    folder = Path(builder.data_dir_root) / "downloads"
    files = [
        file for file in downloads.files_of(builder, folder) if file.url.endswith(needs)
    ]
    missing = [file for file in files if not file.is_there()]
    _announce(builder, missing, licence, notify or _to_stderr)
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


def _announce(
    builder: tfds.core.DatasetBuilder,
    missing: list[downloads.File],
    licence: str,
    notify: Callable[[str], None],
) -> None:
    redistribution = builder.info.redistribution_info
    stated = redistribution.license if redistribution else ""
    what = (
        f"Downloading {downloads.human_size(sum(file.size for file in missing))} and "
        if missing
        else ""
    )
    notify(
        f"{what}{'preparing' if what else 'Preparing'} {builder.info.full_name}, once, "
        f"in {builder.data_dir_root}. "
        f"Licence: {stated or licence or 'none stated'}. "
        f"Homepage: {builder.info.homepage}"
    )


def _to_stderr(notice: str) -> None:
    print(notice, file=sys.stderr)
