"""Settings: the network, and how long it is measured."""

import dataclasses

from seqtasks.options import require

SYMBOLS = 65
EMBEDDING = 64
PRODUCT_SIZE = 2048
REPETITION_SECONDS = 0.5


@dataclasses.dataclass(frozen=True, kw_only=True)
class BenchSettings:
    """What is measured: the model embedding(64) → cell → dense(65).

    Args:
        units: The width of the state.
        batch_size: Sequences a step.
        sequence_length: Time steps of a sequence; the largest, if lengths vary.
        min_length: The smallest number of time steps of a sequence, the number being
            drawn uniformly; ``None`` for sequences of one length and no mask.
        implementation: How to run the recurrent layer, one of :data:`seqtasks.recurrence.IMPLEMENTATIONS`.
        precision: Keras' dtype policy, one of :data:`seqtasks.recurrence.PRECISIONS`.
        device: ``"auto"``, ``"cpu"`` or ``"gpu"``.
        repetitions: The number of rounds.
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
        if self.min_length is not None:
            require(
                1 <= self.min_length <= self.sequence_length,
                "--lengths",
                self.min_length,
                f"an integer from 1 to the sequence length, {self.sequence_length}",
            )
