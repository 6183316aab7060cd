"""From starting the command to the end of the first training step, part by part.

Each round has two processes after each other: a first run, in empty folders, and a
later one, which finds what the first has kept for it: baselines, compiled programs.
"""

import itertools
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from seqtasks.bench.report import Row
from seqtasks.bench.rounds import Process, WorkerFailedError
from seqtasks.bench.settings import (
    ALL,
    FIRST_RUN,
    IMPORTS,
    LATER_RUN,
    PREPARATION,
    TO_FIRST_STEP,
)

_PARTS = (IMPORTS, PREPARATION, TO_FIRST_STEP)


def measure_start_up(
    task: str,
    settings: dict[str, Any],
    repetitions: int,
    log: Callable[[str], None],
    make_process: Callable[[], Process] = Process,
) -> tuple[list[Row], list[dict[str, Any]]]:
    """Starts runs and measures when they have done their first step.

    Args:
        task: Name or path of the task.
        settings: Fields of :class:`seqtasks.bench.settings.TaskSettings`.
        repetitions: Number of rounds.
        log: Function of a sentence of the progress.
        make_process: Function that starts a worker.

    Returns:
        A row of the first run and one of the later, and the answers of all processes.
    """
    answers: dict[str, list[dict[str, Any]]] = {FIRST_RUN: [], LATER_RUN: []}
    reasons = dict.fromkeys(answers, "")
    for number in range(repetitions):
        log(f"round {number + 1} of {repetitions}")
        with tempfile.TemporaryDirectory() as folder:
            places = {name: str(Path(folder, name)) for name in ("results", "cache")}
            for model in answers:
                request = {"subject": task, "model": model, "settings": settings}
                began = time.monotonic()
                process = make_process()
                try:
                    answer = process.ask({**request, **places, "began": began})
                    answers[model].append(answer)
                except WorkerFailedError as error:
                    reasons[model] = str(error)
                    log(f"{task}, {model} failed: {error}")
                finally:
                    process.end()
        if all(reasons.values()):
            break
    rows = [_row(task, model, answers[model], reasons[model]) for model in answers]
    return rows, list(itertools.chain(*answers.values()))


def _row(task: str, model: str, answers: list[dict[str, Any]], reason: str) -> Row:
    if reason:
        return Row(subject=task, model=model, reason=reason)
    return Row(
        subject=task,
        model=model,
        steps=dict.fromkeys((*_PARTS, ALL), 1),
        seconds_per_step=_by_part(answers, 0),
        processor_seconds=_by_part(answers, 1),
    )


def _by_part(answers: list[dict[str, Any]], clock: int) -> dict[str, tuple[float, ...]]:
    """Seconds of each part in each round, by one of the two clocks."""
    ends = [
        [0.0, *(answer["reached"][part][clock] for part in _PARTS)]
        for answer in answers
    ]
    taken = [[b - a for a, b in itertools.pairwise(of_round)] for of_round in ends]
    parts = dict(zip(_PARTS, zip(*taken, strict=True), strict=True))
    return {**parts, ALL: tuple(of_round[-1] for of_round in ends)}
