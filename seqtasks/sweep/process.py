"""One run as a process: started, then asked how it ended."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from types import MappingProxyType

# variables that set how many threads a run computes with
THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")

# -P: a file json.py of the folder it is called in is not Python's
MODULE = "seqtasks.cli.main"
PROGRAM = (sys.executable, "-P", "-m", MODULE)

# begins an error message of the command line
_ERROR = "Error: "


def cores() -> int:
    """Number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def threads_each(jobs: int) -> int:
    """Number of threads of each of so many runs at once; 0 for all."""
    return max(1, cores() // jobs) if jobs > 1 else 0


class Process:
    """A run that goes on by itself, also if the one who started it is killed.

    Its output is a file that has no name: a pipe would break with its reader, and the
    run would fail in the middle.

    Args:
        words: Words of the command line after ``seqtasks``.
        threads: Number of threads, where the environment does not set it; 0 for all.
        variables: Variables of its environment besides this process's own.
    """

    def __init__(
        self,
        words: Sequence[str],
        threads: int = 0,
        variables: Mapping[str, str] = MappingProxyType({}),
    ):
        # open for as long as the process is
        self._output = tempfile.TemporaryFile()  # noqa: SIM115
        given = {name: str(threads) for name in THREADS} if threads else {}
        self._process = subprocess.Popen(
            [*PROGRAM, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._output,
            env={
                "TF_CPP_MIN_LOG_LEVEL": "3",
                "PYTHONIOENCODING": "utf-8",
                **given,
                **os.environ,
                **variables,
            },
            # Ctrl-C is for the sweep, which then ends its runs
            start_new_session=True,
        )

    def waits(self) -> bool:
        """A process begins at once."""
        return False

    def ended(self) -> int | None:
        """The exit code, below 0 for a signal; ``None`` while it goes on."""
        return self._process.poll()

    def terminate(self) -> None:
        """Asks it to end, with a checkpoint."""
        self._process.terminate()

    def kill(self) -> None:
        """Ends it at once; it goes back to its last checkpoint."""
        self._process.kill()

    def reason(self) -> str:
        """Why it did not finish: the error that it printed, or how it ended."""
        code = self.ended()
        if code is not None and code < 0:
            memory = ", as where memory is short" if code == -signal.SIGKILL else ""
            return f"ended by {signal_name(code)}{memory}"
        self._output.seek(0)
        text = self._output.read().decode(errors="replace")
        return error_of(text) or f"exit code {code}, without an error message"

    def close(self) -> None:
        """Lets its output go."""
        self._output.close()


def signal_name(code: int) -> str:
    """The signal of an exit code below 0, as in ``SIGKILL``."""
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def error_of(text: str) -> str:
    """The error message in what a run printed; empty if there is none.

    That is the line of an error that a person can act on, or the last line of a
    traceback. What a run prints of its progress is neither.
    """
    lines = [line.strip() for line in text.splitlines()]
    marked = [line for line in lines if line.startswith(_ERROR)]
    if marked:
        return marked[-1].removeprefix(_ERROR)
    if any(line.startswith("Traceback (most recent call last)") for line in lines):
        return next((line for line in reversed(lines) if line), "")
    return ""
