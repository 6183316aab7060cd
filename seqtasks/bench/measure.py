"""One measurement, from start to report: of cells, or of a task's epoch."""

import dataclasses
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from seqtasks.bench.report import Environment, Kind, Report, Row, new_report_name
from seqtasks.bench.rounds import Process, TimeLimit, measure
from seqtasks.bench.settings import (
    BARE,
    FLOAT32,
    KERAS_LAYERS,
    NCPS_LAYERS,
    OURS,
    RUNNER,
    TORCH_LAYERS,
    TORCHRECURRENT_LAYERS,
    UNMASKED,
    BenchSettings,
    TaskSettings,
)
from seqtasks.bench.start_up import measure_start_up

_LAYERS = {
    "keras": ("Keras", KERAS_LAYERS),
    "torch": ("PyTorch", TORCH_LAYERS),
    "torchrecurrent": ("torchrecurrent", TORCHRECURRENT_LAYERS),
    "ncps": ("ncps", NCPS_LAYERS),
}


def models_of(
    cells: Sequence[str], against: Sequence[str], settings: BenchSettings
) -> tuple[list[tuple[str, str]], list[str]]:
    """What is to be measured: pairs of a cell and a model; and a sentence a gap.

    Where lengths vary, the same cell without a mask is measured too; with a lower
    precision, the same cell in float32.
    """
    found, sentences = [], []
    for cell in cells:
        found.append((cell, OURS))
        if settings.min_length is not None:
            found.append((cell, UNMASKED))
        if settings.precision != FLOAT32:
            found.append((cell, FLOAT32))
        for name in against:
            library, layers = _LAYERS.get(name, ("", {}))
            if layers and cell not in layers:
                sentences.append(f"{library} has no layer of the cell {cell}.")
            else:
                found.append((cell, name))
    return found, sentences


def bench_cells(
    cells: Sequence[str],
    against: Sequence[str],
    settings: BenchSettings,
    log: Callable[[str], None],
    make_process: Callable[[], Process] = Process,
    limit: TimeLimit | None = None,
) -> Report:
    """Measures a training step and a forward pass of cells.

    The model is embedding(64) → cell → dense(65) with the cross entropy of 65 symbols,
    trained with Adam. The rate of the machine's matrix products is measured within the
    same rounds.

    Args:
        cells: Names or paths.
        against: Models beside ours.
        settings: Sizes of the model and of the measurement.
        log: Function of a sentence of the progress.
        make_process: Function that starts a worker.
        limit: How long it may take; ``None`` for as long as it takes.
    """
    found, sentences = models_of(cells, against, settings)
    for sentence in sentences:
        log(sentence)
    whole = dataclasses.asdict(settings)
    others: dict[str, dict[str, Any]] = {
        UNMASKED: {"min_length": None},
        FLOAT32: {"precision": FLOAT32},
    }
    specs = [
        {"subject": cell, "model": model, "settings": whole | others.get(model, {})}
        for cell, model in [("matmul", "matmul"), *found]
    ]
    return _report("cells", cells, whole, specs, log, make_process, limit)


def bench_task(settings: TaskSettings, log: Callable[[str], None]) -> Report:
    """Measures the runner's training epoch beside a bare loop over the same batches.

    Args:
        settings: The epoch, and the number of rounds.
        log: Function of a sentence of the progress.
    """
    whole = {**dataclasses.asdict(settings), "options": dict(settings.options)}
    specs = [
        {"subject": settings.task, "model": model, "settings": whole}
        for model in (RUNNER, BARE)
    ]
    return _report("task", [settings.task], whole, specs, log)


def bench_start_up(settings: TaskSettings, log: Callable[[str], None]) -> Report:
    """Measures the time from starting ``seqtasks run`` to the end of its first step.

    Args:
        settings: The run, and the number of rounds; ``steps`` is not used.
        log: Function of a sentence of the progress.
    """
    whole = {**dataclasses.asdict(settings), "options": dict(settings.options)}
    load_at_start = os.getloadavg()[0]
    rows, answers = measure_start_up(settings.task, whole, settings.repetitions, log)
    return _made("start_up", [settings.task], whole, rows, answers, load_at_start)


def _report(
    kind: Kind,
    subjects: Sequence[str],
    settings: dict[str, Any],
    specs: Sequence[dict[str, Any]],
    log: Callable[[str], None],
    make_process: Callable[[], Process] = Process,
    limit: TimeLimit | None = None,
) -> Report:
    """Measures, and reports it with what the workers answered about the machine."""
    load_at_start = os.getloadavg()[0]
    repetitions = settings["repetitions"]
    rows, answers = measure(specs, repetitions, log, make_process, limit)
    return _made(kind, subjects, settings, rows, answers, load_at_start)


def _made(
    kind: Kind,
    subjects: Sequence[str],
    settings: dict[str, Any],
    rows: Sequence[Row],
    answers: Sequence[dict[str, Any]],
    load_at_start: float,
) -> Report:
    versions: dict[str, str] = {}
    for answer in answers:
        versions |= answer.get("versions", {})
        settings = settings | answer.get("settings", {})

    def first(key):
        return next((answer[key] for answer in answers if key in answer), "")

    environment = Environment(
        device=first("device"),
        backend=first("backend"),
        versions=versions,
        commit=first("commit"),
        load_at_start=load_at_start,
        load_at_end=os.getloadavg()[0],
    )
    return Report(
        name=new_report_name(subjects),
        kind=kind,
        settings=settings,
        rows=tuple(rows),
        environment=environment,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
    )
