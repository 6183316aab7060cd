"""Experiment: one task, cell, options, settings and seed, resolved.

It gives the task, its batches, the model and the baselines, each made once and here.
"""

import dataclasses
import functools
import inspect
import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from seqtasks.author import author_of
from seqtasks.cells.base import Cell
from seqtasks.cells.unused_params import unused_params
from seqtasks.errors import UsageError
from seqtasks.loading import placed, reported
from seqtasks.options import require, resolve_options
from seqtasks.processor import Processor
from seqtasks.registry import CELLS, FILE_CODE, TASKS, Entry, Registry, nearest
from seqtasks.result import Result, Search
from seqtasks.task import SPLITS, Baseline, Task
from seqtasks.training.baseline_cache import baselines_of
from seqtasks.training.declaration import check_baselines, check_declared
from seqtasks.training.devices import ONE_DEVICE, Devices, is_replicated
from seqtasks.training.display import Display
from seqtasks.training.form_processor import TypedProcessor, processor_of
from seqtasks.training.initial_weights import InitialWeights, set_initial
from seqtasks.training.model import SequenceModel, build_model, compile_model
from seqtasks.training.optimizers import make_optimizer
from seqtasks.training.overfit import LEAST_STEPS, overfitted
from seqtasks.training.pipeline import Pipeline, check_not_empty
from seqtasks.training.settings import Settings, resolve_settings, stored_settings

# of every Keras layer, and no part of what a cell computes
_LAYER_OPTIONS = ("name", "dtype", "trainable", "units")

# fewer training steps leave any cell near where it started
_LEAST_STEPS = 300


