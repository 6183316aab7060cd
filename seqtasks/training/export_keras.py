"""Writes the trained model of a run to a ``.keras`` file that Keras alone loads."""

from pathlib import Path
from typing import Any

import keras
import numpy as np

from seqtasks.errors import UsageError
from seqtasks.files import remove_temporary, replacing
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.training.load_model import load_model
from seqtasks.training.model import SequenceModel
from seqtasks.training.model_file import as_inputs, write_model
from seqtasks.training.predict import load_run


def export_keras(
    result: Result, store: Store, path: Path, *, allow_code: bool = False
) -> None:
    """Writes the model of a run to a ``.keras`` file, and proves that it loads.

    The model has the input ``inputs``, nested as the task's are, and ``mask`` where
    sequences differ in length. Where the state is carried from window to window, its
    batch size is that of the run, and where the encoder or the head needs to know the
    number of time steps, it is the task's. The file is there only if a model that was
    loaded from it, in Keras' safe mode, gave the same predictions.

    Args:
        result: The run.
        store: Folder with its weights.
        path: Path of the file to write; there must be none yet.
        allow_code: Whether a Python file that the result names may be run.

    Raises:
        UsageError: If the file cannot be written, the weights are not there, or a part
            of the model cannot be described in such a file; the message names it.
    """
    if path.suffix != ".keras":
        raise UsageError(
            f"Expected the name of a .keras file, as in model.keras; received {path}."
        )
    if path.exists():
        raise UsageError(f"There is already a file {path}. Give another name.")
    experiment = load_run(result, store, allow_code)
    model, (features, _, _) = experiment.model, experiment.first_batch
    _check_registered(model)
    batch = keras.tree.map_structure(np.asarray, dict(features))
    remove_temporary(path)  # what an export left that was killed
    try:
        with replacing(path) as temporary:
            write_model(temporary, experiment, result)
            loaded = load_model(temporary)
            _compare(model, loaded, batch)
    except UsageError as error:
        raise UsageError(str(error).replace(str(temporary), str(path))) from None
    except Exception as error:  # any, from a layer of a person's own
        raise UsageError(
            f"The model of {result.run} was not written to {path}: "
            f"{type(error).__name__}: {error}"
        ) from error


def _check_registered(model: SequenceModel) -> None:
    """Refuses a class that a loading Keras could not find."""
    for layer in model._flatten_layers(include_self=False):
        kind = type(layer)
        own = kind.__module__.partition(".")[0] == "keras"
        if not own and ">" not in keras.saving.get_registered_name(kind):
            raise UsageError(
                f"The class {kind.__name__} is not registered with Keras, so that no "
                f".keras file with it could be loaded. Put "
                f'@keras.saving.register_keras_serializable("my_package") above it, '
                f"and give it a get_config."
            )


def _compare(model: SequenceModel, loaded: keras.Model, batch: dict[str, Any]) -> None:
    expected = model.predict_on_batch(batch)
    received = loaded.predict_on_batch(as_inputs(loaded, batch))
    if not np.allclose(expected, received, rtol=1e-5, atol=1e-6):
        raise UsageError(
            "The model that was loaded from the file does not predict what the run's "
            "does: a layer's get_config leaves out what it computes with. Nothing was "
            "written."
        )
