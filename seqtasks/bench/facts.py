"""What a worker with Keras tells of the machine."""

from typing import Any

import keras

from seqtasks.training import machine


def facts() -> dict[str, Any]:
    """Device, backend, versions and commit."""
    return {
        "device": machine.device_name(),
        "backend": keras.backend.backend(),
        "versions": machine.versions(),
        "commit": machine.commit(),
    }
