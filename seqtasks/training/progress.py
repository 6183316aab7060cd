"""The progress of a run on a terminal, in a file or in a notebook."""

import collections
import datetime
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from seqtasks.errors import notice, printable
from seqtasks.options import as_text
from seqtasks.training.display import Display

_REFRESH_SECONDS = 0.25

# steps of which the mean is taken, and how many times their median one of them may take
# that only trains: one that is the first on a shape compiles
_RECENT_STEPS = 200
_LONGEST_STEP = 10


class TerminalDisplay(Display):
    """A line an epoch, and on a terminal a bar for the whole run below them.

    Args:
        console: Where it is drawn; no bar is drawn unless it is a terminal.
        configuration: Whether the run's full configuration is shown at its start.

    Attributes:
        uses: Commands that use a model of the run's task: sample, predict.
    """

    def __init__(self, console: Console, configuration: bool = False):
        self._shows_configuration = configuration
        self.uses: Sequence[str] = ()
        # short enough for 80 columns: the bar and the time left stay
        self._progress = Progress(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(bar_width=None),
            TextColumn("loss {task.fields[loss]}"),
            TextColumn("{task.fields[speed]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            refresh_per_second=4,
        )
        self._quiet = not console.is_terminal

    def configured(self, configuration):
        self.uses = configuration["uses"]
        if self._shows_configuration:
            for line in configuration_lines(configuration):
                notice(line)

    def computing_baselines(self, task):
        notice(f"computing baselines of {task} …")

    def message(self, sentence):
        sentence = printable(sentence)
        if self._progress.live.is_started:
            self._progress.console.print(sentence, markup=False, highlight=False)
        else:
            notice(sentence)

    def started(self, epochs, steps, step_name, done=0, seconds=None, loss_unit=""):
        self._loss_unit = f" {loss_unit}".rstrip()
        self._epochs, self._steps, self._step_name = epochs, steps, step_name
        self._done, self._time_steps, self._seconds = done, 0.0, seconds
        self._shown = self._last = time.perf_counter()
        self._training_seconds = 0.0
        self._first_step: float | None = None  # seconds; it compiles
        self._recent = collections.deque[float](maxlen=_RECENT_STEPS)
        self._first_evaluated: tuple[float, int] | None = None  # when, steps done
        self._bar = self._progress.add_task(
            "",
            total=epochs * steps if seconds is None else seconds,
            completed=done if seconds is None else 0,
            epoch=self._epoch(),
            loss="…",
            speed="",
        )
        if not self._quiet:
            self._progress.start()

    def stepped(self, loss, time_steps):
        self._done += 1
        now = time.perf_counter()
        passed, self._last = now - self._last, now
        if self._first_step is None:
            self._first_step = passed
        else:
            self._time_steps += time_steps
            self._training_seconds += passed
            self._recent.append(passed)
        if self._quiet or now - self._shown < _REFRESH_SECONDS:
            return
        self._shown = now
        steps_count = self._seconds is None
        self._progress.update(
            self._bar,
            completed=self._done if steps_count else self._training_seconds,
            epoch=self._epoch(),
            loss=f"{loss:.4f}{self._loss_unit}",
            speed=self._speed(),
        )

    def _epoch(self):
        epoch = max(self._done - 1, 0) // self._steps + 1
        return f"{epoch}" if self._epochs is None else f"{epoch}/{self._epochs}"

    def _speed(self):
        if not self._time_steps:
            return ""
        speed = self._time_steps / max(self._training_seconds, 1e-9)
        return f"{speed:,.0f} {self._step_name}s/s"

    def evaluated(self, entry, monitor, best):
        now = time.perf_counter()
        validation, self._last = now - self._last, now  # validation is no training
        epoch, value = entry["epoch"], entry[f"validation_{monitor}"]
        of = f"{epoch}" if self._epochs is None else f"{epoch}/{self._epochs}"
        parts = (
            f"epoch {of}",
            f"loss {entry['loss']:.4f}{self._loss_unit}",
            f"validation {monitor} {value:.4g}{' ★' if best else ''}",
            self._speed(),
            self._time_left(validation),
        )
        self.message("  ".join(part for part in parts if part))
        if self._first_evaluated is None:
            self._first_evaluated = now, self._done

    def _time_left(self, validation):
        """The time that the rest will take, validation included, compiling not."""
        if self._seconds is not None:
            left = self._seconds - self._training_seconds
        else:
            rest = self._epochs * self._steps - self._done
            if self._first_evaluated is None and not self._recent:
                return ""  # the one step so far compiled
            if self._first_evaluated is not None:
                then, done = self._first_evaluated
                left = (self._last - then) / max(self._done - done, 1) * rest
            else:
                # the first validation compiles too, for less time than a step does
                validation = max(validation - (self._first_step or 0.0), 0.0)
                left = self._step_seconds() * rest + validation * rest / self._steps
        if left < 1:
            return ""
        return f"{datetime.timedelta(seconds=round(left))} left"

    def _step_seconds(self):
        """The mean time of a step, those left out that compile."""
        longest = _LONGEST_STEP * statistics.median(self._recent)
        return statistics.fmean(one for one in self._recent if one <= longest)

    def ended(self):
        if not self._quiet:
            self._progress.stop()


def configuration_lines(configuration: Mapping[str, Any]) -> Iterator[str]:
    """The full resolved configuration, one line a group."""
    yield f"task      {configuration['task']}: {as_text(configuration['options'])}"
    cell_options = as_text(configuration["cell_options"])
    yield f"cell      {configuration['cell']}: {cell_options}".removesuffix(": ")
    settings = configuration["settings"]
    given = {name: value for name, value in settings.items() if value is not None}
    yield f"settings  {as_text(given)}"
    limit = configuration["limit"]
    overfit = settings.get("overfit")
    yield (
        f"run       seed={configuration['seed']}, "
        f"parameters={configuration['num_params']:,}"
        f"{'' if limit is None else f', limit={limit} (a smoke run)'}"
        f"{'' if overfit is None else ' (an overfit run)'}"
    )


def default_display() -> Display:
    """A line an epoch where a person works, in a notebook or at a prompt; else none."""
    if "ipykernel" in sys.modules or hasattr(sys, "ps1"):
        return TerminalDisplay(Console(stderr=True))
    return Display()
