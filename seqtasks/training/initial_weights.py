"""Initial weights from another run, to go on with more data or other options."""

import dataclasses
import hashlib
import json
from pathlib import Path
from typing import Any

import keras
import numpy as np

from seqtasks.data.damage import some
from seqtasks.errors import UsageError
from seqtasks.result import Result, from_json
from seqtasks.store import Store
from seqtasks.training.load_model import read_arrays_of, read_members
from seqtasks.training.model import SequenceModel
from seqtasks.training.model_file import as_functional, places_of, read_about
from seqtasks.training.state import model_variables

# places of a recurrent layer's weights in a model file begin so
_RECURRENT = ("layers/rnn", "layers/bidirectional")


@dataclasses.dataclass(frozen=True, eq=False)
class InitialWeights:
    """The weights of a run, for another that begins with them.

    Args:
        result: The run's row.
        arrays: The weights by their place in the model file.
        processor: The task's processor of new input, as the file has it.
    """

    result: Result
    arrays: dict[str, np.ndarray]
    processor: dict[str, Any]

    @property
    def ancestry(self) -> tuple[str, ...]:
        """The names of the runs that the weights come from, the nearest first."""
        return (self.result.run, *self.result.ancestry)

    @property
    def digest(self) -> str:
        """A hash of the weights: a run is gone on with only if it began with them."""
        digest = hashlib.sha256()
        for place in sorted(self.arrays):
            array = np.ascontiguousarray(self.arrays[place])
            digest.update(f"{place} {array.shape} {array.dtype}".encode())
            digest.update(array.tobytes())
        return digest.hexdigest()


def read_initial(run: str | Path, store: Store) -> InitialWeights:
    """The weights of a run, which may be anyone's; no code is run for them.

    Args:
        run: Name of the run or its beginning, path of its row, or of its ``.keras``
            file.
        store: Folder of results.

    Raises:
        UsageError: If there is no such run, or it left no ``.keras`` file.
    """
    path = Path(run)
    if path.suffix != ".keras":
        if path.suffix == ".json":
            store = Store(path.parent)
        path = store.weights_file(store.find(str(run)).run)
    if path.suffix != ".keras" or not path.exists():
        raise UsageError(
            f"Expected --init-from to name a run with a .keras file, as runs leave it "
            f"beside their row; {run} has none. Run its command again."
        )
    members = read_members(path)
    about = read_about(path, members)
    try:
        result = from_json(json.dumps(about.row))
    except ValueError as error:
        raise UsageError(f"{path} is not read: its row is none: {error}.") from None
    arrays = read_arrays_of(path, members)
    own = {place: arrays[place] for place in about.weights if place in arrays}
    return InitialWeights(result, own, about.processor)


def check_task(initial: InitialWeights, task: str) -> None:
    """Refuses the weights of another task.

    Raises:
        UsageError: If the run's task is another.
    """
    if initial.result.task != task:
        raise UsageError(
            f"Expected --init-from to name a run of {task}; {initial.result.run} is of "
            f"{initial.result.task}, whose inputs mean something else."
        )


def set_initial(
    model: SequenceModel,
    batch: dict[str, Any],
    initial: InitialWeights,
    cell: str,
    processor: dict[str, Any],
) -> list[str]:
    """Gives a new model the weights of a run, wherever their shapes are equal.

    Args:
        model: The model, built.
        batch: The inputs of one batch, by name.
        initial: The weights.
        cell: Name of the model's cell; another cell's recurrent weights are not taken.
        processor: The processor of the model's task, as a file has it.

    Returns:
        Sentences on what was not taken, and on what differs between the two tasks.

    Raises:
        UsageError: If nothing could be taken.
    """
    functional = as_functional(model, keras.tree.map_structure(np.asarray, batch))
    places = places_of(functional)
    taken, left = 0, []
    other_cell = initial.result.cell != cell
    for variable in model_variables(model):
        place = places.get(id(variable), "")
        if not place:
            continue  # a generator's state
        array = initial.arrays.get(place)
        shape = tuple(variable.shape)
        if array is None:
            left.append(f"{variable.path} {shape}, which it lacks")
        elif array.shape != shape:
            left.append(f"{variable.path} {shape}, there {array.shape}")
        elif other_cell and place.startswith(_RECURRENT):
            left.append(f"{variable.path}, there of {initial.result.cell}")
        else:
            variable.assign(array)
            taken += 1
    run = initial.result.run
    if not taken:
        raise UsageError(
            f"None of the weights of {run} has the shape that this model needs: "
            f"{some(left, 5)}. Give the settings of that run, as --units "
            f"{initial.result.settings.get('units')}."
        )
    sentences = [f"Begins with {taken} of the {taken + len(left)} weights of {run}."]
    if left:
        sentences.append(f"Drawn anew are {some(left)}.")
    if changed := _changed(initial.processor, processor):
        sentences.append(
            f"The data differ from those of {run} in {some(changed)}, for which its "
            f"weights were learned: what they have in common has to be learned again "
            f"where its place has changed."
        )
    return sentences


def _changed(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """The fields of two processors that differ, as vocabulary or classes."""
    fields = before.get("fields", {}), json.loads(json.dumps(now.get("fields", {})))
    return [name for name in fields[1] if fields[0].get(name) != fields[1][name]]