@dataclasses.dataclass(frozen=True, eq=False)
class Experiment:
    """All that is decided before the first training step; see :meth:`resolve`.

    Args:
        task_entry: The task's entry in the registry.
        options: Values of all options of the task.
        cell_entry: The cell's entry in the registry.
        cell_options: Values of all options of the cell but ``units``.
        settings: Resolved settings.
        seed: Random seed.
        task: The task, built after seeding.
        rerun_of: Name of the stored run that this one repeats; empty for none.
        author: Name of the person who runs it; empty for none.
        initial: Weights of another run to begin with; ``None`` for drawn ones.
        devices: The devices that share each batch; they change no number but by
            rounding.
        search: Search of settings that it is a trial of, or whose best settings it
            has; ``None`` for none.
        purpose: Name of the study that the run is one step of; empty for none.
    """

    task_entry: Entry
    options: dict[str, Any]
    cell_entry: Entry
    cell_options: dict[str, Any]
    settings: Settings
    seed: int
    task: Task
    rerun_of: str = ""
    author: str = ""
    initial: InitialWeights | None = None
    devices: Devices = ONE_DEVICE
    search: Search | None = None
    purpose: str = ""

    @classmethod
    def resolve(
        cls,
        task: str,
        cell: str | None = None,
        *,
        options: Mapping[str, Any] | None = None,
        cell_options: Mapping[str, Any] | None = None,
        settings: Mapping[str, Any] | None = None,
        seed: int = 0,
        rerun_of: str = "",
        author: str | None = None,
        devices: Devices = ONE_DEVICE,
    ) -> "Experiment":
        """Finds task and cell, builds the task, fills in all that was not given.

        Args:
            task: Name of the task, or path of a file that defines one.
            cell: Name or path of the cell; ``None`` for the task's default.
            options: Values of the task's options.
            cell_options: Values of the cell's options.
            settings: Values of :class:`Settings` in place of the task's defaults.
            seed: Random seed.
            rerun_of: Name of the stored run that this one repeats.
            author: As in :func:`seqtasks.author.author_of`.
            devices: The devices that share each batch.

        Raises:
            UsageError: If there is no such task, cell, option or setting, or a value
                is out of range.
            DataUnavailableError: If the data is not there and could not be fetched.
        """
        task_entry, task_values = find_task(task, options or {})
        with devices.scope():  # metrics have variables
            built = build_task(task_entry, task_values, seed)
        cell_entry, cell_values = find_cell(cell or built.cell, cell_options or {})
        resolved = resolve_settings(built, task_entry.name, settings or {})
        devices.check(built, task_entry.name, resolved.batch_size)
        if resolved.overfit is not None:
            built = overfitted(built, resolved.overfit)
        return cls(
            task_entry,
            task_values,
            cell_entry,
            cell_values,
            resolved,
            seed,
            built,
            rerun_of,
            author_of(author),
            devices=devices,
        )

    @classmethod
    def of_result(cls, result: Result, allow_code: bool = False) -> "Experiment":
        """The experiment of a stored run, resolved again.

        Args:
            result: The run. It may come from anyone, so that nothing in it is trusted.
            allow_code: Whether a Python file that it names may be run.

        Raises:
            UsageError: If it names a file and that is not allowed, or a name that is
                not installed here, or has options or settings that are none.
        """
        task = _findable(TASKS, result.task, result.task_reference, allow_code)
        cell = _findable(CELLS, result.cell, result.cell_reference, allow_code)
        for options in (result.options, result.cell_options):
            _check_plain(options)
        again = cls.resolve(
            task,
            cell,
            options=result.options,
            cell_options=result.cell_options,
            settings=dataclasses.asdict(stored_settings(result)),
            seed=result.seed,
            rerun_of=result.run,
        )
        return dataclasses.replace(again, search=result.search)

    def with_units(self, units: int) -> "Experiment":
        """The same experiment with another width; the data is not read again."""
        return self._changed(settings=dataclasses.replace(self.settings, units=units))

    def without_gate(self, gate: str) -> "Experiment":
        """The same experiment with a cell without a gate; the data is not read again.

        Raises:
            UsageError: If the cell cannot be made without it.
        """
        other = self._changed(cell_options={**self.cell_options, "without": gate})
        other.make_cell(other.settings.units)
        return other

    def _changed(self, **fields: Any) -> "Experiment":
        other = dataclasses.replace(self, **fields)
        vars(other).update(pipeline=self.pipeline, first_batch=self.first_batch)
        return other

    def long_enough(self) -> tuple["Experiment", str]:
        """With more epochs where a default number of them is a handful of steps.

        A task's default is made for its default data. It stays, whatever the data, if
        it gives ``_LEAST_STEPS`` training steps.

        Returns:
            The experiment, and a sentence about what was changed; empty for nothing.
        """
        default, steps = self.settings.epochs, self.pipeline.steps
        if default is None or default * steps >= _LEAST_STEPS:
            return self, ""
        epochs = -(-_LEAST_STEPS // steps)
        longer = dataclasses.replace(self.settings, epochs=epochs)
        count = len(self.pipeline.lengths["train"])
        return self._changed(settings=longer), (
            f"{count:,} training examples are {steps} "
            f"{'step' if steps == 1 else 'steps'} an epoch: this run has {epochs} "
            f"epochs in place of {default}, so that it takes {epochs * steps} steps. "
            f"--epochs sets another number."
        )

    @property
    def has_own_data(self) -> bool:
        """Whether the task reads a file or folder that a person has named."""
        given = self.options.get("dataset")
        default = inspect.signature(self.task_entry.load()).parameters.get("dataset")
        if not isinstance(given, str) or (default and given == default.default):
            return False
        return os.path.exists(os.path.expanduser(given))

    @property
    def is_trial(self) -> bool:
        """Whether it is a trial of a search, for which there is no test split."""
        return self.search is not None and self.search.trials is None

    def make_cell(self, units: int) -> keras.Layer:
        """A new cell; see :func:`build_cell`."""
        return build_cell(self.cell_entry, self.cell_options, units)

    @functools.cached_property
    def pipeline(self) -> Pipeline:
        """The batches of the task. All splits are read for it; of a trial no test."""
        settings = self.settings
        pipeline = Pipeline(
            self.task,
            settings.batch_size,
            self.seed,
            settings.limit,
            settings.memory_budget,
            few_lengths=settings.seconds is not None,
            least_steps=1 if settings.overfit is None else LEAST_STEPS,
            devices=self.devices.count,
            splits=SPLITS[:2] if self.is_trial else SPLITS,
        )
        check_not_empty(pipeline)
        return pipeline

    @functools.cached_property
    def first_batch(self) -> tuple:
        """The first training batch: inputs and mask, targets, weights.

        The weights of all layers are made by its shapes.
        """
        return next(iter(self.pipeline.train(0)))

    @functools.cached_property
    def model(self) -> SequenceModel:
        """The model, compiled. Its weights continue the draws that built the task."""
        task, settings = self.task, self.settings
        features, _, _ = self.first_batch
        names = f"of {self.task_entry.name} with the cell {self.cell_entry.name}"
        with self.devices.scope(), reported(f"The model {names} could not be built"):
            model = build_model(task, self.make_cell, settings, features, self.seed)
        if model.num_outputs is not None:
            with placed(task.load):
                self.pipeline.check_classes(model.num_outputs)
        steps = None
        if settings.epochs is not None:
            steps = settings.epochs * self.pipeline.steps
        with self.devices.scope():
            compile_model(model, task, make_optimizer(settings, steps))
            if is_replicated():  # within a step no variable can be made
                model._symbolic_build(data_batch=self.first_batch)
        return model

    @functools.cached_property
    def baselines(self) -> tuple[Baseline, ...]:
        """Results of methods without a recurrent state; none where test is not read."""
        if self.is_trial:
            return ()
        name = self.task_entry.name
        with reported(f"The baselines of {name} could not be computed"):
            found = self.task.baselines()
        check_baselines(found, self.task, name)
        return tuple(found)

    def prepare(
        self, results: Path | None = None, display: Display | None = None
    ) -> SequenceModel:
        """Makes data, model and baselines, in the order on which random draws depend.

        Args:
            results: Folder of results beside which baselines are kept; ``None`` for
                none.
            display: Receives an event when they are computed.

        Returns:
            The compiled model, ready for its first step.
        """
        model = self.model
        # a task without baselines has an empty tuple of them
        none = self.is_trial or self.task.baselines is tuple
        if results is not None and not none:
            about = {
                "version": self.task.version,
                "options": self.options,
                "fingerprint": self.pipeline.fingerprint,
            }
            vars(self)["baselines"] = baselines_of(
                self.task_entry,
                about,
                lambda: self.baselines,
                results,
                display or Display(),
            )
        assert self.baselines is not None
        if self.initial is not None:
            sentences = set_initial(
                model,
                self.first_batch[0],
                self.initial,
                self.cell_entry.name,
                self.stored_processor,
            )
            display = display or Display()
            for sentence in sentences:
                display.message(sentence)
        # a cell has drawn as many random numbers as it liked; training starts even
        keras.utils.set_random_seed(self.seed)
        return model

    @property
    def built_model(self) -> SequenceModel | None:
        """The model if it is there: for one that is too large there is no memory."""
        return vars(self).get("model")

    @property
    def processor(self) -> Processor | None:
        """The task's processor of new input; ``None`` if there is none."""
        return processor_of(self.task, self.first_batch[0])

    @property
    def stored_processor(self) -> dict[str, Any]:
        """The processor as a file has it; empty for one with a function of the task."""
        processor = self.processor
        if processor is None:
            return {"class": "", "fields": {}}
        return {} if isinstance(processor, TypedProcessor) else processor.to_data()

    @property
    def num_params(self) -> int:
        """Number of trainable parameters of the whole model; 0 while there is none."""
        model = self.built_model
        return count_params(model) if model else 0

    @property
    def configuration(self) -> dict[str, Any]:
        """All that was chosen, by anyone, in the words of the command line."""
        settings = dataclasses.asdict(self.settings)
        limit = settings.pop("limit")
        return {
            "task": self.task_entry.name,
            "options": self.options,
            "cell": self.cell_entry.name,
            "cell_options": self.cell_options,
            "settings": settings,
            "limit": limit,
            "seed": self.seed,
            "num_params": self.num_params,
        }

    @functools.cached_property
    def code(self) -> dict[str, str]:
        """The hash of the file, or the package and version, of task and cell.

        As they were when the run began: a file may be edited while it trains.
        """
        return {"task": self.task_entry.code, "cell": self.cell_entry.code}

    @functools.cached_property
    def run_key(self) -> dict[str, Any]:
        """All that decides a run's numbers and that a person chose, as JSON has it.

        A run that was cut off goes on only as the same experiment: the configuration,
        the data's fingerprint, and the text of a task or cell of one's own, since one
        who has changed it wants a new run.
        """
        key = {
            **self.configuration,
            "task_version": self.task.version,
            "fingerprint": self.pipeline.fingerprint,
            "rerun_of": self.rerun_of,
        }
        if self.initial is not None:
            key["init_from"] = self.initial.digest
        if self.search is not None:
            key["search"] = dataclasses.asdict(self.search)
        if self.purpose:
            key["purpose"] = self.purpose
        del key["num_params"]  # the others decide it
        # it changes no number: a run may resume on a machine with less memory
        del key["settings"]["memory_budget"]
        for kind, entry in (("task", self.task_entry), ("cell", self.cell_entry)):
            key[f"{kind}_reference"] = entry.reference
            code = self.code[kind]
            digest = code.removeprefix(FILE_CODE)
            key[f"{kind}_file"] = digest if code != digest else ""
        return json.loads(json.dumps(key, default=str))


def find_task(name: str, options: Mapping[str, Any]) -> tuple[Entry, dict[str, Any]]:
    """A task by name or path, and the values of all its options.

    Raises:
        UsageError: If there is no such task or option, or a value is of another type.
    """
    entry = TASKS.find(name)
    owner = f"the task {entry.name}"
    return entry, resolve_options(entry.load(), options, owner)


def build_task(entry: Entry, options: Mapping[str, Any], seed: int) -> Task:
    """Seeds all random generators, then calls the task's function.

    Raises:
        UsageError: If the function does not return a task, or the seed is none.
    """
    require(0 <= seed < 2**32, "seed", seed, "an integer from 0 to 2**32 - 1")
    # Keras draws the seed of an initializer when a layer is constructed
    keras.utils.set_random_seed(seed)
    with reported(f"The task {entry.name} could not be built"):
        task = entry.load()(**options)
    if not isinstance(task, Task):
        raise UsageError(
            f"Expected the function {entry.name} in {entry.reference} to "
            f"return a seqtasks.Task; it returned {type(task).__name__}."
        )
    check_declared(task, entry.name)
    return task


def find_cell(name: str, options: Mapping[str, Any]) -> tuple[Entry, dict[str, Any]]:
    """A cell by name or path, and the values of all its options but ``units``.

    Raises:
        UsageError: If there is no such cell or option, or a value is of another type.
    """
    entry = CELLS.find(name)
    cell_class = entry.load()
    if not inspect.isclass(cell_class):
        raise UsageError(
            f"Expected {entry.reference} to be a class of cells; "
            f"it is {type(cell_class).__name__}."
        )
    values = resolve_options(cell_class, options, f"the cell {entry.name}")
    if not values.get("without"):
        values.pop("without", None)  # a whole cell is that of before there were gates
    return entry, {k: v for k, v in values.items() if k not in _LAYER_OPTIONS}


def build_cell(entry: Entry, options: Mapping[str, Any], units: int) -> keras.Layer:
    """A new cell.

    Raises:
        UsageError: If the class cannot be constructed so.
    """
    with reported(f"Could not construct the cell {entry.name}({units}, ...)"):
        return entry.load()(units, **options)


def count_params(model: keras.Model) -> int:
    """Number of trainable parameters of a model, those of removed gates left out."""
    every = sum(math.prod(variable.shape) for variable in model.trainable_variables)
    cells = (layer for layer in model._flatten_layers() if isinstance(layer, Cell))
    return every - sum(unused_params(cell) for cell in cells if cell.without)


def _findable(registry: Registry, name: str, reference: str, allow_code: bool) -> str:
    """A file's path for what came from a file, else the registered name."""
    if not (reference.endswith(".py") or reference.rpartition(":")[0].endswith(".py")):
        # not by find: it would take a name that looks like a path for a file
        if name not in registry.entries():
            raise UsageError(
                f"The run's {registry.kind} is named {name!r}, and no {registry.kind} "
                f"of that name is installed here. {nearest(name, registry.entries())}"
            )
        return name
    if not allow_code:
        raise UsageError(
            f"The {registry.kind} of this run is code in the file {reference!r}, and a "
            f"results file may come from anyone. Read that file, and give "
            f"--allow-code if you trust it."
        )
    return reference


def _check_plain(options: Any) -> None:
    """Refuses options that describe an object: Keras would construct it from them."""
    if isinstance(options, dict):
        if "class_name" in options:
            raise UsageError(
                f"Expected options of a stored run to be plain values; received the "
                f"description of an object of the class {options['class_name']!r}."
            )
        options = list(options.values())
    if isinstance(options, list):
        for option in options:
            _check_plain(option)
