"""One measurement of the runner beside a bare loop, from start to report."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from seqtasks.bench.cells import load_average, make_report
from seqtasks.bench.contenders import BARE, RUNNER
from seqtasks.bench.report import Report
from seqtasks.bench.rounds import measure
from seqtasks.options import require


@dataclasses.dataclass(frozen=True, kw_only=True)
class TaskSettings:
    """Which epoch is measured, and how often.

    Args:
        task: A task's name or path.
        cell: A cell's name or path; ``None`` for the task's default.
        options: Values of the task's options.
        units: The width of the state; ``None`` for the task's default.
        batch_size: Examples a step; ``None`` for the task's default.
        device: ``"auto"``, ``"cpu"`` or ``"gpu"``.
        repetitions: The number of rounds.
        steps: Batches of the epoch; ``None`` for all.

    Raises:
        UsageError: If a value is out of range.
    """

    task: str
    cell: str | None = None
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    units: int | None = None
    batch_size: int | None = None
    device: str = "auto"
    repetitions: int = 7
    steps: int | None = None

    def __post_init__(self):
        for field, least in (("repetitions", 1), ("steps", 2)):
            value = getattr(self, field)
            if value is not None:
                expected = f"an integer of at least {least}"
                require(value >= least, f"--{field}", value, expected)


def bench_task(settings: TaskSettings, say: Callable[[str], None]) -> Report:
    """Measures the runner's training epoch beside a bare loop over the same batches.

    Args:
        settings: Which epoch, and how often.
        say: Told of the progress.
    """
    whole = {**dataclasses.asdict(settings), "options": dict(settings.options)}
    specs = [
        {"subject": settings.task, "contender": contender, "settings": whole}
        for contender in (RUNNER, BARE)
    ]
    load = load_average()
    rows, answers = measure(specs, settings.repetitions, say)
    resolved: dict[str, Any] = {}
    for answer in answers:
        resolved |= answer.get("settings", {})
    return make_report(
        "task", [settings.task], {**whole, **resolved}, rows, answers, load
    )
