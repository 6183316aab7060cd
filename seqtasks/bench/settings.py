"""What is measured beside what, with which model, and for how long."""

import dataclasses
import importlib.util
from collections.abc import Mapping
from typing import Any

from seqtasks.errors import UsageError
from seqtasks.options import require
from seqtasks.registry import nearest

SYMBOLS = 65
EMBEDDING = 64
PRODUCT_SIZE = 2048
REPETITION_SECONDS = 0.5

OURS = "seqtasks"
UNMASKED = "unmasked"
FLOAT32 = "float32"
AGAINST = ("keras", "keras_rnn", "compiled", "torch", "torchrecurrent", "ncps")
# as they were called before
_EARLIER = {"loop": "keras_rnn", "sequential": "compiled"}
RUNNER, BARE = "runner", "bare loop"
# of two runs after each other; the second has what the first has kept
FIRST_RUN, LATER_RUN = "first run", "later run"
# the parts of the way to the first step, one after the other, and all of it
IMPORTS, PREPARATION = "imports", "data, model, baselines"
TO_FIRST_STEP, ALL = "compiling, first step", "all"

KERAS_LAYERS = {
    "elman": "SimpleRNN",
    "keras_simple_rnn": "SimpleRNN",
    "lstm": "LSTM",
    "keras_lstm": "LSTM",
    "gru": "GRU",
    "keras_gru": "GRU",
}
TORCH_LAYERS = {"elman": "RNN", "lstm": "LSTM", "gru": "GRU"}
# cells of ours that PyTorch has no layer of
TORCHRECURRENT_LAYERS = {
    "janet": "JANET",
    "ind_rnn": "IndRNN",
    "lem": "LEM",
    "fast_grnn": "FastGRNN",
    "ugrnn": "UGRNN",
    "peephole_lstm": "PeepholeLSTM",
    "co_rnn": "coRNN",
}
NCPS_LAYERS = {"cfc": "CfC"}
# where each is, and what its layers take
OF_PYTORCH = {
    "torch": ("torch.nn", TORCH_LAYERS),
    "torchrecurrent": ("torchrecurrent", TORCHRECURRENT_LAYERS),
    "ncps": ("ncps.torch", NCPS_LAYERS),
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class BenchSettings:
    """What is measured: the model embedding(64) → cell → dense(65).

    Args:
        units: Width of the state.
        batch_size: Sequences a step.
        sequence_length: Time steps of a sequence; the largest, if lengths vary.
        min_length: Smallest number of time steps of a sequence, the number being
            drawn uniformly; ``None`` for sequences of one length and no mask.
        implementation: How to run the recurrent layer, one of
            :data:`seqtasks.recurrence.IMPLEMENTATIONS`.
        precision: Keras' dtype policy, one of :data:`seqtasks.recurrence.PRECISIONS`.
        device: ``"auto"``, ``"cpu"`` or ``"gpu"``.
        repetitions: Number of rounds.
        steps: Steps a repetition; ``None`` for as many as take about half a second.

    Raises:
        UsageError: If a value is out of range.
    """

    units: int = 256
    batch_size: int = 64
    sequence_length: int = 128
    min_length: int | None = None
    implementation: str = "auto"
    precision: str = "float32"
    device: str = "auto"
    repetitions: int = 7
    steps: int | None = None

    def __post_init__(self):
        for field in ("units", "batch_size", "sequence_length", "repetitions", "steps"):
            value = getattr(self, field)
            if not (field == "steps" and value is None):
                option = f"--{field.replace('_', '-')}"
                require(value >= 1, option, value, "an integer of at least 1")
                most = f"an integer of at most {_MOST:,}"
                require(value <= _MOST, option, value, most)
        if self.min_length is not None:
            require(
                1 <= self.min_length <= self.sequence_length,
                "--lengths",
                self.min_length,
                f"an integer from 1 to the sequence length, {self.sequence_length}",
            )


# of any of them; what no machine could measure is refused before it tries
_MOST = 2**20


@dataclasses.dataclass(frozen=True, kw_only=True)
class TaskSettings:
    """Which epoch is measured, and how often.

    Args:
        task: A task's name or path.
        cell: A cell's name or path; ``None`` for the task's default.
        options: Values of the task's options.
        units: Width of the state; ``None`` for the task's default.
        batch_size: Examples a step; ``None`` for the task's default.
        device: ``"auto"``, ``"cpu"`` or ``"gpu"``.
        repetitions: Number of rounds.
        steps: Batches of the epoch; ``None`` for all.

    Raises:
        UsageError: If a value is out of range.
    """

    task: str
    cell: str | None = None
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    units: int | None = None
    batch_size: int | None = None
    device: str = "auto"
    repetitions: int = 7
    steps: int | None = None

    def __post_init__(self):
        for field, least in (("repetitions", 1), ("steps", 2)):
            value = getattr(self, field)
            if value is not None:
                expected = f"an integer of at least {least}"
                require(value >= least, f"--{field}", value, expected)
                most = f"an integer of at most {_MOST:,}"
                require(value <= _MOST, f"--{field}", value, most)


def parse_against(text: str) -> tuple[str, ...]:
    """The models of a list with commas, each once.

    Raises:
        UsageError: If one is unknown, or needs a library that is not installed.
    """
    given = (part.strip() for part in text.split(",") if part)
    names = tuple(dict.fromkeys(_EARLIER.get(name, name) for name in given))
    for name in names:
        if name not in AGAINST:
            raise UsageError(
                f"There is no model {name!r} to measure beside. "
                f"{nearest(name, AGAINST)}"
            )
    for name in names:
        if missing := missing_libraries(name):
            library = "PyTorch" if missing[0] == "torch" else missing[0]
            raise UsageError(
                f"Expected {library}, as --against {name} asks for; it is not "
                f"installed. Install it with `pip install {missing[0]}`, or leave "
                f"{name} out of --against."
            )
    return names


def missing_libraries(name: str) -> list[str]:
    """The libraries that a model of :data:`AGAINST` needs and that are missing here."""
    # ncps and torchrecurrent are written in PyTorch
    needed = ("torch", name) if name in OF_PYTORCH else ()
    return [part for part in needed if importlib.util.find_spec(part) is None]
