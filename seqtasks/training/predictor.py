"""A trained model on new input: whole files and texts, or one time step at a time."""

import dataclasses
import functools
import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import keras
import numpy as np

from seqtasks.data.damage import DamagedError
from seqtasks.errors import UsageError, notice
from seqtasks.files import check_readable, from_data
from seqtasks.loading import import_module
from seqtasks.processor import NewExample, Processor
from seqtasks.registry import CELLS, TASKS
from seqtasks.result import Result, from_json
from seqtasks.store import Store
from seqtasks.training.experiment import build_task, find_task
from seqtasks.training.form_processor import FormProcessor, processor_of
from seqtasks.training.load_model import load_model, read_members
from seqtasks.training.model_file import About, as_functional, read_about
from seqtasks.training.model_variants import Stepper, check_steps, plain
from seqtasks.training.predict import load_run
from seqtasks.training.sequence_outputs import SequenceOutputs, is_batch

_LARGEST_INPUT = 2**32
_LONGEST_NAME = 200  # of a text in a message


_SENTENCE = re.compile(r"(?<=\.) ")
_UNREADABLE = (DamagedError, UsageError, OSError)


@dataclasses.dataclass(eq=False)
class _Input:
    """A file or a text: its rows so far, and a sentence if it cannot be read."""

    name: str
    rows: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    problem: str = ""

    def skip(self, error: Exception) -> None:
        # advice on options of a run is for who trains; here they are the model's
        kept = [one for one in _SENTENCE.split(str(error)) if "--set" not in one]
        why = " ".join(kept).rstrip(".") or "it is not read as its training data was"
        self.problem = f"{self.name[:_LONGEST_NAME]!r} is skipped: {why}."

    @property
    def found(self) -> tuple[list[dict[str, Any]], str]:
        return self.rows, self.problem


