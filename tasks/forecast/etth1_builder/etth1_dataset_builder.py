"""The data set etth1: two years of a power transformer, hour by hour."""

import csv
from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

URL = "https://raw.githubusercontent.com/zhouhaoyi/ETDataset/main/ETT-small/ETTh1.csv"
VARIABLES = ("HUFL", "HULL", "MUFL", "MULL", "LUFL", "LULL", "OT")
_MONTH = 30 * 24
# what the literature does: months of 30 days, and what comes after 20 is not used
_PARTS = {
    "train": (0, 12 * _MONTH),
    "validation": (12 * _MONTH, 16 * _MONTH),
    "test": (16 * _MONTH, 20 * _MONTH),
    "unused": (20 * _MONTH, None),
}


class Builder(tfds.core.GeneratorBasedBuilder):
    """The rows of the file, in their order, in the splits of the literature."""

    VERSION = tfds.core.Version("1.0.0")
    # else they are sought by the module's name, which the folder tasks/ does not follow
    code_path, pkg_dir_path = Path(__file__), Path(__file__).parent

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {"date": tfds.features.Text()}
                # the file's numbers are float32, with digits of float64
                | {name: tfds.features.Scalar(np.float32) for name in VARIABLES}
            ),
            homepage="https://github.com/zhouhaoyi/ETDataset",
            license="CC BY-ND 4.0",
            # a series is nothing without its order
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager):
        path = Path(dl_manager.download(URL))
        return {
            name: self._generate_examples(path, start, end)
            for name, (start, end) in _PARTS.items()
        }

    def _generate_examples(self, path: Path, start: int, end: int | None):
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        for index, row in enumerate(rows[start:end]):
            values = {name: float(row[name]) for name in VARIABLES}
            yield index, {"date": row["date"], **values}
