"""Models for other programs: what they predict is the model's, or nothing is there."""

import importlib
from pathlib import Path

import keras
import numpy as np
import pytest
from click.testing import CliRunner

from seqtasks.cli.main import main
from seqtasks.errors import UsageError
from seqtasks.registry import CELLS
from seqtasks.training import export as formats
from seqtasks.training.experiment import build_task, find_task
from seqtasks.training.export import export
from seqtasks.training.model import build_model
from seqtasks.training.model_file import as_functional
from seqtasks.training.predictor import RunPredictor
from seqtasks.training.settings import resolve_settings

TINY = str(Path(__file__).parents[1] / "tiny_task.py")
RNG = np.random.default_rng(0)


def untrained(cell="gru", task=TINY, options=None, inputs=None, **settings):
    """A model of a task as if a run had left it."""
    options = options or {}
    inputs = RNG.normal(size=(2, 6, 2)).astype("float32") if inputs is None else inputs
    batch = {"inputs": inputs}
    if options.get("lengths") == "varying":
        batch["mask"] = np.ones(inputs.shape[:2], bool)
    built = build_task(*find_task(task, options), 1)
    resolved = resolve_settings(built, "it", {"units": 3, **settings})
    model = build_model(built, CELLS.find(cell).load(), resolved, batch)
    return RunPredictor(None, as_functional(model, batch), None, longest=6)


def seqtasks(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.mark.slow
def test_a_saved_model_has_the_whole_sequence_and_one_step(tmp_path):
    import tensorflow as tf

    model = untrained(options={"lengths": "varying"}, layers=2)
    written = export(model, tmp_path / "saved", "savedmodel")
    assert (written.paths, written.notes) == ((tmp_path / "saved",), ())
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    inputs = RNG.normal(size=(1, 9, 2)).astype("float32")  # another length
    parts = {"inputs": tf.constant(inputs), "mask": tf.ones((1, 9), tf.bool)}
    whole = loaded.serve(parts)["outputs"][0]
    np.testing.assert_allclose(whole, model.outputs(inputs[0]), rtol=1e-5, atol=1e-6)
    states = [tf.zeros((1, 3)), tf.zeros((1, 3))]
    for t in range(9):
        given = {"inputs": tf.constant(inputs[:, t : t + 1])}
        given |= {f"state_{i}": state for i, state in enumerate(states)}
        made = loaded.step(given)
        states = [made["state_0_after"], made["state_1_after"]]
    np.testing.assert_allclose(made["outputs"][0], whole, rtol=1e-5, atol=1e-6)
    assert [path.name for path in tmp_path.iterdir()] == ["saved"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("to", "name", "package_name"),
    [("onnx", "m.onnx", "onnxruntime"), ("litert", "m.tflite", "ai_edge_litert")],
)
def test_other_programs_predict_the_same(tmp_path, to, name, package_name):
    pytest.importorskip(package_name)
    for number, model in enumerate(
        (
            untrained("lstm", options={"lengths": "varying"}),
            untrained("elman", options={"each_step": True}, bidirectional=True),
            untrained(
                "gru", "char_lm", {"dataset": "grammar"}, np.ones((2, 6), "int32")
            ),
        )
    ):
        folder = tmp_path / str(number)
        # it is compared before it is there
        written = export(model, folder / name, to)
        beside = f"m.step{Path(name).suffix}"
        both = number == 1
        expected = [name] if both else sorted([name, beside])
        assert sorted(path.name for path in folder.iterdir()) == expected
        assert len(written.notes) == (to == "litert") + both
        if to == "litert":
            assert "this file takes 6 steps of one sequence" in written.notes[0]
        if both:
            assert (
                "A bidirectional model cannot be run step by step" in written.notes[-1]
            )


def test_what_predicts_something_else_is_not_written(tmp_path, monkeypatch):
    given = formats._given

    def other(model):
        # after the file was written and before it is compared, the weights change
        for weight in model.trainable_weights:
            weight.assign(keras.ops.zeros_like(weight))
        return given(model)

    monkeypatch.setattr(formats, "_given", other)
    with pytest.raises(UsageError, match="its outputs are off by up to"):
        export(untrained(), tmp_path / "saved", "savedmodel")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("path", "to", "length", "sentence"),
    [
        ("m.onnx", "litert", None, "Expected the name of a .tflite file for --to"),
        ("there", "savedmodel", None, "There is already a file"),
        ("m.tflite", "litert", 4000, "Expected a --length from 1 to 512 for LiteRT"),
    ],
)
def test_what_cannot_be_written(tmp_path, monkeypatch, path, to, length, sentence):
    monkeypatch.setattr(formats, "_NEEDS", {})
    (tmp_path / "there").mkdir()
    with pytest.raises(UsageError, match=sentence):
        export(untrained(), tmp_path / path, to, length)
    assert [one.name for one in tmp_path.iterdir()] == ["there"]


@pytest.mark.parametrize("to", ["onnx", "litert"])
def test_a_package_that_is_not_installed(tmp_path, monkeypatch, to):
    load = importlib.import_module

    def without(name):
        if name in formats._NEEDS[to]:
            raise ImportError(name)
        return load(name)

    monkeypatch.setattr(importlib, "import_module", without)
    with pytest.raises(UsageError) as error:
        export(untrained(), tmp_path / f"m{formats.SUFFIXES[to]}", to)
    assert str(error.value).endswith(f"not installed: `pip install seqtasks[{to}]`.")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((".keras",), "is a .keras file already. Name another format by --to"),
        (("", "--length", "3"), "Expected no --length with --to keras, which takes"),
        (("", "--to", "h5"), "Invalid value for '--to'"),
    ],
)
def test_a_command_that_cannot_be(trained, arguments, sentence):
    store, result = trained
    suffix, *more = arguments
    run = f"{store.folder / result.run}{suffix}" if suffix else result.run
    done = seqtasks("export", run, *more, "--results", store.folder)
    assert done.exit_code == 2
    assert sentence in done.stderr


@pytest.mark.slow
def test_the_command_names_the_file_after_the_run(trained, tmp_path, monkeypatch):
    store, result = trained
    monkeypatch.chdir(tmp_path)
    given = (store.model_path(result.run), "--to", "savedmodel")
    done = seqtasks("export", *given)
    assert done.exit_code == 0, done.output
    assert done.stderr == f"Wrote {result.run}-savedmodel.\n"
    assert (tmp_path / f"{result.run}-savedmodel" / "saved_model.pb").is_file()
