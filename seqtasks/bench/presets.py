"""Presets: a measurement under one name, with its models, its sizes and its time.

``gpu`` is for the day a GPU is at hand for some minutes: layers beside Keras' and
PyTorch's, then one run from end to end, whose score stands beside those of the
reference runs, which were made on processors. What fails or is late is a row with the
reason, or a note; the rest is kept.
"""

import dataclasses
import functools
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from seqtasks.bench.measure import bench_cells
from seqtasks.bench.report import Report
from seqtasks.bench.rounds import Process, TimeLimit, WorkerFailedError
from seqtasks.bench.settings import BenchSettings, missing_libraries
from seqtasks.errors import UsageError
from seqtasks.reports.rerun_verdict import judge
from seqtasks.result import Result, from_json
from seqtasks.store import reference_results

# from SIGTERM to the end of a run, which writes its row and a checkpoint
_ENDING_SECONDS = 30


@dataclasses.dataclass(frozen=True, kw_only=True)
class Preset:
    """What is measured under a name.

    Args:
        cells: Names of the cells.
        against: Models beside ours, of those whose library is installed.
        settings: Sizes of the model and of the measurement.
        backend: Keras backend.
        task: Name or path of the task that is run from end to end.
        seconds: Seconds of all of it; the run has what the layers leave.
        layers: How long the layers may take.
        notes: Sentences below the table.
    """

    cells: Sequence[str]
    against: Sequence[str]
    settings: BenchSettings
    backend: str
    task: str
    seconds: float
    layers: TimeLimit
    notes: tuple[str, ...]


GPU = Preset(
    cells=("lstm", "gru", "elman", "min_gru", "lru"),
    against=("keras", "torch"),
    settings=BenchSettings(units=512, batch_size=64, sequence_length=512, device="gpu"),
    backend="jax",
    task="char_lm",
    seconds=540,
    layers=TimeLimit(seconds=330, each=75),
    notes=(
        "FlashRNN, as published, not measured here: up to 50 × a PyTorch loop over "
        "time steps (abstract of arXiv:2412.07752); its fused CUDA kernels 2 to 5 × "
        "its alternating ones (README of github.com/NX-AI/flashrnn).",
    ),
)

PRESETS = {"gpu": GPU}


def bench_preset(preset: Preset, results: Path, log: Callable[[str], None]) -> Report:
    """Measures layers, then makes one run, each in processes of their own.

    Args:
        preset: What to measure.
        results: Folder of results, into which the run goes.
        log: Function of a sentence of the progress.

    Raises:
        UsageError: If the backend or the device cannot be used.
    """
    began = time.monotonic()
    variables = {"KERAS_BACKEND": preset.backend}
    make_process = functools.partial(Process, environment=variables)
    _check_usable(preset, make_process)
    missing = [name for name in preset.against if missing_libraries(name)]
    for name in missing:
        log(f"{name} is not installed here, and is left out.")
    report = bench_cells(
        preset.cells,
        [name for name in preset.against if name not in missing],
        preset.settings,
        log,
        make_process,
        preset.layers,
    )
    left = preset.seconds - (time.monotonic() - began)
    log(f"running {preset.task} from end to end, for at most {left:.0f} s")
    made = run_for(preset.task, preset.settings.device, results, variables, left)
    notes = *run_notes(made, preset.task), *preset.notes
    return dataclasses.replace(report, notes=notes)


def _check_usable(preset: Preset, make_process: Callable[[], Process]) -> None:
    """Refuses a machine on which every model of ours would fail, after minutes."""
    settings = dataclasses.asdict(dataclasses.replace(preset.settings, steps=1))
    process = make_process()
    try:
        spec = {"subject": "matmul", "model": "matmul", "settings": settings}
        process.ask(spec, preset.layers.each)
    except WorkerFailedError as error:
        raise UsageError(str(error)) from error
    finally:
        process.end()


def run_for(
    task: str, device: str, results: Path, variables: dict[str, str], seconds: float
) -> Result | str:
    """A run of a task at its size for comparisons, as the reference runs have it.

    It is asked to end after some seconds.

    Returns:
        The result, also of a run that was ended; or a sentence of why there is none.
    """
    command = [sys.executable, "-P", "-m", "seqtasks.cli.main", "run", task, "--json"]
    command += ["--params", "task", "--no-resume"]
    command += ["--device", device, "--results", str(results)]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, **variables},
    )
    try:
        printed, _ = process.communicate(timeout=max(seconds, 1.0))
    except subprocess.TimeoutExpired:
        process.terminate()
        try:
            printed, _ = process.communicate(timeout=_ENDING_SECONDS)
        except subprocess.TimeoutExpired:
            return f"it was not done in {seconds:.0f} s and did not end when asked to"
    finally:
        process.kill()
    try:
        return from_json(printed)
    except ValueError:
        return f"it ended with exit code {process.wait()}"


def run_notes(made: Result | str, task: str) -> tuple[str, ...]:
    """What a run from end to end reached, beside the reference runs of its row."""
    if isinstance(made, str):
        return (f"{task}, from end to end: no result, {made}.",)
    if made.score is None:
        return (f"{made.task}, from end to end: {made.status}. {made.reason}",)
    speed = f"{made.time_steps_per_second:,.0f} {made.step_name}s/s"
    unit = made.metric_units.get(made.monitor, "")
    first = (
        f"{made.task}, {made.cell}, seed {made.seed}, from end to end: test "
        f"{made.monitor} {made.score:.4g} {unit} after {made.seconds:.0f} s, {speed}, "
        f"on {made.device}, {made.backend}."
    )
    references = _references(made)
    if not references:
        return first, "There are no reference runs of its task, options and settings."
    shown = ", ".join(
        f"{one.score:.4g} (seed {one.seed})" for one in references if one.score
    )
    devices = "; ".join(sorted({one.device for one in references}))
    same_seed = [one for one in references if one.seed == made.seed]
    verdict = judge((same_seed or references)[-1], made, references)
    return (
        first,
        f"Reference runs of its row: {shown}, on {devices}.",
        f"Beside them it is {verdict.kind}: {verdict.sentence}",
    )


def _references(made: Result) -> list[Result]:
    """The finished reference runs of the same row, in the order of their seeds."""

    def row(result: Result) -> tuple[Any, ...]:
        of_speed = ("implementation", "memory_budget", "gradient_checkpoint_every")
        settings = {
            name: value
            for name, value in result.settings.items()
            if name not in of_speed and value not in (None, False)
        }
        return result.options, result.cell_options, result.task_version, settings

    found = reference_results((f"{made.task}-{made.cell}-s",))
    same = (one for one in found if one.status == "finished" and row(one) == row(made))
    return sorted(same, key=lambda one: one.seed)
