"""A run's model as a ``.keras`` file, and such a file scored on a task."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from click.testing import CliRunner

import seqtasks as package
from seqtasks.cli.main import main
from seqtasks.errors import UsageError
from seqtasks.evaluations import EvaluationLog, EvaluationNotWrittenError
from seqtasks.registry import CELLS
from seqtasks.store import Store
from seqtasks.training import predict
from seqtasks.training.experiment import build_task, find_task
from seqtasks.training.export_keras import export_keras
from seqtasks.training.load_model import load_model
from seqtasks.training.model import build_model
from seqtasks.training.model_file import as_functional, as_inputs
from seqtasks.training.settings import resolve_settings

HERE = Path(__file__).parents[1]
TINY = str(HERE / "tiny_task.py")


def seqtasks(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@pytest.fixture(scope="module")
def exported(trained, tmp_path_factory):
    store, result = trained
    path = tmp_path_factory.mktemp("models") / "model.keras"
    done = seqtasks("export", result.run, path, "--results", store.folder)
    assert done.exit_code == 0, done.output
    assert done.stderr == f"Wrote {path}.\n"
    return path


def _options(book):
    return ("--dataset", book, "--set", "sequence_length=8")


def test_the_exported_model_scores_what_the_run_did(exported, trained, book, tmp_path):
    _, result = trained
    done = seqtasks(
        "score", "char_lm", exported, *_options(book), "--json", "--results", tmp_path
    )
    assert done.exit_code == 0, done.output
    scores = json.loads(done.stdout)
    assert scores["split"] == "validation"
    assert scores["metrics"] == pytest.approx(result.metrics["validation"], rel=1e-6)
    assert scores["fingerprint"] == result.fingerprint
    # no test evaluation was made, and the baselines are of the test split
    assert scores["baselines"] == []
    assert not list(tmp_path.iterdir())


def test_a_test_evaluation_is_counted(exported, trained, book):
    store, result = trained
    asked = ("score", "char_lm", exported, *_options(book), "--results", store.folder)
    for _ in range(2):  # the same file is the same model
        shown = seqtasks(*asked, "--split", "test").stdout
        assert "test evaluation 2 of char_lm (data " in shown
    value = result.metrics["test"]["bits_per_character"]
    assert f"bits_per_character ↓  {value:.4f} bits/character" in shown
    assert "baseline    5-gram" in shown
    evaluations, _ = EvaluationLog(store.folder).read()
    assert [evaluation.cell for evaluation in evaluations] == [
        "lstm",
        "model.keras",
        "model.keras",
    ]


def test_an_evaluation_is_written_down_before_it_is_made(
    exported, book, tmp_path, monkeypatch
):
    def killed(*arguments):
        assert len(EvaluationLog(tmp_path).read()[0]) == 1
        raise KeyboardInterrupt

    monkeypatch.setattr(predict, "_check_outputs", lambda *arguments: None)
    monkeypatch.setattr(predict, "_evaluate", killed)
    options = {"dataset": str(book), "sequence_length": 8}
    with pytest.raises(KeyboardInterrupt):
        predict.score_file(
            "char_lm", exported, split="test", options=options, store=Store(tmp_path)
        )
    monkeypatch.setattr(predict, "_evaluate", lambda *arguments: 1 / 0)
    EvaluationLog(tmp_path).path.unlink()
    EvaluationLog(tmp_path).path.mkdir()
    with pytest.raises(EvaluationNotWrittenError):
        predict.score_file(
            "char_lm", exported, split="test", options=options, store=Store(tmp_path)
        )


def test_keras_alone_loads_it_after_an_import(exported):
    model = keras.saving.load_model(exported)
    ours = package.load_model(exported)
    inputs = np.zeros(model.input_shape, "int32")
    np.testing.assert_array_equal(model(inputs), ours(inputs))


def _assert_round_trip(path, task, cell, inputs, options=None, **settings):
    """A model comes back from a file with the same predictions, to the last digit."""
    built = build_task(*find_task(task, options or {}), 1)
    resolved = resolve_settings(built, "it", {"units": 3, **settings})
    batch = {"inputs": inputs}
    if (options or {}).get("lengths") == "varying":
        batch["mask"] = np.arange(inputs.shape[1]) < [[3], [inputs.shape[1]]]
    model = build_model(built, CELLS.find(cell).load(), resolved, batch)
    as_functional(model, batch).save(path)
    loaded = load_model(path)
    # eagerly: to compile 22 loops twice would take a minute
    np.testing.assert_array_equal(loaded(as_inputs(loaded, batch)), model(batch))
    return loaded


NUMBERS = np.random.default_rng(0).normal(size=(2, 5, 2)).astype("float32")


# a cell with options, one with several states, one with complex numbers
FAST = {"gru", "lmu", "lru"}
EVERY = [
    pytest.param(cell, marks=[] if cell in FAST else [pytest.mark.slow])
    for cell in CELLS.entries()
]


@pytest.mark.parametrize("cell", EVERY)
def test_every_cell_comes_back_whole(cell, tmp_path):
    _assert_round_trip(tmp_path / "m.keras", TINY, cell, NUMBERS)


@pytest.mark.parametrize(
    ("options", "settings"),
    [
        ({"lengths": "varying"}, {"bidirectional": True, "layers": 2}),
        ({"each_step": True}, {"precision": "mixed_bfloat16"}),
    ],
)
def test_masks_layers_directions_and_precisions_come_back(tmp_path, options, settings):
    path = tmp_path / "m.keras"
    loaded = _assert_round_trip(path, TINY, "gru", NUMBERS, options, **settings)
    assert isinstance(loaded.input, dict) == ("lengths" in options)


@pytest.mark.parametrize(
    ("task", "inputs"),
    [
        ("copy_memory", np.array([[1, 2, 9, 0]], "int32")),
        ("video_frames", NUMBERS.repeat(144, axis=2).reshape(2, 5, 12, 24, 1)),
    ],
)
def test_the_encoders_of_the_tasks_come_back(tmp_path, task, inputs):
    _assert_round_trip(tmp_path / "m.keras", task, "elman", inputs)


def test_dropout_is_that_of_training_in_the_loaded_model(exported):
    model = load_model(exported)
    inputs = np.zeros(model.input_shape, "int32")
    assert not np.allclose(model(inputs, training=True), model(inputs))


def test_a_class_that_is_not_registered_is_named_and_nothing_is_written(
    trained, tmp_path
):
    store, result = trained
    file = tmp_path / "mine.py"
    file.write_text(
        "from seqtasks.cells.lstm import LSTMCell\n"
        'class MineCell(LSTMCell):\n    "Not registered."\n'
    )
    result = dataclasses.replace(result, cell_reference=f"{file}:MineCell")
    with pytest.raises(UsageError, match="The class MineCell is not registered with"):
        export_keras(result, store, tmp_path / "m.keras", allow_code=True)
    assert not [*tmp_path.glob("*m.keras*")]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("model.h5", "Expected the name of a .keras file, as in model.keras; received"),
        ("there.keras", "There is already a file"),
    ],
)
def test_a_name_that_cannot_be_written_to(trained, tmp_path, name, sentence):
    store, result = trained
    (tmp_path / "there.keras").write_text("mine")
    done = seqtasks("export", result.run, tmp_path / name, "--results", store.folder)
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert (tmp_path / "there.keras").read_text() == "mine"


def test_sizes_that_the_weights_cannot_have(trained, tmp_path):
    store, result = trained
    held = store.model_path(result.run).read_bytes()
    for number, changes in enumerate(
        (
            # the largest that is a setting at all
            {"settings": {**result.settings, "units": 2**20}},
            {"cell_options": {"depth": 10**9}},
            {"options": {**result.options, "embedding": 10**9}},
        )
    ):
        other = Store(tmp_path / str(number))
        other.write(dataclasses.replace(result, **changes))
        other.model_path(result.run).write_bytes(held)
        for command in (["sample"], ["export", tmp_path / "m.keras"]):
            name, *rest = command
            done = seqtasks(name, result.run, *rest, "--results", other.folder)
            assert done.exit_code == 2
            assert "which no model has whose weights are" in done.stderr


def _saved(path, *layers):
    model = keras.Sequential([*layers])
    model.save(path)
    return model


@pytest.mark.parametrize(
    ("layers", "sentence"),
    [
        (
            lambda: [keras.Input((8, 3)), keras.layers.GRU(3), keras.layers.Dense(2)],
            "does not take the inputs of the task, of the shape (8, 8, 2)",
        ),
        (
            lambda: [keras.Input((8, 2)), keras.layers.GRU(3), keras.layers.Dense(4)],
            "Expected a model that predicts the shape (8, 2) for a batch of the task; "
            "the model in",
        ),
    ],
)
def test_a_model_of_another_task(tmp_path, layers, sentence):
    _saved(tmp_path / "m.keras", *layers())
    done = seqtasks("score", TINY, tmp_path / "m.keras", "--results", tmp_path)
    assert done.exit_code == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.output


@pytest.mark.slow
def test_a_model_without_a_mask_sees_no_padding(tmp_path):
    """Its score on sequences of varying length is that of each sequence alone."""
    path = tmp_path / "m.keras"
    keras.utils.set_random_seed(0)
    model = _saved(
        path, keras.Input((None, 2)), keras.layers.LSTM(3), keras.layers.Dense(2)
    )
    options = {"lengths": "varying"}
    scores = predict.score_file(TINY, path, options=options)
    task = build_task(*find_task(TINY, options), 0)
    right = [
        int(np.argmax(model(inputs[None]))) == target
        for inputs, target in task.load("validation").as_numpy_iterator()
    ]
    assert scores.metrics["accuracy"] == pytest.approx(np.mean(right))
    assert 0 < np.mean(right) < 1


def test_the_file_of_a_cell_of_ones_own_is_named(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "import keras\n"
        "from seqtasks.cells.elman import ElmanCell\n"
        '@keras.saving.register_keras_serializable("mine")\n'
        "class MineCell(ElmanCell):\n"
        '    "A cell of a person\'s own."\n'
    )
    cell_class = CELLS.find(str(file)).load()
    path = tmp_path / "m.keras"
    _saved(
        path,
        keras.Input((None, 2)),
        package.RNN(cell_class(3)),
        keras.layers.Dense(2),
    )
    registered = keras.saving.get_custom_objects().pop("mine>MineCell")
    asked = ("score", TINY, path, "--results", tmp_path)
    refused = seqtasks(*asked)
    assert refused.exit_code == 2
    assert "needs mine>MineCell, a class that nothing here registers" in refused.stderr
    keras.saving.get_custom_objects()["mine>MineCell"] = registered
    assert seqtasks(*asked, "--cell", file).exit_code == 0


FEW = {"train": 60, "validation": 20, "test": 20}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "options", "counts", "inputs"),
    [
        ("forecast", {"lookback": 24, "horizon": 6}, "", 1),  # must know the length
        ("captioning", {}, "sprite_captions.CLIPS", 3),  # nested inputs, and the mask
        ("speech_synthesis", {}, "phone_frames.COUNTS", 4),
    ],
)
def test_nested_inputs_and_fixed_lengths_are_exported(
    task, options, counts, inputs, tmp_path, monkeypatch
):
    if counts:
        monkeypatch.setattr(f"seqtasks.tasks.{task}.{counts}", FEW)
    store = Store(tmp_path)
    settings = {"units": 4, "limit": 1, "implementation": "projected"}
    result = package.run(task, options=options, store=store, **settings)
    export_keras(result, store, tmp_path / "model.keras")  # which compares
    again = load_model(str(tmp_path / "model.keras"))
    assert len(keras.tree.flatten(again.input)) == inputs


@pytest.mark.slow
@pytest.mark.parametrize("order", ["seqtasks, keras", "keras, seqtasks"])
def test_keras_alone_loads_it_in_a_fresh_process(exported, order):
    code = f"""
import {order}, pathlib
keras.saving.load_model({str(exported)!r})
seqtasks.load_model({str(exported)!r})
seqtasks.load_model(pathlib.Path({str(exported)!r}))
"""
    subprocess.run([sys.executable, "-c", code], check=True)
