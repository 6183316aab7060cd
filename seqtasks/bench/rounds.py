"""Rounds: models built one after the other, then measured in turns."""

import contextlib
import dataclasses
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from seqtasks.bench import worker
from seqtasks.bench.report import Row

_NO_VARIABLES: Mapping[str, str] = types.MappingProxyType({})


class WorkerFailedError(Exception):
    """A worker that raised an error or died; the message is the reason."""


class Process:
    """One worker in a process of its own.

    Args:
        command: Program that is started in place of the worker, for a test.
        environment: Environment variables besides those of this process.
    """

    def __init__(
        self,
        command: list[str] | None = None,
        environment: Mapping[str, str] = _NO_VARIABLES,
    ):
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
            env={
                "TF_FORCE_GPU_ALLOW_GROWTH": "true",
                "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
                "TF_CPP_MIN_LOG_LEVEL": "3",
                **os.environ,
                **environment,
            },
            # Ctrl-C is for the one who asks, who then ends all workers
            start_new_session=True,
        )

    def ask(
        self, request: dict[str, Any], seconds: float | None = None
    ) -> dict[str, Any]:
        """Sends a request and waits for its answer.

        Args:
            request: The request.
            seconds: Seconds after which the process is ended; ``None`` for never.

        Raises:
            WorkerFailedError: If there is no answer, or none in time.
        """
        if seconds is None:
            return self._ask(request)
        timer = threading.Timer(max(seconds, 0), self._process.kill)
        timer.start()
        try:
            return self._ask(request)
        except WorkerFailedError as error:
            if not timer.is_alive():
                late = f"It was not done in {seconds:.0f} s and was ended."
                raise WorkerFailedError(late) from error
            raise
        finally:
            timer.cancel()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except OSError:
            pass  # it is dead, or about to be: its last message gives the reason
        line = self._process.stdout.readline()
        answer = json.loads(line) if line.endswith("\n") else None
        if answer is None:
            raise WorkerFailedError(self._last_message())
        if "error" in answer:
            kind = answer["kind"]
            known = f"{kind}: " if kind not in ("UsageError", "SeqtasksError") else ""
            raise WorkerFailedError(f"{known}{answer['error']}")
        return answer

    def _last_message(self) -> str:
        code = self._process.wait()
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        return f"Its process ended with {how}{f': {last}' if last else '.'}"

    def end(self) -> None:
        """Ends the process at once; it holds nothing that is worth saving."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:
                pass  # a request that was never read
        self._errors.close()


@dataclasses.dataclass(frozen=True, kw_only=True)
class TimeLimit:
    """How long a measurement may take; what was measured by then is kept.

    Args:
        seconds: Seconds of all of it. No round begins later, and no other model is
            built once half of it is over.
        each: Seconds in which one model is built, or measured in one round.
    """

    seconds: float
    each: float


@dataclasses.dataclass
class _Entrant:
    """A row that is being filled."""

    spec: dict[str, Any]
    process: Process | None
    answer: dict[str, Any] = dataclasses.field(default_factory=dict)
    rounds: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    peak_memory_bytes: int = 0
    reason: str = ""


def measure(
    specs: Sequence[dict[str, Any]],
    repetitions: int,
    log: Callable[[str], None],
    make_process: Callable[[], Process] = Process,
    limit: TimeLimit | None = None,
) -> tuple[list[Row], list[dict[str, Any]]]:
    """Measures models, each in its own process, one at a time.

    All are built and warmed up, one after the other. Then, round by round and in
    another order each round, each is asked for one repetition. What slows the machine
    for a while slows all of a round, and no two libraries share threads or memory. One
    that fails has a row with the reason; the others go on. All processes are ended,
    also after an error or Ctrl-C.

    Args:
        specs: First requests of the workers, with ``"subject"`` and ``"model"``.
        repetitions: Number of rounds.
        log: Function of a sentence of the progress.
        make_process: Function that starts a worker.
        limit: How long it may take; ``None`` for as long as it takes.

    Returns:
        A row each, and each one's answer once it was built, empty if it was not.
    """
    entrants: list[_Entrant] = []
    order = random.Random(0)
    began = time.monotonic()

    def passed(share: float) -> bool:
        return limit is not None and time.monotonic() - began > share * limit.seconds

    each = None if limit is None else limit.each
    with contextlib.ExitStack() as processes:
        for spec in specs:
            if passed(0.5):  # a round of the others is worth more than one more
                late = "Half of the time was over before it was built."
                entrants.append(_Entrant(spec, None, reason=late))
                log(f"{_name(spec)} is left out: {late}")
                continue
            log(f"building {_name(spec)}")
            process = make_process()
            processes.callback(process.end)
            entrants.append(_Entrant(spec, process))
            entrants[-1].answer = _ask(entrants[-1], spec, log, each)
        for number in range(repetitions):
            running = [entrant for entrant in entrants if not entrant.reason]
            if number and passed(1.0):
                log(f"The time is over after {number} of {repetitions} rounds.")
                break
            if running:
                log(f"round {number + 1} of {repetitions}")
            order.shuffle(running)
            for entrant in running:
                if answer := _ask(entrant, {}, log, each):
                    entrant.rounds.append(answer["samples"])
                    entrant.peak_memory_bytes = answer["peak_memory_bytes"]
    return [_row(entrant) for entrant in entrants], [e.answer for e in entrants]


def _ask(
    entrant: _Entrant, request: dict[str, Any], log, seconds: float | None = None
) -> dict[str, Any]:
    """The answer; empty if the worker failed, which is noted."""
    assert entrant.process is not None
    try:
        return entrant.process.ask(request, seconds)
    except WorkerFailedError as error:
        entrant.reason = str(error)
        entrant.process.end()
        log(f"{_name(entrant.spec)} failed: {entrant.reason}")
        return {}


def _name(spec: dict[str, Any]) -> str:
    return ", ".join(dict.fromkeys((spec["subject"], spec["model"])))


def _row(entrant: _Entrant) -> Row:
    names = {field.name for field in dataclasses.fields(Row)}
    known = {key: value for key, value in entrant.answer.items() if key in names}
    measured = {} if entrant.reason else _measured(entrant.rounds)
    return Row(
        subject=entrant.spec["subject"],
        model=entrant.spec["model"],
        reason=entrant.reason,
        peak_memory_bytes=entrant.peak_memory_bytes,
        **{**known, **measured},
    )


def _measured(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """The fields of a row that the samples of all rounds give, by mode."""

    def each_round(mode, value):
        return tuple(value(samples[mode]) for samples in rounds)

    first = rounds[0]
    waiting = [mode for mode in first if first[mode]["waited_seconds"]]
    return {
        "steps": {mode: first[mode]["steps"] for mode in first},
        "tokens_per_step": {
            mode: first[mode]["tokens"] / first[mode]["steps"] for mode in first
        },
        "seconds_per_step": {
            mode: each_round(mode, lambda s: s["seconds"] / s["steps"])
            for mode in first
        },
        "waited_seconds_per_step": {
            mode: each_round(mode, lambda s: s["waited_seconds"] / s["steps"])
            for mode in waiting
        },
        "first_seconds": {
            mode: each_round(mode, lambda s: s["first_seconds"]) for mode in waiting
        },
    }
