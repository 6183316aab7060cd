"""One run as a process: started, then asked how it ended."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence

# variables that set how many threads a run computes with
_THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")


class Process:
    """A run that goes on by itself, also if the one who started it is killed.

    Its output is a file that has no name: a pipe would break with its reader, and the
    run would fail in the middle.

    Args:
        words: Words of the command line after ``seqtasks``.
        threads: Number of threads, where the environment does not set it; 0 for all.
    """

    def __init__(self, words: Sequence[str], threads: int = 0):
        # open for as long as the process is
        self._output = tempfile.TemporaryFile()  # noqa: SIM115
        given = {name: str(threads) for name in _THREADS} if threads else {}
        self._process = subprocess.Popen(
            # -P: a file json.py of the folder it is called in is not Python's
            [sys.executable, "-P", "-m", "seqtasks.cli.main", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._output,
            env={
                "TF_CPP_MIN_LOG_LEVEL": "3",
                "PYTHONIOENCODING": "utf-8",
                **given,
                **os.environ,
            },
            # Ctrl-C is for the sweep, which then ends its runs
            start_new_session=True,
        )

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
        """Why it did not finish: the last line that it printed, or the signal."""
        code = self.ended()
        if code is not None and code < 0:
            memory = ", as where memory is short" if code == -signal.SIGKILL else ""
            return f"ended by signal {-code}{memory}"
        self._output.seek(0)
        lines = self._output.read().decode(errors="replace").splitlines()
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return last.removeprefix("Error: ") or f"exit code {code}"

    def close(self) -> None:
        """Lets its output go."""
        self._output.close()
