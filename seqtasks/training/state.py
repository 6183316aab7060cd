"""TrainState, and all else that training changes: variables and random generators."""

import dataclasses
import random
from typing import Any

import keras
import msgspec
import numpy as np

from seqtasks.result import Status
from seqtasks.training.devices import fits, is_replicated, read, write

_NUMPY_KEY = "numpy_random"


class StateError(Exception):
    """A state is not of this model; the message gives the reason."""


@dataclasses.dataclass
class TrainState:
    """How far a run has come; it is whole at any moment that the run may be cut off.

    Attributes:
        status: How the run ended.
        reason: Why it did not finish, or stopped early, in a sentence.
        epoch: The epochs that are trained and validated.
        step: The steps taken of the epoch after them.
        history: One entry an epoch that is trained.
        best_epoch: The epoch, counted from 1, with the best validation; 0 before any.
        best_scores: Its metrics on the validation split.
        train_scores: The metrics of the epoch's training batches so far, each taken
            with the weights of its step.
        best_loss: Its loss on the validation split; ``None`` if it is not finite.
        best_weights: Its weights.
        steps: Training steps taken.
        last_loss: The last training loss that was finite; ``None`` before any.
        time_steps: Time steps trained on, padding not counted.
        train_seconds: Wall-clock spent on training steps.
        epoch_seconds: The part of it that was spent on the epoch that goes on.
        budget_seconds: The part of it that counts against ``Settings.seconds``.
        seconds: Wall-clock of training and validation.
        resumed: How often the run was cut off and went on.
    """

    status: Status = "finished"
    reason: str = ""
    epoch: int = 0
    step: int = 0
    history: list[dict[str, float]] = dataclasses.field(default_factory=list)
    best_epoch: int = 0
    best_scores: dict[str, float] = dataclasses.field(default_factory=dict)
    train_scores: dict[str, float] = dataclasses.field(default_factory=dict)
    best_loss: float | None = None
    best_weights: list[np.ndarray] | None = None
    steps: int = 0
    last_loss: float | None = None
    time_steps: float = 0.0
    train_seconds: float = 0.0
    epoch_seconds: float = 0.0
    budget_seconds: float = 0.0
    seconds: float = 0.0
    resumed: int = 0

    @property
    def trained(self) -> bool:
        """Whether the epoch that goes on is trained, and only not yet validated."""
        return len(self.history) > self.epoch

    @property
    def place(self) -> str:
        """Where it is, as in ``in epoch 3 at step 120, training loss 2.3100``."""
        if not self.steps:
            return "before the first step"
        # the epoch of the last step, though the next may have been begun
        epoch = len(self.history) + (self.step > 0 and not self.trained)
        return f"in epoch {epoch} at step {self.steps}, {self.loss}"

    @property
    def loss(self) -> str:
        """The last loss, as in ``training loss 2.3100``."""
        if self.last_loss is None:
            return "no training loss was finite"
        return f"training loss {self.last_loss:.4f}"

    def to_data(self) -> dict[str, Any]:
        """All but the weights and how it ended, as JSON has it."""
        data = dataclasses.asdict(dataclasses.replace(self, best_weights=None))
        # a run that goes on has not ended, whatever its last process noted
        for name in ("status", "reason", "best_weights"):
            del data[name]
        return data

    @classmethod
    def from_data(
        cls, data: dict[str, Any], best_weights: list[np.ndarray] | None
    ) -> "TrainState":
        """What :meth:`to_data` gave.

        Raises:
            StateError: If a field is missing, unknown or of another type.
        """
        kinds = {field.name: field.type for field in dataclasses.fields(cls)}
        if not isinstance(data, dict) or {*data} != {*cls().to_data()}:
            raise StateError("its state has not the fields of one")
        try:
            values = {
                name: msgspec.convert(value, kinds[name])
                for name, value in data.items()
            }
        except msgspec.ValidationError as error:
            raise StateError(f"its state is damaged: {error}") from error
        return cls(**values, best_weights=best_weights)


