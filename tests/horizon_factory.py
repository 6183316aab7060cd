"""Horizons that nobody searched."""

from typing import Any

from seqtasks.analysis.horizon_record import HorizonRecord, Reach, Trial


def trial(value: int = 2, **fields: Any) -> Trial:
    """A training that solved the task."""
    known: dict[str, Any] = {
        "value": value,
        "score": 0.995,
        "solved": True,
        "run": f"probe-gru-s0-{value}",
        "status": "finished",
        "units": 20,
        "num_params": 16_000,
        "steps": 1565,
        "seconds": 10.5,
    }
    return Trial(**known | fields)


def reach(longest: int, seed: int = 0, unsolved: int | None = 99) -> Reach:
    """A seed that came so far."""
    trials = (trial(max(longest, 1), solved=longest > 0),)
    return Reach(seed=seed, longest=longest, unsolved=unsolved, trials=trials)


def record(*longest: int, **fields: Any) -> HorizonRecord:
    """The horizon of a GRU, of a value for each seed; 64 is the largest tried."""
    reaches = [
        reach(value, seed, None if value == 64 else 99)
        for seed, value in enumerate(longest or (8,))
    ]
    known: dict[str, Any] = {
        "task": "probe",
        "task_reference": "seqtasks.tasks.probe:probe",
        "task_version": 1,
        "task_options": {"data_seed": 0},
        "cell": "gru",
        "cell_reference": "seqtasks.cells.gru:GRUCell",
        "cell_options": {"reset_after": True},
        "settings": {"layers": 1, "epochs": 5, "seconds": None, "batch_size": 32},
        "params": 16_000,
        "units": None,
        "option": "delay",
        "title": "longest delay",
        "unit": "steps",
        "metric": "symbol_accuracy",
        "threshold": 0.99,
        "mode": "max",
        "how": "nearly all of them",
        "least": 1,
        "most": 64,
        "reaches": tuple(reaches),
        "device": "A Processor, 2 cores",
        "backend": "tensorflow",
        "versions": {"python": "3.11.7"},
        "commit": "0123456789ab",
    }
    return HorizonRecord(**known | fields)
