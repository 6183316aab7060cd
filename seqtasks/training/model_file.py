"""RUN.keras: the model of a run as a Keras model that knows what it was trained on.

It is a ``.keras`` file as Keras writes it, with one more member, ``seqtasks.json``: the
run's row, the task's processor of new input, and where each array of the weights stands
in the file, so that the suite reads them without building the model.
"""

import dataclasses
import io
import json
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras.src.saving import saving_lib

from seqtasks.errors import UsageError
from seqtasks.files import from_data, parse_json, replacing
from seqtasks.result import Result
from seqtasks.training.load_model import ABOUT, read_arrays_of, read_members
from seqtasks.training.model import SequenceModel
from seqtasks.training.state import model_variables

if TYPE_CHECKING:
    from seqtasks.training.experiment import Experiment

# numbers that Keras leaves out of its file, as the state of a generator of dropout
_MOST_OTHERS = 64


@dataclasses.dataclass(frozen=True)
class About:
    """What a ``.keras`` file of a run says beside the model.

    Args:
        row: The run's result, as its file has it.
        processor: The task's processor of new input: ``class`` and ``fields``; empty
            where the task must be built to have one.
        weights: Place of each array of the run's weights in the file; empty for one
            that Keras leaves out.
        others: The numbers of those that it leaves out, by their index.
        longest: Number of time steps of the longest training example; 0 if not known.
    """

    row: dict[str, Any]
    processor: dict[str, Any]
    weights: tuple[str, ...]
    others: dict[str, list[int]]
    longest: int = 0


def write_model(path: Path, experiment: "Experiment", result: Result) -> None:
    """Writes the model of a run to a ``.keras`` file, whole or not at all.

    Args:
        path: Path of the file, which is replaced.
        experiment: The run's experiment, whose model has the weights to write.
        result: The run's row.

    Raises:
        UsageError: If a variable would not be in the file.
    """
    batch = keras.tree.map_structure(np.asarray, dict(experiment.first_batch[0]))
    functional = as_functional(experiment.model, batch)
    variables = model_variables(experiment.model)
    places = places_of(functional)
    others = {}
    for index, variable in enumerate(variables):
        if id(variable) not in places:
            numbers = keras.ops.convert_to_numpy(variable)
            if not _is_small(numbers):
                raise UsageError(f"Keras leaves {variable.path} out of such a file.")
            others[str(index)] = numbers.tolist()
    about = About(
        json.loads(result.to_json()),
        experiment.stored_processor,
        tuple(places.get(id(variable), "") for variable in variables),
        others,
        int(experiment.pipeline.lengths["train"].max()),
    )
    with replacing(path) as temporary:
        functional.save(temporary)
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(ABOUT, json.dumps(dataclasses.asdict(about)))


def read_about(path: Path, members: dict[str, bytes]) -> About:
    """What a file says beside the model, which may be anyone's.

    Args:
        path: Path of the file, for messages.
        members: Its contents, by name.

    Raises:
        UsageError: If it says nothing, as a file of Keras alone, or what is none of
            this suite.
    """
    if ABOUT not in members:
        raise UsageError(
            f"{path} has no member {ABOUT}, which says what a model of seqtasks was "
            f"trained on. Give a file that `seqtasks run` or `seqtasks export` wrote; "
            f"`seqtasks score TASK {path.name}` takes any."
        )
    try:
        return from_data(About, parse_json(members[ABOUT].decode(), deepest=64))
    except ValueError as error:
        raise UsageError(
            f"{path} is not read: its member {ABOUT} is none of this suite: {error}."
        ) from None


def read_weights(path: Path) -> list[np.ndarray]:
    """The weights of a run in the order of the model's variables.

    Raises:
        UsageError: If the file is refused, or lacks one of them.
    """
    members = read_members(path)
    about = read_about(path, members)
    arrays = read_arrays_of(path, members)
    found = []
    for index, place in enumerate(about.weights):
        if place in arrays:
            found.append(arrays[place])
        elif str(index) in about.others:
            found.append(np.array(about.others[str(index)], np.int64))
        else:
            raise UsageError(f"{path} lacks the weights {place!r} of its run.")
    return found


def as_functional(model: SequenceModel, batch: dict[str, Any]) -> keras.Model:
    """The same layers as a functional model of Keras, which describes itself.

    It takes any number of time steps, unless a layer needs to know the number.

    Args:
        model: The model, with weights.
        batch: The inputs of one batch: nested arrays by name.
    """
    try:
        return _functional(model, batch, fixed_length=False)
    except Exception:  # whichever a layer raises that needs the number
        return _functional(model, batch, fixed_length=True)


def _functional(
    model: SequenceModel, batch: dict[str, Any], fixed_length: bool
) -> keras.Model:

    def as_input(part, name=None):
        # a carried state is of one batch size; else any batch and any length will do
        rows, time = part.shape[:2]
        front = (
            rows if model.carried_state else None,
            time if model.carried_state or fixed_length else None,
        )
        shape = (*front, *part.shape[2:])
        return keras.Input(batch_shape=shape, dtype=part.dtype.name, name=name)

    inputs = {
        name: keras.tree.map_structure(as_input, part)
        if keras.tree.is_nested(part)
        else as_input(part, name)
        for name, part in batch.items()
    }
    outputs = model.call(inputs, training=None)
    alone = inputs["inputs"] if len(inputs) == 1 else inputs
    return keras.Model(alone, outputs, name="model")


def as_inputs(model: keras.Model, batch: dict[str, Any]) -> Any:
    """The inputs of a batch in the form that a functional model takes."""
    whole = isinstance(model.input, dict) and "inputs" in model.input
    return batch if whole else batch["inputs"]


class _Places(saving_lib.H5IOStore):
    """Notes where Keras would write each variable, and writes nothing."""

    def __init__(self):
        super().__init__(io.BytesIO(), mode="w")
        self.found: dict[int, str] = {}

    def __setitem__(self, key, value):
        group = f"{self._h5_entry_path}/vars" if self._h5_entry_path else "vars"
        self.found[id(value)] = f"{group}/{key}"


def _is_small(numbers: np.ndarray) -> bool:
    whole = numbers.ndim == 1 and numbers.dtype.kind in "iu"
    return whole and numbers.size <= _MOST_OTHERS


def places_of(model: keras.Model) -> dict[int, str]:
    """The place in a model file of each variable, by its ``id``."""
    store = _Places()
    saving_lib._save_state(model, store, None, "", set())
    store.close()
    return store.found
