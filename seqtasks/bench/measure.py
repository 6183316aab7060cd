"""One measurement, from start to report: of cells, or of a task's epoch."""

import dataclasses
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from seqtasks.bench.report import Environment, Kind, Report, Row, new_report_name
from seqtasks.bench.rounds import measure
from seqtasks.bench.settings import (
    BARE,
    FLOAT32,
    RUNNER,
    UNMASKED,
    BenchSettings,
    TaskSettings,
    models_of,
)

MATMUL = "matmul"


def bench_cells(
    cells: Sequence[str],
    against: Sequence[str],
    settings: BenchSettings,
    log: Callable[[str], None],
) -> Report:
    """Measures a training step and a forward pass of cells.

    The model is embedding(64) → cell → dense(65) with the cross entropy of 65 symbols,
    trained with Adam. The rate of the machine's matrix products is measured within the
    same rounds.

    Args:
        cells: Names or paths.
        against: The models beside ours.
        settings: The sizes, and how long it is measured.
        log: Called with a sentence of the progress.
    """
    found, sentences = models_of(cells, against, settings)
    for sentence in sentences:
        log(sentence)
    whole = dataclasses.asdict(settings)
    others: dict[str, dict[str, Any]] = {
        UNMASKED: {"min_length": None},
        FLOAT32: {"precision": FLOAT32},
    }
    specs = [{"subject": MATMUL, "model": MATMUL, "settings": whole}]
    specs += [
        {
            "subject": cell,
            "model": model,
            "settings": whole | others.get(model, {}),
        }
        for cell, model in found
    ]
    load = load_average()
    rows, answers = measure(specs, settings.repetitions, log)
    return make_report("cells", cells, whole, rows, answers, load)


def bench_task(settings: TaskSettings, log: Callable[[str], None]) -> Report:
    """Measures the runner's training epoch beside a bare loop over the same batches.

    Args:
        settings: Which epoch, and how often.
        log: Called with a sentence of the progress.
    """
    whole = {**dataclasses.asdict(settings), "options": dict(settings.options)}
    specs = [
        {"subject": settings.task, "model": model, "settings": whole}
        for model in (RUNNER, BARE)
    ]
    load = load_average()
    rows, answers = measure(specs, settings.repetitions, log)
    resolved: dict[str, Any] = {}
    for answer in answers:
        resolved |= answer.get("settings", {})
    return make_report(
        "task", [settings.task], {**whole, **resolved}, rows, answers, load
    )


def make_report(
    kind: Kind,
    subjects: Sequence[str],
    settings: dict[str, Any],
    rows: Sequence[Row],
    answers: Sequence[dict[str, Any]],
    load_at_start: float,
) -> Report:
    """The report of rows, with what the workers answered about the machine."""
    versions: dict[str, str] = {}
    for answer in answers:
        versions |= answer.get("versions", {})

    def first(key):
        return next((answer[key] for answer in answers if key in answer), "")

    environment = Environment(
        device=first("device"),
        backend=first("backend"),
        versions=versions,
        commit=first("commit"),
        load_at_start=load_at_start,
        load_at_end=load_average(),
    )
    return Report(
        name=new_report_name(subjects),
        kind=kind,
        settings=settings,
        rows=tuple(rows),
        environment=environment,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def load_average() -> float:
    """The mean number of processes that wanted to run, over the last minute."""
    return os.getloadavg()[0]
