"""Process: a worker, as the process that asks it sees it."""

import json
import os
import subprocess
import sys
import tempfile
from typing import Any

from seqtasks.bench import worker


class WorkerFailedError(Exception):
    """A worker that raised an error or died; the message says which."""


class Process:
    """One worker in a process of its own.

    Args:
        command: What is started in place of the worker, for a test.
    """

    def __init__(self, command: list[str] | None = None):
        # open for as long as the process is
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(
            # -P: a file keras.py of the folder it is called in is not Keras
            command or [sys.executable, "-P", "-m", worker.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            encoding="utf-8",
            # several on one accelerator: none takes all of its memory
            env={"TF_FORCE_GPU_ALLOW_GROWTH": "true", **_environment()},
            # Ctrl-C is for the one who asks, who then ends all workers
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Sends a request and waits for its answer.

        Raises:
            WorkerFailedError: If there is none.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except OSError:
            pass  # it is dead, or about to be: what it said last tells why
        line = self._process.stdout.readline()
        answer = json.loads(line) if line.endswith("\n") else None
        if answer is None:
            raise WorkerFailedError(self._last_words())
        if "error" in answer:
            kind = answer["kind"]
            known = f"{kind}: " if kind not in ("UsageError", "SeqtasksError") else ""
            raise WorkerFailedError(f"{known}{answer['error']}")
        return answer

    def _last_words(self) -> str:
        code = self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return f"Its process ended with {how}{f': {last}' if last else '.'}"

    def kill(self) -> None:
        """Ends the process at once; it holds nothing that is worth saving."""
        self._process.kill()

    def close(self) -> None:
        """Waits for the end of the process after :meth:`kill`."""
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:
                pass  # a request that was never read
        self._errors.close()


def _environment() -> dict[str, str]:
    return {"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ}
