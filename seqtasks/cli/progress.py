"""The progress of a run on a terminal."""

import time

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from seqtasks.training.display import Display

_REFRESH_SECONDS = 0.25


class TerminalDisplay(Display):
    """One bar for the whole run: loss, monitored metric, speed, time left.

    Args:
        console: Where it is drawn; nothing is drawn unless it is a terminal.
    """

    def __init__(self, console: Console):
        self._progress = Progress(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(bar_width=None),
            TextColumn("loss {task.fields[loss]}"),
            TextColumn("{task.fields[monitor]}"),
            TextColumn("{task.fields[speed]}"),
            TimeRemainingColumn(),
            console=console,
            transient=True,
            refresh_per_second=4,
        )
        self._quiet = not console.is_terminal

    def started(self, epochs, steps, step_name):
        self._epochs, self._steps, self._step_name = epochs, steps, step_name
        self._done, self._time_steps = 0, 0.0
        self._start = self._shown = time.perf_counter()
        self._bar = self._progress.add_task(
            "",
            total=epochs * steps,
            epoch=f"1/{epochs}",
            loss="…",
            monitor="",
            speed="",
        )
        if not self._quiet:
            self._progress.start()

    def stepped(self, loss, time_steps):
        self._done += 1
        self._time_steps += time_steps
        now = time.perf_counter()
        if self._quiet or now - self._shown < _REFRESH_SECONDS:
            return
        self._shown = now
        speed = self._time_steps / (now - self._start)
        epoch = min((self._done - 1) // self._steps + 1, self._epochs)
        self._progress.update(
            self._bar,
            completed=self._done,
            epoch=f"{epoch}/{self._epochs}",
            loss=f"{loss:.4f}",
            speed=f"{speed:,.0f} {self._step_name}s/s",
        )

    def evaluated(self, epoch, monitor, value, best):
        self._progress.update(
            self._bar, monitor=f"validation {monitor} {value:.4g}{' ★' if best else ''}"
        )

    def ended(self):
        if not self._quiet:
            self._progress.stop()