class RunPredictor:
    """A trained model on new input, which is read as its training data was.

    Args:
        result: The run's row.
        model: Its model as a functional one.
        processor: The task's processor; ``None`` if new input cannot be read.
        longest: Number of time steps of the longest training example; 0 if not known.

    Call arguments:
        inputs: Path of a file, or several.
        texts: Texts in place of files.

    Returns:
        The rows of the predictions, each a dictionary whose ``input`` names the file;
        what cannot be read is named on stderr and in ``skipped``.

    Attributes:
        skipped: A sentence for each input of the last call that could not be read.

    Example:
        ``predictor = seqtasks.predictor("keyword_spotting-gru")``, then
        ``predictor("yes.wav")``; or ``predictor.step(frame)`` for each frame.
    """

    def __init__(
        self,
        result: Result,
        model: keras.Model,
        processor: Processor | None,
        longest: int = 0,
    ):
        self.result = result
        self.model = model
        self.longest = longest
        self.skipped: list[str] = []
        self._processor = processor
        self._carries = any(getattr(one, "stateful", False) for one in model.layers)

    @property
    def processor(self) -> Processor:
        """The task's processor.

        Raises:
            UsageError: If the task has none.
        """
        if self._processor is None:
            raise UsageError(
                f"The task {self.result.task} reads no input of one's own: its inputs "
                f"are several arrays, and it states no processor "
                f"(seqtasks.Processor). What it generates, `seqtasks sample` shows."
            )
        return self._processor

    def __call__(
        self, inputs: str | Path | Iterable[str | Path] = (), texts: Iterable[str] = ()
    ) -> list[dict[str, Any]]:
        paths = [inputs] if isinstance(inputs, str | Path) else [*inputs]
        found: list[dict[str, Any]] = []
        self.skipped = []
        for rows, problem in self.each(map(Path, paths), texts):
            found += rows
            if problem:
                self.skipped.append(problem)
                notice(problem)
        return found

    def each(
        self, paths: Iterable[Path], texts: Iterable[str] = ()
    ) -> Iterator[tuple[list[dict[str, Any]], str]]:
        """For each input its rows, and a sentence if it cannot be read."""
        processor = self.processor
        readers: list[tuple[str, Callable[[], Iterable[NewExample]]]] = [
            (str(path), functools.partial(self._read, path)) for path in paths
        ]
        readers += [
            (text, lambda text=text: [processor.parse(text)])  # type: ignore[misc]
            for text in texts
        ]
        # one by one where a processor calls the model in a loop of its own
        together = type(processor).outputs is Processor.outputs
        done: list[_Input] = []
        waiting: list[tuple[_Input, NewExample]] = []
        for name, read in readers:
            now = _Input(name)
            try:
                for example in read():
                    waiting.append((now, example))
                    if not together or is_batch([one.inputs for _, one in waiting]):
                        self._predict(waiting, together)
                        waiting = []
                        yield from (one.found for one in done)
                        done = []
                    if now.problem:
                        break
            except _UNREADABLE as error:
                now.skip(error)
            done.append(now)
            if not waiting:
                yield from (one.found for one in done)
                done = []
        self._predict(waiting, together)
        yield from (one.found for one in done)

    def _predict(
        self, waiting: list[tuple["_Input", NewExample]], together: bool
    ) -> None:
        """Adds the rows of examples to those of their inputs."""
        if together:
            every = self._model.of_many([example.inputs for _, example in waiting])
        ended: list[_Input] = []
        for index, (one, example) in enumerate(waiting):
            if one in ended:
                continue
            where = f"{one.name}, {example.name}" if example.name else one.name
            try:
                outputs = (
                    every[index]
                    if together
                    else self.processor.outputs(example, self._model)
                )
                described = self.processor.describe(example, outputs)
                one.rows += ({"input": where, **row} for row in described)
            except _UNREADABLE as error:
                one.skip(error)
                ended.append(one)

    def step(self, inputs: Any) -> np.ndarray:
        """The prediction after one more time step of a sequence.

        Args:
            inputs: The input of the step as ``load`` gives it, without the time axis.

        Returns:
            The head's outputs: those that the whole sequence gives at this step.

        Raises:
            UsageError: If the model reads backwards too, or its encoder puts several
                steps together.
        """
        now = keras.tree.map_structure(
            lambda part, like: np.asarray(part, like.dtype)[None, None],
            inputs,
            self._one_input,
        )
        output = self._stepper(now)[0]
        return output[0] if self._each_step else output

    def reset(self) -> None:
        """Begins a new sequence for :meth:`step`."""
        self._stepper.reset()

    def outputs(self, inputs: Any) -> np.ndarray:
        """The head's outputs for a sequence, ``(time, …)`` as ``load`` gives it."""
        return self._model(inputs)

    def _read(self, path: Path) -> Iterable[NewExample]:
        if path.is_dir():
            raise UsageError(
                f"expected {self.processor.reads}; it is a folder. Name the files in it"
            )
        check_readable(path, _LARGEST_INPUT, "an input")
        return self.processor.read(path)

    @property
    def _one_input(self) -> Any:
        given = self.model.input
        masked = isinstance(given, dict) and "mask" in given
        return given["inputs"] if masked else given

    @property
    def _each_step(self) -> bool:
        return self._loops[-1]

    @functools.cached_property
    def _loops(self) -> list[bool]:
        return [
            getattr(layer, "forward_layer", layer).return_sequences
            for layer in self.model.layers
            if isinstance(layer, keras.layers.RNN | keras.layers.Bidirectional)
        ]

    @functools.cached_property
    def _whole(self) -> keras.Model:
        return plain(self.model)

    @functools.cached_property
    def _stepper(self) -> Stepper:
        check_steps(self.model, self._whole)
        return Stepper(self.model)

    @functools.cached_property
    def _model(self) -> SequenceOutputs:
        each_step = self._each_step
        return SequenceOutputs(self.model, self._whole, each_step, self._carries)