def capture(model: keras.Model) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The variables of a compiled model in training, and the global generators.

    That is the weights, carried states, seeds of dropout, the optimizer's variables,
    the partial sums of the metrics, and the generators of Python, NumPy and Keras. What
    stands in none of them, as the generators of ``tf.random``, is not restored.

    Returns:
        What JSON can hold, and arrays by name.
    """
    sync_variables(model)
    version, words, gauss = random.getstate()
    numpy_state = np.random.get_state(legacy=False)
    arrays = {_NUMPY_KEY: np.array(numpy_state["state"]["key"])}  # (624,)
    counts = {}
    for group, variables in _groups(model).items():
        counts[group] = len(variables)
        for index, variable in enumerate(variables):
            # a copy: the buffer may be overwritten by the next step
            arrays[_key(group, index)] = read(variable)
    return {
        "variables": counts,
        "python_random": [version, list(words), gauss],
        "numpy_random": {
            "bit_generator": numpy_state["bit_generator"],
            "pos": int(numpy_state["state"]["pos"]),
            "has_gauss": int(numpy_state["has_gauss"]),
            "gauss": float(numpy_state["gauss"]),
        },
    }, arrays


def restore(
    model: keras.Model, data: dict[str, Any], arrays: dict[str, np.ndarray], batch
) -> None:
    """Puts what :func:`capture` returned back; all of it, or nothing.

    Args:
        model: A compiled model of the same structure.
        data: The first value that ``capture`` returned.
        arrays: The second.
        batch: Inputs, targets and weights of one batch, by which the variables are made
            that a model has only when it trains.

    Raises:
        StateError: If it is not the state of such a model.
    """
    # A model has the optimizer's and the metrics' variables only once it trains; they
    # must be there to be compared and assigned.
    build_for_training(model, *batch)
    if data["variables"].get("keras_random"):
        keras_generators(make=True)
    groups = _groups(model)
    # Everything is compared before anything is assigned: a checkpoint of other code
    # must not leave half of itself behind in a model that then begins anew.
    for group, count in data["variables"].items():
        here = len(groups.get(group, ()))
        if count != here:
            raise StateError(f"it has {count} {group} variables, this model {here}")
    pairs = [
        (variable, arrays[_key(group, index)])
        for group, variables in groups.items()
        for index, variable in enumerate(variables)
        if group in data["variables"]
    ]
    for variable, value in pairs:
        if not fits(variable, value):
            raise StateError(
                f"it has {value.dtype.name} of the shape {value.shape} for "
                f"{variable.path}, which is {variable.dtype} of the shape "
                f"{tuple(variable.shape)}"
            )
    version, words, gauss = data["python_random"]
    of_python = (version, tuple(words), gauss)
    of_numpy = data["numpy_random"]
    of_numpy = {
        **of_numpy,
        "state": {"key": arrays[_NUMPY_KEY], "pos": of_numpy["pos"]},
    }
    # tried on generators that nobody uses: they refuse what no generator was in
    random.Random().setstate(of_python)
    np.random.RandomState().set_state(of_numpy)
    for variable, value in pairs:
        write(variable, value)
    # After the variables: making them above has drawn random numbers.
    random.setstate(of_python)
    np.random.set_state(of_numpy)


def build_for_training(model: keras.Model, inputs, targets, weights) -> None:
    """Makes the variables that Keras makes in the first step of training.

    A carried state is that after these inputs.
    """
    model.optimizer.build(model.trainable_variables)
    predictions = model(inputs, training=False)
    if not is_replicated():  # there they are made with the model
        model.compute_metrics(inputs, targets, predictions, sample_weight=weights)
    model.reset_metrics()


def sync_variables(model: keras.Model) -> None:
    """Puts the state into the variables: within ``fit``, they are empty on JAX."""
    if hasattr(model, "jax_state_sync"):
        model.jax_state_sync()


def model_variables(model) -> list:
    """The variables that a trained model is made of: all but a carried state."""
    carried = {id(state) for state in model.carried_state}
    return [v for v in model.variables if id(v) not in carried]


def get_weights(model) -> list[np.ndarray]:
    """A copy of the values of :func:`model_variables`."""
    return [np.array(variable.numpy()) for variable in model_variables(model)]


def set_weights(model, values: list[np.ndarray]) -> None:
    """Puts values from :func:`get_weights` back."""
    for variable, value in zip(model_variables(model), values, strict=True):
        variable.assign(value)


def _groups(model) -> dict[str, list]:
    return {
        "model": model.variables,
        "optimizer": model.optimizer.variables,
        "metrics": model.metrics_variables,
        "keras_random": [one.state for one in keras_generators()],
    }


def keras_generators(make: bool = False) -> list:
    """Keras' global generator, which it makes when it is first used; else nothing."""
    # Keras has no public name for it
    from keras.src.backend.common import global_state
    from keras.src.random import seed_generator

    if make:
        return [seed_generator.global_seed_generator()]
    generator = global_state.get_global_attribute(seed_generator.GLOBAL_SEED_GENERATOR)
    return [generator] if generator is not None else []


def _key(group: str, index: int) -> str:
    return f"{group}/{index:04d}"
