"""Checkpoints: the folder of one run's, of which the newest two are kept."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from seqtasks.training.checkpoint import (
    DamagedError,
    read_checkpoint,
    write_checkpoint,
)

_KEPT = 2


@dataclasses.dataclass(frozen=True)
class Checkpoints:
    """The checkpoints of a run whose lock this process holds.

    Args:
        folder: The run's folder.
    """

    folder: Path

    def write(self, data: dict[str, Any], arrays: dict[str, np.ndarray]) -> None:
        """Writes one, then removes all but the newest two.

        Raises:
            OSError: If it could not be written; the former ones are there still.
        """
        files = self._files()
        number = int(files[-1].stem) + 1 if files else 1
        write_checkpoint(self.folder / f"{number:08d}.npz", data, arrays)
        for old in files[: -(_KEPT - 1)]:
            old.unlink()

    def newest(
        self, tell: Callable[[str], None]
    ) -> tuple[dict[str, Any], dict[str, np.ndarray]] | None:
        """The newest one that is whole; ``None`` if there is none.

        Those that are damaged are removed, and what killed writers left.

        Args:
            tell: Is told of each that is damaged.
        """
        for stale in self.folder.glob(".*"):
            stale.unlink()
        for path in reversed(self._files()):
            try:
                return read_checkpoint(path)
            except DamagedError as error:
                tell(f"The checkpoint {path} is damaged: {error}. It is left out.")
                path.unlink()
        return None

    def _files(self) -> list[Path]:
        """The checkpoints, the oldest first."""
        return sorted(self.folder.glob("[0-9]" * 8 + ".npz"))
