"""The process of one model: builds it, warms it up, measures when asked.

It speaks JSON, one object a line: a request on standard input, an answer on what was
standard output. What the libraries print goes to standard error.
"""

import dataclasses
import json
import os
import sys
from typing import Any, TextIO

from seqtasks.bench.batches import BATCHES, Mode, TimedModel
from seqtasks.bench.settings import (
    BARE,
    FIRST_RUN,
    LATER_RUN,
    OF_PYTORCH,
    REPETITION_SECONDS,
    RUNNER,
    BenchSettings,
)
from seqtasks.training.machine import peak_memory_bytes

_LARGEST_REPETITION = 1000


def main() -> None:
    """Answers requests until there are no more."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    try:
        serve(sys.stdin, answers)
    except Exception as error:
        line = " ".join(str(error).split()) or "no message"
        _write(answers, {"error": line, "kind": type(error).__name__})
        raise


def serve(requests: TextIO, answers: TextIO) -> None:
    """Builds what the first request asks for, then measures once for each other."""
    spec = json.loads(requests.readline())
    model = build(spec)
    steps, compile_seconds = {}, {}
    varying = spec["settings"].get("min_length") is not None
    for name, mode in model.modes.items():
        steps[name], compile_seconds[name] = warm_up(
            mode, spec["settings"]["steps"], BATCHES if varying else 1
        )
    ready = {"steps": steps, "compile_seconds": compile_seconds, **model.about()}
    _write(answers, ready)
    for _ in requests:
        samples = {name: mode(steps[name]) for name, mode in model.modes.items()}
        _write(
            answers,
            {
                "samples": {n: dataclasses.asdict(s) for n, s in samples.items()},
                "peak_memory_bytes": peak_memory_bytes(),
            },
        )


def warm_up(mode: Mode, steps: int | None, batches: int = 1) -> tuple[int, float]:
    """Steps until they are as fast as they will be.

    Args:
        mode: Mode to be timed.
        steps: Number of steps of a repetition; ``None`` for as many as take about half
            a second.
        batches: Number of batches that differ in shape: each is seen before anything is
            timed, and a repetition has each as often as the others.

    Returns:
        That number, and by how many seconds the first step was slower than later ones.
    """
    first = mode(max(2, batches))
    # an epoch is long enough to be warm at its end
    warm = mode(max(2, batches)) if first.seconds < 10 * REPETITION_SECONDS else first
    step = min(sample.seconds / sample.steps for sample in (first, warm))
    if steps is None:
        steps = round(REPETITION_SECONDS / max(step, 1e-6))
        steps = min(max(steps, 1), _LARGEST_REPETITION)
        steps = -(-steps // batches) * batches
    return steps, max(first.first_seconds - step, 0.0)


def build(spec: dict[str, Any]) -> TimedModel:
    """The model of a request, with the libraries that it needs and no others."""
    name, subject, settings = spec["model"], spec["subject"], spec["settings"]
    if name in OF_PYTORCH:
        from seqtasks.bench.torch_model import TorchModel

        return TorchModel(subject, BenchSettings(**settings), name)

    if name in (FIRST_RUN, LATER_RUN):
        from seqtasks.bench.started_run import StartedRun

        return StartedRun(spec)

    from seqtasks.training.machine import start

    start(settings["device"])
    if name in (RUNNER, BARE):
        from seqtasks.bench.epochs import BareEpoch, RunnerEpoch

        return (RunnerEpoch if name == RUNNER else BareEpoch)(settings)

    from seqtasks.bench.keras_model import KerasModel, Product

    if name == "matmul":
        return Product(BenchSettings(**settings))
    return KerasModel(subject, name, BenchSettings(**settings))


def _write(answers: TextIO, answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
