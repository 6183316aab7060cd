"""A run that is left at the end of its first step, and when it reached what."""

import os
import time
from typing import Any

import seqtasks
from seqtasks.bench.batches import Mode
from seqtasks.bench.settings import IMPORTS, PREPARATION, TO_FIRST_STEP


class StartedRun:
    """What ``seqtasks run`` does, up to its first step.

    Args:
        spec: The request, with the run's ``"settings"``, the folder ``"results"``, the
            folder ``"cache"``, and ``"began"``: when the process was started, by the
            clock :func:`time.monotonic`, which all processes share.
    """

    def __init__(self, spec: dict[str, Any]):
        self.modes: dict[str, Mode] = {}
        self._began = spec["began"]
        self._reached: dict[str, tuple[float, float]] = {}
        os.environ["SEQTASKS_CACHE"] = spec["cache"]
        settings = spec["settings"]
        # as the command line does, which has no use for them
        seqtasks._classes_after_keras.remove()

        from seqtasks.training.machine import environment, start

        start(settings["device"])

        from seqtasks.training.display import Display
        from seqtasks.training.run import run

        reaches = self._reaches
        reaches(IMPORTS)

        class ToFirstStep(Display):
            def configured(self, configuration):
                reaches(PREPARATION)

            def stepped(self, loss, time_steps):
                reaches(TO_FIRST_STEP)
                raise _Left

        given = {name: settings[name] for name in ("units", "batch_size")}
        try:
            run(
                settings["task"],
                settings["cell"],
                options=settings["options"],
                store=spec["results"],
                display=ToFirstStep(),
                resume=False,
                **{name: value for name, value in given.items() if value is not None},
            )
        except _Left:
            self._environment = environment()

    def _reaches(self, what: str) -> None:
        self._reached[what] = time.monotonic() - self._began, time.process_time()

    def about(self) -> dict[str, Any]:
        """When what was reached: seconds since the start, and processor time."""
        return {**self._environment, "reached": self._reached}


class _Left(BaseException):
    """The first step is done; no error, for which the run would write a row."""
