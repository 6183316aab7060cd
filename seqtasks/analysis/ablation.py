"""Ablation: a cell trained whole and without each of its gates, at one size."""

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from seqtasks.errors import UsageError
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.training.display import Display
from seqtasks.training.experiment import Experiment
from seqtasks.training.run import CHECKPOINT_EVERY, run
from seqtasks.training.settings import Settings, stored_settings
from seqtasks.training.sizing import size_of, sized

# a run that diverged does so again with the same seed
_OVER = ("finished", "diverged")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Ablation:
    """What is trained; the arguments are those of :func:`seqtasks.training.run.run`.

    Args:
        task: Name of the task, or path of a file that defines one.
        cell: Name or path of the cell.
        options: Values of the task's options.
        cell_options: Values of the cell's options.
        settings: Values of the settings.
        params: Number of parameters of each model; ``None`` for that of the whole cell
            with the units that the task or ``settings`` has.
        seeds: Number of seeds, from 0.
        resume: ``False`` trains all again, also what is finished.
        checkpoint_every: Interval between checkpoints.
        author: As in :func:`seqtasks.training.run.run`.
    """

    task: str
    cell: str
    options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    cell_options: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    settings: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    params: int | None = None
    seeds: int = 3
    resume: bool | None = None
    checkpoint_every: str | float = CHECKPOINT_EVERY
    author: str | None = None


def ablate(what: Ablation, store: Store, display: Display) -> Iterator[Result]:
    """Trains what is not finished yet, and yields the result of each run.

    All cells of a seed come before the next seed, so that what is there when it is cut
    off can be compared.

    Args:
        what: The cell and the task.
        store: Folder of the results.
        display: Receives the events of the runs.

    Raises:
        UsageError: If the cell names no gates, or has no size near enough.
    """
    models = _models(what, display)
    for seed in range(what.seeds):
        for gate, experiment in models.items():
            name = f"without its {gate} gate" if gate else "whole"
            done = None
            if what.resume is not False:
                done = _finished(experiment, seed, store)
            if done is not None:
                display.message(f"{what.cell} {name}, seed {seed}: {done.run} is done.")
                yield done
                continue
            display.message(f"{what.cell} {name}, seed {seed}.")
            without = {"without": gate} if gate else {}
            yield run(
                what.task,
                what.cell,
                options=what.options,
                cell_options={**what.cell_options, **without},
                seed=seed,
                author=what.author,
                store=store,
                display=display,
                resume=False if what.resume is False else None,
                checkpoint_every=what.checkpoint_every,
                **{**what.settings, "units": experiment.settings.units},
            )


def _models(what: Ablation, display: Display) -> dict[str, Experiment]:
    """The cell whole and without each gate, by the gate, all of about one size."""
    if what.cell_options.get("without"):
        raise UsageError(
            f"Expected a whole cell to take gates from; received --cell-set without="
            f"{what.cell_options['without']}. Leave it out."
        )
    whole = Experiment.resolve(
        what.task,
        what.cell,
        options=what.options,
        cell_options=what.cell_options,
        settings=what.settings,
    )
    gates = getattr(whole.cell_entry.load(), "gates", {})
    if not gates:
        raise UsageError(
            f"Expected a cell that names its gates, as lstm and gru do; "
            f"{whole.cell_entry.name} names none. A cell names them in its class, as "
            f"in gates = {{'z': ('update', 0.0)}}, and computes them by self.gate "
            f"(seqtasks/cells/README.md)."
        )
    if what.params is not None and what.settings.get("units") is not None:
        raise UsageError(
            f"Expected the size as --params or as --units; received both, --units "
            f"being {what.settings['units']}. Leave one out."
        )
    num_params = what.params or size_of(whole)
    found = {}
    if what.params is None:
        found[""] = whole
        display.message(
            f"whole: {whole.settings.units} units, {num_params:,} parameters"
        )
    else:
        found[""], message = sized(whole, num_params)
        display.message(f"whole: {message}")
    for gate, _ in gates.values():
        try:
            changed = whole.without_gate(gate)
        except UsageError as error:
            display.message(f"Left out: {gate}. {error}")
            continue
        try:
            found[gate], message = sized(changed, num_params)
        except UsageError as error:
            raise UsageError(
                f"Expected a cell without its {gate} gate of the whole one's size, as "
                f"the comparison is of equal parameters. {error} Give another --params."
            ) from error
        display.message(f"without {gate}: {message.partition(': ')[2]}")
    return found


def _finished(experiment: Experiment, seed: int, store: Store) -> Result | None:
    """The newest run of this very experiment and seed that is over."""
    key = experiment.run_key
    found = [
        result
        for result in store.read()[0]
        if result.status in _OVER
        and (result.seed, result.limit) == (seed, key["limit"])
        and not (result.rerun_of or result.purpose or result.is_trial)
        and all(
            getattr(result, name) == key[name]
            for name in (
                *("task", "task_reference", "task_version", "options", "fingerprint"),
                *("cell", "cell_reference", "cell_options"),
            )
        )
        and _deciding(result) == _alike(experiment.settings)
    ]
    return max(found, key=lambda result: result.created, default=None)


def _deciding(result: Result) -> Settings | None:
    try:
        return _alike(stored_settings(result))
    except UsageError:
        return None


def _alike(settings: Settings) -> Settings:
    """The settings without those that change the speed and not the numbers."""
    return dataclasses.replace(
        settings, implementation="auto", gradient_checkpoint_every=None, memory_budget=0
    )
