"""The row of a run, made of what it is and how far it has come."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from seqtasks.result import Result
from seqtasks.training.memory import peak_memory_bytes
from seqtasks.training.prepared import Prepared
from seqtasks.training.progress import Progress


def row(
    run: str,
    prepared: Prepared,
    circumstances: Mapping[str, Any],
    progress: Progress,
    test: Mapping[str, float] | None = None,
) -> Result:
    """The result of a run, or of as much of it as there is.

    Args:
        run: Its name.
        prepared: What was decided before its first step.
        circumstances: What it ran on.
        progress: How far it came.
        test: The metrics of the test split, if it was scored.
    """
    task, task_plan, cell_plan = prepared.task, prepared.task_plan, prepared.cell_plan
    metrics = {"validation": progress.best_scores, "test": dict(test or {})}
    return Result(
        **prepared.configuration,
        **circumstances,
        run=run,
        status=progress.status,
        reason=progress.reason,
        task_reference=task_plan.entry.reference,
        task_version=task.version,
        fingerprint=prepared.pipeline.fingerprint,
        cell_reference=cell_plan.entry.reference,
        monitor=task.monitor,
        mode=task.mode,
        metrics={split: scores for split, scores in metrics.items() if scores},
        metric_units=dict(task.metric_units),
        baselines=prepared.baselines,
        optimum=task.optimum,
        published=task.published,
        conversions=task.conversions,
        history=progress.history,
        best_epoch=progress.best_epoch,
        steps=progress.steps,
        last_loss=progress.last_loss,
        resumed=progress.resumed,
        rerun_of=prepared.rerun_of,
        seconds=progress.seconds,
        time_steps_per_second=(
            progress.time_steps / progress.train_seconds
            if progress.train_seconds
            else 0.0
        ),
        step_name=task.step_name,
        implementation=prepared.model.implementation_used,
        peak_memory_bytes=peak_memory_bytes(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
