"""The small files that hold X-rays beside their runs.

Neither TensorFlow nor Keras is imported: ``seqtasks report`` reads these files.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from seqtasks.analysis.record_files import read_each, record_of
from seqtasks.analysis.xray_record import SCHEMA_VERSION, XRay, curves
from seqtasks.files import write_file

# a hundred lags and forty positions take a few kilobytes
_LARGEST = 2**20
_FILE_NAME = re.compile(r"\w[\w.-]*\.layer\d+\.json")


def xray_path(folder: Path, run: str, layer: int) -> Path:
    """Where the X-ray of a layer of a run is, in a folder of results."""
    return folder / "xray" / f"{run}.layer{layer}.json"


def write_xray(folder: Path, xray: XRay) -> Path:
    """Writes an X-ray beside its run, whole or not at all; replaces an earlier one."""
    path = xray_path(folder, xray.run, xray.layer)
    write_file(
        path,
        xray.to_json() + "\n",
        "Copy the results to a folder that can be written to, and name it with "
        "--results.",
    )
    return path


def read_xrays(folder: Path, runs: Iterable[str]) -> tuple[list[XRay], list[str]]:
    """The stored X-rays of runs, which may be anyone's.

    Args:
        folder: Folder of results.
        runs: Names of the runs; X-rays of others are left aside.

    Returns:
        The X-rays, by run and layer, and a sentence for each damaged file.
    """
    known, found = set(runs), []

    def read(path: Path, text: str) -> None:
        xray = from_text(text)
        if xray_path(folder, xray.run, xray.layer) != path:
            raise ValueError(f"it is of layer {xray.layer} of the run {xray.run!r}")
        found.append(xray)

    damaged = read_each(
        (
            path
            for path in sorted((folder / "xray").glob("*.json"))
            if _FILE_NAME.fullmatch(path.name)
            and path.name.rpartition(".layer")[0] in known
        ),
        folder,
        largest=_LARGEST,
        what="an X-ray",
        whole="a whole X-ray",
        read=read,
    )
    return found, damaged


def from_text(text: str) -> XRay:
    """The X-ray of a file's text.

    Raises:
        ValueError: If the text is no X-ray of this schema; the message names why.
    """
    xray: XRay = record_of(text, XRay, SCHEMA_VERSION, "seqtasks xray")
    for name, curve in curves(xray).items():
        parts = (curve.middle, curve.low, curve.high)
        if not curve.at or any(len(part) != len(curve.at) for part in parts):
            raise ValueError(f"the lists of {name} are empty or not of one length")
    if len(xray.radius.edges) != len(xray.radius.counts) + 1:
        raise ValueError("the histogram of radius has no bound for each bin")
    return xray
