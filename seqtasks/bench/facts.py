"""What a worker with Keras tells of the machine."""

from typing import Any

from seqtasks.training.machine import environment


def facts() -> dict[str, Any]:
    """Device, backend, versions and commit."""
    return environment()
