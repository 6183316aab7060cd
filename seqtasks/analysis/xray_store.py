"""The small files that hold X-rays beside their runs.

Neither TensorFlow nor Keras is imported: ``seqtasks report`` reads these files.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from seqtasks.analysis.xray_record import SCHEMA_VERSION, XRay, curves
from seqtasks.errors import UsageError
from seqtasks.files import (
    check_inside,
    check_readable,
    from_data,
    parse_json,
    write_file,
)

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
    known, found, damaged = set(runs), [], []
    for path in sorted((folder / "xray").glob("*.json")):
        run = path.name.rpartition(".layer")[0]
        if not _FILE_NAME.fullmatch(path.name) or run not in known:
            continue
        try:
            check_inside(path, folder)
            check_readable(path, _LARGEST, "an X-ray")
            xray = from_text(path.read_text(encoding="utf-8"))
            if xray_path(folder, xray.run, xray.layer) != path:
                raise ValueError(f"it is of layer {xray.layer} of the run {xray.run!r}")
            found.append(xray)
        except OSError as error:
            damaged.append(f"Could not read {path}: {error.strerror}.")
        except ValueError as error:
            damaged.append(f"{path} is not a whole X-ray: {error}.")
        except UsageError as error:
            damaged.append(str(error))
    return found, damaged


def from_text(text: str) -> XRay:
    """The X-ray of a file's text.

    Raises:
        ValueError: If the text is no X-ray of this schema; the message names why.
    """
    data = parse_json(text)
    version = data.get("schema_version") if isinstance(data, dict) else None
    if version != SCHEMA_VERSION:
        raise ValueError(
            f"it has the schema_version {version!r}, and this version of seqtasks "
            f"reads {SCHEMA_VERSION}; make it again with `seqtasks xray`"
        )
    xray: XRay = from_data(XRay, data)
    for name, curve in curves(xray).items():
        parts = (curve.middle, curve.low, curve.high)
        if not curve.at or any(len(part) != len(curve.at) for part in parts):
            raise ValueError(f"the lists of {name} are empty or not of one length")
    if len(xray.radius.edges) != len(xray.radius.counts) + 1:
        raise ValueError("the histogram of radius has no bound for each bin")
    return xray
