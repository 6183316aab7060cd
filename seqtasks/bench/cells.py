"""One measurement of cells beside other libraries' layers, from start to report."""

import dataclasses
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from seqtasks.bench.contenders import FLOAT32, UNMASKED, pairs
from seqtasks.bench.report import Environment, Kind, Report, Row, new_report_name
from seqtasks.bench.rounds import measure
from seqtasks.bench.settings import BenchSettings

MATMUL = "matmul"


def bench_cells(
    cells: Sequence[str],
    against: Sequence[str],
    settings: BenchSettings,
    say: Callable[[str], None],
) -> Report:
    """Measures a training step and a forward pass of cells.

    The model is embedding(64) → cell → dense(65) with the cross entropy of 65 symbols,
    trained with Adam. The rate of the machine's matrix products is measured within the
    same rounds.

    Args:
        cells: Names or paths.
        against: The contenders beside ours.
        settings: The network, and how long it is measured.
        say: Told of the progress.
    """
    found, sentences = pairs(cells, against, settings)
    for sentence in sentences:
        say(sentence)
    whole = dataclasses.asdict(settings)
    others: dict[str, dict[str, Any]] = {
        UNMASKED: {"min_length": None},
        FLOAT32: {"precision": FLOAT32},
    }
    specs = [{"subject": MATMUL, "contender": MATMUL, "settings": whole}]
    specs += [
        {
            "subject": cell,
            "contender": contender,
            "settings": whole | others.get(contender, {}),
        }
        for cell, contender in found
    ]
    load = load_average()
    rows, answers = measure(specs, settings.repetitions, say)
    return make_report("cells", cells, whole, rows, answers, load)


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

    def told(key):
        return next((answer[key] for answer in answers if key in answer), "")

    environment = Environment(
        device=told("device"),
        backend=told("backend"),
        versions=versions,
        commit=told("commit"),
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
