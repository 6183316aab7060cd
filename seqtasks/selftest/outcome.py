"""What a run ended in, bit by bit."""

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from seqtasks.store import Store


@dataclasses.dataclass(frozen=True)
class Outcome:
    """All of a finished run that does not hang on the clock.

    Args:
        parts: By a name that a person understands.
    """

    parts: dict[str, Any]

    def differences(self, other: "Outcome") -> list[str]:
        """The names of the parts that are not the same to the bit."""
        names = {**self.parts, **other.parts}
        return [n for n in names if self.parts.get(n) != other.parts.get(n)]


def outcome_of(folder: Path) -> Outcome:
    """The outcome of the one run in a folder."""
    store = Store(folder)
    (result,), _ = store.read()
    with np.load(store.weights_path(result.run), allow_pickle=False) as file:
        weights = {
            name: (file[name].shape, file[name].tobytes()) for name in file.files
        }
    return Outcome(
        {
            **{f"weights {name}": value for name, value in weights.items()},
            **{
                f"{metric} on {split}": value.hex()
                for split, metrics in result.metrics.items()
                for metric, value in metrics.items()
            },
            **{
                f"{name} of epoch {index + 1}": float(value).hex()
                for index, entry in enumerate(result.history)
                for name, value in entry.items()
                if name != "seconds"
            },
            "status": result.status,
            "steps": result.steps,
            "best epoch": result.best_epoch,
            "last loss": result.last_loss,
        }
    )
