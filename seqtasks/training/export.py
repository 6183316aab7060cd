"""Trained models in the formats of other programs, each loaded again and compared."""

import contextlib
import dataclasses
import importlib
import io
import os
import secrets
import shutil
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import keras
import numpy as np

from seqtasks.errors import UsageError
from seqtasks.files import replacing
from seqtasks.training.model_variants import check_steps, plain, step_model
from seqtasks.training.predictor import RunPredictor, predictor

Format = Literal["savedmodel", "onnx", "litert"]
Outputs = dict[str, np.ndarray]
Run = Callable[[Mapping[str, np.ndarray]], Outputs]

SUFFIXES: dict[str, str] = {"savedmodel": "", "onnx": ".onnx", "litert": ".tflite"}

# rounding of sums in another order
_RTOL, _ATOL = 1e-4, 1e-5
# LiteRT has no loop for it: each step is a copy of the cell
_LONGEST_UNROLLED = 512
_LENGTH = 100

_NEEDS = {
    "onnx": ("tf2onnx", "onnx", "onnxruntime"),
    "litert": ("ai_edge_litert",),
}


@dataclasses.dataclass(frozen=True)
class Exported:
    """What was written.

    Args:
        paths: The files or folders.
        notes: Sentences on what the format cannot do, and how the files are used.
    """

    paths: tuple[Path, ...]
    notes: tuple[str, ...]


def export(
    trained: RunPredictor | str | Path,
    path: str | Path,
    to: Format,
    length: int | None = None,
    *,
    results: str | Path = "results",
) -> Exported:
    """Writes a trained model in another program's format, and proves that it is one.

    Beside the model of a whole sequence stands that of one time step, whose states are
    inputs and outputs, for streams: a second signature of a SavedModel, a second file
    else. What was written is loaded by that program, and is there only if it predicts
    what the model does.

    Args:
        trained: The model; or a run's name or its beginning, its row, or its ``.keras``
            file, as :func:`seqtasks.predictor` takes it.
        path: Path of the file or folder to write; there must be none yet.
        to: The format.
        length: Number of time steps of a LiteRT model; ``None`` for the model's own, or
            the longest example of training.
        results: Folder of results, in which a run is found by its name.

    Raises:
        UsageError: If a package is not installed, something is at the path, the format
            cannot express the model, or it predicts something else.
    """
    path = Path(path).expanduser()
    _check_asked(path, to)
    if isinstance(trained, str | Path):
        trained = predictor(trained, results)
    whole, notes = _whole(trained, to, length)
    models = {"serve": whole}
    try:
        check_steps(trained.model, plain(trained.model))
        # LiteRT plans its memory for one batch size
        step = step_model(trained.model, rows=1 if to == "litert" else None)
        models["step"] = _flat(step.model, step.model.output)
    except UsageError as error:
        notes.append(f"No model of one step is written. {error}")
    writer = {"savedmodel": _saved_model, "onnx": _onnx, "litert": _litert}[to]
    try:
        with _quiet():
            paths = writer(path, models)
    except UsageError:
        raise
    except Exception as error:  # any, from converters and a person's own layers
        line = str(error).strip().partition("\n")[0][:300]
        raise UsageError(
            f"The model was not written to {path}: {to} cannot express it, or its "
            f"converter fails: {type(error).__name__}: {line}"
        ) from error
    return Exported(paths, tuple(notes))


def _whole(
    trained: RunPredictor, to: Format, length: int | None
) -> tuple[keras.Model, list[str]]:
    """The model of a whole sequence with inputs by name, and what is to be known."""
    if to != "litert":
        model = plain(trained.model)
        return _flat(model, [model.output]), []
    fixed = keras.tree.flatten(plain(trained.model).input)[0].shape[1]
    steps = length or fixed or trained.longest or _LENGTH
    if fixed and steps != fixed:
        raise UsageError(
            f"Expected --length {fixed}, the one length of this model; got {steps}."
        )
    if not 1 <= steps <= _LONGEST_UNROLLED:
        raise UsageError(
            f"Expected a --length from 1 to {_LONGEST_UNROLLED} for LiteRT, in whose "
            f"file each step is a copy of the cell; got {steps}. Its model of one step "
            f"takes any length: export with a short --length, and feed it."
        )
    model = plain(trained.model, rows=1, length=steps, unrolled=True)
    masked = isinstance(model.input, dict) and "mask" in model.input
    shorter = (
        "a shorter one is filled up with zeros, and its mask is false there"
        if masked
        else "no other length is taken"
    )
    note = f"LiteRT has one length: this file takes {steps} steps of one sequence; "
    return _flat(model, [model.output]), [f"{note}{shorter}."]


def _flat(model: keras.Model, outputs: list[Any]) -> keras.Model:
    """The model with its inputs and outputs by name, none of them nested."""
    named = {
        "_".join(str(part) for part in place if part != 0) or "inputs": one
        for place, one in keras.tree.flatten_with_path(model.input)
    }
    if len(outputs) > 1:
        # of one step: [inputs, *states]
        inputs, *states = model.input
        named = {
            "_".join(map(str, place)) or "inputs": one
            for place, one in keras.tree.flatten_with_path(inputs)
        }
        named |= {f"state_{index}": one for index, one in enumerate(states)}
    results = {"outputs": outputs[0]}
    results |= {f"state_{index}_after": one for index, one in enumerate(outputs[1:])}
    given = {
        name: keras.Input(batch_shape=one.shape, dtype=one.dtype, name=name)
        for name, one in named.items()
    }
    packed = keras.tree.pack_sequence_as(
        model.input, [given[name] for name in _order(model.input, named)]
    )
    made = model(packed)
    made = made if isinstance(made, list) else [made]
    return keras.Model(given, dict(zip(results, made, strict=True)))


