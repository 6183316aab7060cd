"""Reports of invented measurements."""

from typing import Any

from seqtasks.bench.report import Environment, Report, Row

SECONDS = {"train": (0.1, 0.2, 0.4), "forward": (0.01, 0.02, 0.02)}
PRODUCT = Row(
    subject="matmul",
    model="matmul",
    implementation="2048 × 2048",
    steps={"float32": 5},
    tokens_per_step={"float32": 1.0},
    # 2 * 2048 ** 3 operations in this time are 100 GFLOP/s
    seconds_per_step={"float32": (0.17179869184,) * 3},
)


def row(model: str = "seqtasks", factor: float = 1.0, **fields: Any) -> Row:
    """A row of the cell ``lstm`` so many times as slow as that of ``seqtasks``."""
    values: dict[str, Any] = {
        "subject": "lstm",
        "model": model,
        "implementation": "compiled",
        "num_params": 400_000,
        "kernel_elements": 344_320,
        "compile_seconds": {"train": 1.5, "forward": 0.5},
        "peak_memory_bytes": 900_000_000,
        "steps": {"train": 5, "forward": 20},
        "tokens_per_step": {"train": 1000.0, "forward": 1000.0},
        "seconds_per_step": {
            mode: tuple(factor * second for second in seconds)
            for mode, seconds in SECONDS.items()
        },
    }
    return Row(**values | fields)


def report(*rows: Row, product: Row = PRODUCT, **fields: Any) -> Report:
    """A report of these rows."""
    values: dict[str, Any] = {
        "name": "lstm-20260101T000000-abcdef",
        "kind": "cells",
        "settings": {
            "units": 256,
            "batch_size": 64,
            "sequence_length": 128,
            "min_length": None,
            "implementation": "auto",
            "precision": "float32",
            "device": "auto",
            "repetitions": 3,
            "steps": None,
        },
        "rows": (product, *rows),
        "environment": Environment(
            device="A Processor, 2 cores",
            backend="tensorflow",
            versions={"python": "3.11.7", "tensorflow": "2.21.0", "keras": "3.15.1"},
            commit="0123456789ab",
            load_at_start=0.25,
            load_at_end=1.5,
        ),
        "created": "2026-01-01T00:00:00+00:00",
    }
    return Report(**values | fields)
