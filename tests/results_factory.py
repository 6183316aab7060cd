"""Results of runs that nobody ran."""

from typing import Any

from seqtasks.result import Result
from seqtasks.task import Baseline, PublishedResult

MAJORITY = Baseline("majority", "accuracy", 0.25, "The most frequent label.")
PUBLISHED = PublishedResult(
    "big LSTM", "accuracy", 0.9, "Doe 2001, Table 2", "100 epochs"
)


def result(score: float | None = 0.5, **fields: Any) -> Result:
    """A finished run of the task ``probe`` with this test accuracy; fields may differ.

    Its metrics can be given by ``score``, its settings one by one as ``units=…``;
    the setting ``seconds`` is ``budget`` here, and the field ``implementation``, beside
    the setting of this name, ``implementation_used``.
    """
    seed = fields.get("seed", 0)
    cell = fields.get("cell", "gru")
    settings = {"units": 8, "layers": 1, "learning_rate": 0.01}
    if "implementation_used" in fields:
        used = {"implementation": fields.pop("implementation_used")}
    else:
        used = {}
    known = [*settings, "implementation", "precision", "epochs"]
    settings |= {name: fields.pop(name) for name in known if name in fields}
    if "budget" in fields:
        # the result has seconds of its own, those that it took
        settings["seconds"] = fields.pop("budget")
    scores = {"accuracy": score, "loss": 1.25}
    values: dict[str, Any] = {
        "run": f"probe-{cell}-s{seed}",
        "status": "finished",
        "task": "probe",
        "task_reference": "seqtasks.tasks.probe:probe",
        "task_version": 1,
        "options": {"dataset": "generated", "sequence_length": 64},
        "fingerprint": "0123456789abcdef",
        "cell": cell,
        "cell_reference": f"seqtasks.cells.{cell}:Cell",
        "cell_options": {},
        "settings": settings,
        "limit": None,
        "num_params": 12345,
        "seed": seed,
        "monitor": "accuracy",
        "mode": "max",
        "metrics": {}
        if score is None
        else {"test": scores, "validation": {"accuracy": score + 0.01}},
        "metric_units": {"loss": "nats"},
        "baselines": (MAJORITY,),
        "published": (),
        "history": [{"epoch": 1.0, "loss": 2.0}],
        "best_epoch": 1,
        "steps": 100,
        "seconds": 12.3456,
        "time_steps_per_second": 123456.0,
        "step_name": "step",
        "peak_memory_bytes": 10**9,
        "device": "A Processor, 2 cores",
        "backend": "tensorflow",
        "versions": {"python": "3.11.7", "keras": "3.15.1"},
        "commit": "0123456789ab",
        "created": "2026-01-01T00:00:00+00:00",
    }
    return Result(**values | fields | used)