def predictor(
    run: str | Path, results: str | Path = "results", *, allow_code: bool = False
) -> RunPredictor:
    """The model of a run, for new input.

    Args:
        run: Name of the run or its beginning, path of its row, or path of a ``.keras``
            file that ``seqtasks run`` or ``seqtasks export`` wrote, on any machine.
        results: Folder of results.
        allow_code: Whether a Python file that the run names may be run.

    Raises:
        UsageError: If there is no such run or file, or it is refused.
    """
    if str(run).endswith(".keras"):
        return _of_file(Path(run), allow_code)
    store = Store(Path(results))
    if str(run).endswith(".json"):
        store = Store(Path(run).parent)
    result = store.find(str(run))
    path = store.weights_file(result.run)
    if path.suffix == ".keras":
        try:
            return _of_file(path, allow_code)
        except UsageError:
            # a class that no decorator registers is found where the run is made again
            if not (allow_code and any(map(_is_file, _references(result)))):
                raise
    experiment = load_run(result, store, allow_code)
    batch = keras.tree.map_structure(np.asarray, dict(experiment.first_batch[0]))
    model = as_functional(experiment.model, batch)
    return RunPredictor(result, model, experiment.processor)


def _of_file(path: Path, allow_code: bool) -> RunPredictor:
    about = read_about(path, read_members(path))
    try:
        result = from_json(json.dumps(about.row))
    except ValueError as error:
        raise UsageError(f"{path} is not read: its row is none: {error}.") from None
    kind = about.processor.get("class")
    task, cell = _references(result)
    needed = [(CELLS, cell)]
    if kind is None or not str(kind).endswith(f":{FormProcessor.__name__}"):
        needed.append((TASKS, task))
    for registry, reference in needed:
        if not _is_file(reference):
            continue
        if not allow_code:
            raise UsageError(
                f"The {registry.kind} of {path} is code in the file {reference!r}, and "
                f"a model may come from anyone. Read that file, and give --allow-code "
                f"if you trust it."
            )
        registry.find(reference).load()
    processor = _processor(path, about, result)
    return RunPredictor(result, load_model(path), processor, about.longest)


def _processor(path: Path, about: About, result: Result) -> Processor | None:
    """The processor that a file names, if it is the task's own."""
    if not about.processor:
        entry, options = find_task(
            result.task_reference if _is_file(result.task_reference) else result.task,
            result.options,
        )
        task = build_task(entry, options, seed=0)
        example = next(iter(task.load("train").take(1)))[0]
        batch = keras.tree.map_structure(lambda part: np.asarray(part)[None], example)
        return processor_of(task, {"inputs": batch})
    try:
        module, _, name = about.processor["class"].rpartition(":")
        fields = about.processor["fields"]
    except (KeyError, AttributeError):
        raise UsageError(f"{path} is not read: its processor has no class.") from None
    if not name:
        return None
    kind = FormProcessor if name == FormProcessor.__name__ else None
    if kind is None:
        kind = getattr(_module_of(path, module, result), name, None)
    if not (isinstance(kind, type) and issubclass(kind, Processor)):
        raise UsageError(f"{path} is not read: {module}:{name} is no processor.")
    try:
        return from_data(kind, fields)
    except ValueError as error:
        raise UsageError(f"{path} is not read: its processor: {error}.") from None


def _module_of(path: Path, module: str, result: Result) -> Any:
    """The module of a processor: the task's own file or package, and no other."""
    reference = result.task_reference
    if _is_file(reference):
        # allowed, since the caller has loaded it
        return import_module(reference.rpartition(":")[0], f"the task {result.task}")
    entry = TASKS.entries().get(result.task)
    package = entry.reference.rpartition(":")[0].rpartition(".")[0] if entry else ""
    if not package or not module.startswith(f"{package}."):
        raise UsageError(
            f"{path} is not read: its processor is in {module}, which is no part of "
            f"the task {result.task}."
        )
    return import_module(module, f"the processor of {result.task}")


def _references(result: Result) -> tuple[str, str]:
    return result.task_reference, result.cell_reference


def _is_file(reference: str) -> bool:
    return reference.endswith(".py") or reference.rpartition(":")[0].endswith(".py")
