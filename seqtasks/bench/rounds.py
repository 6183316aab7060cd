"""Rounds: contenders built one after the other, then measured in turns."""

import contextlib
import dataclasses
import random
from collections.abc import Callable, Sequence
from typing import Any

from seqtasks.bench.process import Process, WorkerFailedError
from seqtasks.bench.report import Row


@dataclasses.dataclass
class _Entrant:
    """A row that is being filled."""

    spec: dict[str, Any]
    process: Process
    answer: dict[str, Any] = dataclasses.field(default_factory=dict)
    rounds: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    peak_memory_bytes: int = 0
    reason: str = ""


def measure(
    specs: Sequence[dict[str, Any]],
    repetitions: int,
    say: Callable[[str], None],
    make_process: Callable[[], Process] = Process,
) -> tuple[list[Row], list[dict[str, Any]]]:
    """Measures contenders, each in its own process, one at a time.

    All are built and warmed up, one after the other. Then, round by round and in
    another order each round, each is asked for one repetition. What slows the machine
    for a while slows all of a round, and no two libraries share threads or memory. One
    that fails has a row with the reason; the others go on. All processes are ended,
    also after an error or Ctrl-C.

    Args:
        specs: The workers' first requests, with ``"subject"`` and ``"contender"``.
        repetitions: The number of rounds.
        say: Told of the progress.
        make_process: Starts a worker.

    Returns:
        A row each, and each one's answer once it was built, empty if it was not.
    """
    entrants: list[_Entrant] = []
    order = random.Random(0)
    with contextlib.ExitStack() as processes:
        for spec in specs:
            say(f"building {_name(spec)}")
            process = make_process()
            processes.callback(process.close)
            processes.callback(process.kill)
            entrants.append(_Entrant(spec, process))
            _build(entrants[-1], say)
        for number in range(repetitions):
            running = [entrant for entrant in entrants if not entrant.reason]
            if running:
                say(f"round {number + 1} of {repetitions}")
            order.shuffle(running)
            for entrant in running:
                _repeat(entrant, say)
    return [_row(entrant) for entrant in entrants], [e.answer for e in entrants]


def _build(entrant: _Entrant, say) -> None:
    try:
        entrant.answer = entrant.process.ask(entrant.spec)
    except WorkerFailedError as error:
        _note_failure(entrant, error, say)


def _repeat(entrant: _Entrant, say) -> None:
    try:
        answer = entrant.process.ask({})
    except WorkerFailedError as error:
        _note_failure(entrant, error, say)
    else:
        entrant.rounds.append(answer["samples"])
        entrant.peak_memory_bytes = answer["peak_memory_bytes"]


def _note_failure(entrant: _Entrant, error: WorkerFailedError, say) -> None:
    entrant.reason = str(error)
    entrant.process.kill()
    say(f"{_name(entrant.spec)} failed: {entrant.reason}")


def _name(spec: dict[str, Any]) -> str:
    return ", ".join(dict.fromkeys((spec["subject"], spec["contender"])))


def _row(entrant: _Entrant) -> Row:
    names = {field.name for field in dataclasses.fields(Row)}
    known = {key: value for key, value in entrant.answer.items() if key in names}
    measured = {} if entrant.reason else _measured(entrant.rounds)
    return Row(
        subject=entrant.spec["subject"],
        contender=entrant.spec["contender"],
        reason=entrant.reason,
        peak_memory_bytes=entrant.peak_memory_bytes,
        **{**known, **measured},
    )


def _measured(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """The fields of a row that the samples of all rounds give, by mode."""

    def each_round(mode, value):
        return tuple(value(samples[mode]) for samples in rounds)

    modes = list(rounds[0])
    waiting = [mode for mode in modes if rounds[0][mode]["waited_seconds"]]
    return {
        "steps": {mode: rounds[0][mode]["steps"] for mode in modes},
        "tokens_per_step": {
            mode: rounds[0][mode]["tokens"] / rounds[0][mode]["steps"] for mode in modes
        },
        "seconds_per_step": {
            mode: each_round(mode, lambda s: s["seconds"] / s["steps"])
            for mode in modes
        },
        "waited_seconds_per_step": {
            mode: each_round(mode, lambda s: s["waited_seconds"] / s["steps"])
            for mode in waiting
        },
        "first_seconds": {
            mode: each_round(mode, lambda s: s["first_seconds"]) for mode in waiting
        },
    }