def _order(structure: Any, named: Mapping[str, Any]) -> list[str]:
    """The names of a structure's parts, in the order of flattening it."""
    by_id = {id(one): name for name, one in named.items()}
    return [by_id[id(one)] for one in keras.tree.flatten(structure)]


def _check_asked(path: Path, to: Format) -> None:
    if keras.backend.backend() != "tensorflow":
        raise UsageError(
            f"Expected KERAS_BACKEND=tensorflow for --to {to}, whose converter reads "
            f"TensorFlow; it is {keras.backend.backend()}."
        )
    for package in _NEEDS.get(to, ()):
        try:
            importlib.import_module(package)
        except ImportError:
            raise UsageError(
                f"--to {to} needs {package}, which is not installed: "
                f"`pip install seqtasks[{to}]`."
            ) from None
    suffix = SUFFIXES[to]
    if path.suffix != suffix and suffix:
        raise UsageError(
            f"Expected the name of a {suffix} file for --to {to}, as in model{suffix}; "
            f"received {path}."
        )
    for one in (path, _beside(path)):
        if one.exists():
            raise UsageError(f"There is already a file {one}. Give another name.")


def _beside(path: Path) -> Path:
    """The file of one step, as ``model.step.onnx``."""
    return path.with_name(f"{path.stem}.step{path.suffix}")


def _saved_model(path: Path, models: dict[str, keras.Model]) -> tuple[Path, ...]:
    import tensorflow as tf

    archive = keras.export.ExportArchive()
    for name, model in models.items():
        specs = {key: _spec(one) for key, one in model.input.items()}
        archive.track(model)
        archive.add_endpoint(name, model.call, input_signature=[specs])
    temporary = path.with_name(f".{secrets.token_hex(4)}-{path.name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        archive.write_out(temporary, verbose=False)
        loaded = tf.saved_model.load(str(temporary))
        for name, model in models.items():
            signature = getattr(loaded, name)

            def run(given, signature=signature) -> Outputs:
                parts = {key: tf.constant(one) for key, one in given.items()}
                return {key: one.numpy() for key, one in signature(parts).items()}

            _compare(model, run, path)
        os.rename(temporary, path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return (path,)


def _onnx(path: Path, models: dict[str, keras.Model]) -> tuple[Path, ...]:
    import onnxruntime

    def write(temporary: Path, model: keras.Model) -> Run:
        # Keras asks for a model that was called
        model.predict_on_batch(_given(model))
        model.export(temporary, format="onnx", verbose=False)
        session = onnxruntime.InferenceSession(
            temporary, providers=["CPUExecutionProvider"]
        )
        names = [one.name for one in session.get_outputs()]

        def run(given: Mapping[str, np.ndarray]) -> Outputs:
            return dict(zip(names, session.run(None, dict(given)), strict=True))

        return run

    return _files(path, models, write)


def _litert(path: Path, models: dict[str, keras.Model]) -> tuple[Path, ...]:
    from ai_edge_litert.interpreter import Interpreter

    def write(temporary: Path, model: keras.Model) -> Run:
        model.export(temporary, format="litert", verbose=False)
        signature = Interpreter(str(temporary)).get_signature_runner()
        return lambda given: signature(**given)

    return _files(path, models, write)


def _files(
    path: Path,
    models: dict[str, keras.Model],
    write: Callable[[Path, keras.Model], Run],
) -> tuple[Path, ...]:
    """A file for each model, all of them or none."""
    paths = [path if name == "serve" else _beside(path) for name in models]
    with contextlib.ExitStack() as stack:
        for one, model in zip(paths, models.values(), strict=True):
            temporary = stack.enter_context(replacing(one))
            _compare(model, write(temporary, model), one)
    return tuple(paths)


def _compare(model: keras.Model, run: Run, path: Path) -> None:
    """Refuses a program whose outputs for a drawn sequence are not the model's.

    Raises:
        UsageError: If an output is another.
    """
    given = _given(model)
    expected = keras.tree.map_structure(
        keras.ops.convert_to_numpy, model.predict_on_batch(given)
    )
    received = run(given)
    if {*received} != {*expected}:
        # a converter that names outputs by their place keeps their order
        received = dict(zip(expected, received.values(), strict=True))
    for name, values in expected.items():
        if not np.allclose(values, received[name], rtol=_RTOL, atol=_ATOL):
            difference = float(np.abs(values - received[name]).max())
            raise UsageError(
                f"What was loaded from {path} does not predict what the model does: "
                f"its {name} are off by up to {difference:.3g}. Nothing was written."
            )


def _given(model: keras.Model) -> dict[str, np.ndarray]:
    """Inputs of one sequence, by name."""
    rng = np.random.default_rng(0)
    return {name: _drawn(rng, name, one) for name, one in model.input.items()}


def _drawn(rng: np.random.Generator, name: str, one: Any) -> np.ndarray:
    """An array for an input: one sequence of seven steps where any length is taken."""
    shape = [size or fill for size, fill in zip(one.shape, (1, 7), strict=False)]
    shape += one.shape[2:]
    if name == "mask":
        mask = np.ones(shape, bool)
        mask[:, -2:] = False
        return mask
    if one.dtype.startswith("float"):
        return rng.normal(size=shape).astype(one.dtype)
    return rng.integers(0, 2, shape).astype(one.dtype)


def _spec(one: Any) -> Any:
    import tensorflow as tf

    return tf.TensorSpec(one.shape, one.dtype, name=one.name)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Converters print what they do to stdout, which is for results."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
    sys.stdout.flush()
