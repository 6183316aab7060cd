"""Data sets of recordings of TensorFlow Datasets, and what it reads them with."""

import warnings

from seqtasks.data.sources import prepared
from seqtasks.errors import UsageError


def prepared_audio(name: str, licence: str):
    """A data set of recordings of TensorFlow Datasets.

    Args:
        name: The data set's name.
        licence: The terms of use.

    Raises:
        UsageError: If it is not prepared yet, and pydub is missing, which TensorFlow
            Datasets reads recordings with.
        DataUnavailableError: See :func:`seqtasks.data.sources.prepared`.
    """
    import tensorflow_datasets as tfds

    builder = tfds.builder(name)
    if not (builder.data_path.exists() and builder.is_prepared()):
        try:
            with warnings.catch_warnings():
                # that there is no ffmpeg: WAV needs none
                warnings.simplefilter("ignore")
                import pydub  # noqa: F401
        except ImportError as error:
            raise UsageError(
                f"Preparing {name} needs pydub, which is not installed: "
                f"`pip install seqtasks[audio]`."
            ) from error
    return prepared(name, licence=licence)
