"""The files that TensorFlow Datasets downloads: their places, and how to get them."""

from __future__ import annotations

import dataclasses
import hashlib
import socket
import threading
import time
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from seqtasks.errors import DataUnavailableError

if TYPE_CHECKING:
    import tensorflow_datasets as tfds

_SECONDS = 8.0
_PORTS = {"http": 80, "https": 443, "ftp": 21}


@dataclasses.dataclass(frozen=True)
class File:
    """One file of a data set.

    Args:
        url: Where it is downloaded from.
        path: Where TensorFlow Datasets searches for it before it downloads.
        size: Size in bytes.
        checksum: SHA-256 in hexadecimal.
        downloaded: Where TensorFlow Datasets keeps it after a download of its own.
        data_set: Name of the data set.
    """

    url: str
    path: Path
    size: int
    checksum: str
    downloaded: Path
    data_set: str

    def is_there(self) -> bool:
        """True if no download is needed.

        Raises:
            DataUnavailableError: If another file lies in its place.
        """
        from tensorflow_datasets.core.download import resource

        if self.path != self.downloaded and self.path.exists():
            self._check()
            return True
        if resource.is_locally_cached(self.downloaded):
            return True
        if self.path == self.downloaded and self.path.exists():
            self._check()
            self._write_info()
            return True
        return False

    def _check(self) -> None:
        with self.path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != self.checksum:
            raise DataUnavailableError(
                f"Expected {self.path} to be the file at {self.url} with SHA-256 "
                f"{self.checksum}; it has {found}. Fetch it again or remove it."
            )

    def _write_info(self) -> None:
        """Writes the note without which TensorFlow Datasets ignores the file."""
        from tensorflow_datasets.core import utils
        from tensorflow_datasets.core.download import checksums, resource

        name = Path(urllib.parse.urlparse(self.url).path).name
        resource.write_info_file(
            url=self.url,
            path=self.downloaded,
            dataset_name=self.data_set,
            original_fname=name,
            url_info=checksums.UrlInfo(utils.Size(self.size), self.checksum, name),
        )


def files_of(builder: tfds.core.DatasetBuilder, folder: Path) -> list[File]:
    """All files that a data set registers.

    Args:
        builder: The data set.
        folder: Folder of the downloads of all data sets.
    """
    from tensorflow_datasets.core.download import resource

    infos = builder.url_infos or {}
    shared = Counter(info.filename for info in infos.values())
    files = []
    for url, info in infos.items():
        downloaded = folder / builder.name / resource.get_dl_fname(url, info.checksum)
        # in manual/ it is found by its registered name, if it has one of its own
        has_a_name = info.filename and shared[info.filename] == 1
        path = folder / "manual" / info.filename if has_a_name else downloaded
        files.append(
            File(url, path, int(info.size), info.checksum, downloaded, builder.name)
        )
    return files


def instructions(files: Iterable[File]) -> str:
    """How to put files in place by hand."""
    lines = [
        f"  {file.path}\n    from {file.url}\n"
        f"    {file.size:,} bytes, SHA-256 {file.checksum}"
        for file in files
    ]
    return "\n".join(["Put these files there and run again:", *lines])


def unreachable_hosts(urls: Iterable[str]) -> list[str]:
    """The hosts to which no connection can be made, known within seconds."""
    hosts = {host for url in urls if (host := _host(url)) is not None}
    reached: set[tuple[str, int]] = set()
    threads = [
        threading.Thread(target=_connect, args=(host, reached), daemon=True)
        for host in hosts
    ]
    deadline = time.monotonic() + _SECONDS
    for thread in threads:
        thread.start()
    for thread in threads:
        # a name server that does not answer keeps a thread far longer than this
        thread.join(max(0.0, deadline - time.monotonic()))
    return sorted({name for name, _ in hosts - reached})


def human_size(size: int) -> str:
    """A number of bytes as a person reads it."""
    value = float(size)
    for unit in ("bytes", "KiB", "MiB"):
        if value < 1024:
            return f"{value:.4g} {unit}"
        value /= 1024
    return f"{value:.4g} GiB"


def _host(url: str) -> tuple[str, int] | None:
    """The host that must answer for a URL: its own, or that of the proxy before it."""
    parts = urllib.parse.urlparse(url)
    if parts.scheme not in _PORTS or parts.hostname is None:
        return None
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.hostname):
        parts = urllib.parse.urlparse(proxy)
    return parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 80)


def _connect(host: tuple[str, int], reached: set[tuple[str, int]]) -> None:
    try:
        socket.create_connection(host, timeout=_SECONDS).close()
    except OSError:
        return
    reached.add(host)
