"""Which contenders a cell has: ours, Keras', PyTorch's."""

import importlib.util
from collections.abc import Iterable, Sequence

from seqtasks.bench.settings import BenchSettings
from seqtasks.errors import UsageError
from seqtasks.registry import nearest

OURS = "seqtasks"
UNMASKED = "unmasked"
FLOAT32 = "float32"
AGAINST = ("keras", "implementation", "sequential", "torch")
RUNNER, BARE = "runner", "bare loop"

KERAS_LAYERS = {
    "elman": "SimpleRNN",
    "keras_simple_rnn": "SimpleRNN",
    "lstm": "LSTM",
    "keras_lstm": "LSTM",
    "gru": "GRU",
    "keras_gru": "GRU",
}
TORCH_LAYERS = {"elman": "RNN", "lstm": "LSTM", "gru": "GRU"}
_LAYERS = {"keras": ("Keras", KERAS_LAYERS), "torch": ("PyTorch", TORCH_LAYERS)}


def parse_against(text: str) -> tuple[str, ...]:
    """The contenders of a list with commas, each once.

    Raises:
        UsageError: If one is unknown, or is PyTorch and PyTorch is not installed.
    """
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part))
    for name in names:
        if name not in AGAINST:
            raise UsageError(
                f"There is no contender {name!r}. {nearest(name, AGAINST)}"
            )
    if "torch" in names and not is_installed("torch"):
        raise UsageError(
            "Expected PyTorch, as --against torch asks for; it is not installed. "
            "Install it with `pip install torch`, or leave torch out of --against."
        )
    return names


def is_installed(package: str) -> bool:
    """Whether a package can be imported; it is not."""
    return importlib.util.find_spec(package) is not None


def pairs(
    cells: Iterable[str], against: Sequence[str], settings: BenchSettings
) -> tuple[list[tuple[str, str]], list[str]]:
    """What is to be measured.

    Args:
        cells: Names or paths.
        against: The contenders beside ours.
        settings: Where lengths vary, the same cell without a mask is measured too;
            with a lower precision, the same cell in float32.

    Returns:
        Pairs of a cell and a contender, and a sentence for each that there is not.
    """
    found, sentences = [], []
    for cell in cells:
        found.append((cell, OURS))
        if settings.min_length is not None:
            found.append((cell, UNMASKED))
        if settings.precision != FLOAT32:
            found.append((cell, FLOAT32))
        for name in against:
            library, layers = _LAYERS.get(name, ("", {}))
            if layers and cell not in layers:
                sentences.append(f"{library} has no layer of the cell {cell}.")
            else:
                found.append((cell, name))
    return found, sentences
