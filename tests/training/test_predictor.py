"""A trained model on new input: whole sequences, step by step, from any file."""

import dataclasses
import json
import shutil
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest
from results_factory import result as made_result

import seqtasks as package
from seqtasks.data.damage import DamagedError
from seqtasks.errors import UsageError
from seqtasks.processor import NewExample, Processor
from seqtasks.registry import CELLS
from seqtasks.training.experiment import build_task, find_task
from seqtasks.training.form_processor import FormProcessor
from seqtasks.training.load_model import ABOUT, read_members
from seqtasks.training.model import build_model
from seqtasks.training.model_file import as_functional
from seqtasks.training.predictor import RunPredictor
from seqtasks.training.settings import resolve_settings

HERE = Path(__file__).parents[1]
TINY = str(HERE / "tiny_task.py")
NUMBERS = np.random.default_rng(0).normal(size=(1, 6, 2)).astype("float32")


def functional(task, cell, batch, options=None, **settings):
    built = build_task(*find_task(task, options or {}), 1)
    resolved = resolve_settings(built, "it", {"units": 3, **settings})
    model = build_model(built, CELLS.find(cell).load(), resolved, batch)
    return as_functional(model, batch)


@pytest.mark.parametrize(
    ("cell", "options", "settings"),
    [
        ("gru", {"each_step": True}, {"layers": 2}),
        ("lmu", {"lengths": "varying"}, {"layers": 2}),
        ("lru", {"each_step": True}, {}),
        ("keras_lstm", {}, {"layers": 2}),
    ],
)
def test_steps_are_those_of_the_whole_sequence(cell, options, settings):
    batch = {"inputs": NUMBERS}
    if options.get("lengths"):
        batch["mask"] = np.ones((1, 6), bool)
    model = functional(TINY, cell, batch, options, **settings)
    predictor = RunPredictor(None, model, None)
    whole = np.asarray(model(batch if len(batch) == 2 else NUMBERS))[0]
    for _ in range(2):  # the second sequence begins anew
        steps = [predictor.step(one) for one in NUMBERS[0]]
        predictor.reset()
        received = steps if options.get("each_step") else steps[-1]
        np.testing.assert_allclose(received, whole, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(
        predictor.outputs(NUMBERS[0]), whole, rtol=1e-5, atol=1e-6
    )


def test_a_bidirectional_model_has_no_steps():
    model = functional(TINY, "gru", {"inputs": NUMBERS}, bidirectional=True)
    predictor = RunPredictor(None, model, None)
    with pytest.raises(UsageError, match="A bidirectional model cannot be run step by"):
        predictor.step(NUMBERS[0, 0])
    # the whole sequence is predicted all the same
    expected = np.asarray(model(NUMBERS))[0]
    np.testing.assert_allclose(predictor.outputs(NUMBERS[0]), expected, rtol=1e-5)


def test_an_encoder_that_puts_steps_together_has_no_steps():
    inputs = np.random.default_rng(0).normal(size=(1, 24, 1)).astype("float32")
    options = {"lookback": 24, "horizon": 3, "patch_length": 4}
    model = functional("forecast", "gru", {"inputs": inputs}, options)
    with pytest.raises(UsageError, match="its encoder puts several steps of the input"):
        RunPredictor(None, model, None).step(inputs[0, 0])


def test_a_text_longer_than_is_read_at_once(trained, monkeypatch):
    store, result = trained
    predictor = package.predictor(result.run, store.folder)
    numbers = predictor.processor.parse("all work and no play makes jack").inputs
    at_once = predictor.outputs(numbers)
    monkeypatch.setattr("seqtasks.training.sequence_outputs._CHUNK", 7)
    np.testing.assert_allclose(predictor.outputs(numbers), at_once, rtol=1e-5)
    steps = np.stack([predictor.step(one) for one in numbers])
    np.testing.assert_allclose(steps, at_once, rtol=1e-5)


@pytest.mark.parametrize(
    ("options", "lengths"),
    [
        ({"lengths": "varying"}, (6, 5, 9, 6, 1, 33, 40, 34)),
        ({"lengths": "varying", "each_step": True}, (6, 5, 9, 6, 1, 33, 40, 34)),
        ({"each_step": True}, (6, 5, 6, 6)),
        ({}, (2, 2)),
    ],
)
def test_many_sequences_are_predicted_as_each_alone(options, lengths, monkeypatch):
    batch = {"inputs": NUMBERS}
    if options.get("lengths"):
        batch["mask"] = np.ones((1, 6), bool)
    model = functional(TINY, "gru", batch, options, bidirectional=True)
    predictor = RunPredictor(None, model, form(each_step="each_step" in options))
    drawn = np.random.default_rng(1)
    many = [drawn.normal(size=(n, 2)).astype("float32") for n in lengths]
    batches = []
    run = model.__class__.predict_on_batch
    monkeypatch.setattr(
        model.__class__,
        "predict_on_batch",
        lambda self, given: batches.append(1) or run(self, given),
    )
    together = predictor._model.of_many(many)
    assert len(batches) < len(many)
    for one, received in zip(many, together, strict=True):
        alone = predictor.outputs(one)
        np.testing.assert_allclose(received, alone, rtol=1e-5, atol=1e-6)


def test_rows_come_in_the_order_of_the_inputs(monkeypatch):
    texts = ["1 2", "3", "no", "5 6 7 6", "8"]

    class Typed(Processor):
        def read(self, path):
            for word in path.name.split():
                if not word.isdigit():
                    raise UsageError("no number. Give --set words=digits, or leave it.")
                yield NewExample(np.full((int(word), 2), 0.5, "float32"), word)

        def describe(self, example, outputs):
            if example.name == "7":
                raise UsageError("7 is odd.")
            return [{"value": float(outputs[0])}]

    model = functional(TINY, "gru", {"inputs": NUMBERS})
    monkeypatch.setattr("seqtasks.training.predictor.check_readable", lambda *_: None)
    found = {}
    for most in (1, 3, 64):
        monkeypatch.setattr("seqtasks.training.sequence_outputs._MOST_EXAMPLES", most)
        each = RunPredictor(None, model, Typed()).each(map(Path, texts))
        found[most] = [([row["input"] for row in rows], why) for rows, why in each]
    assert found[1] == found[3] == found[64]
    assert found[64] == [
        (["1 2, 1", "1 2, 2"], ""),
        (["3, 3"], ""),
        # a run's option is no advice here
        ([], "'no' is skipped: no number."),
        # what was read of a file before its fault is there
        ([f"5 6 7 6, {n}" for n in (5, 6)], "'5 6 7 6' is skipped: 7 is odd."),
        (["8, 8"], ""),
    ]


def test_a_file_of_another_machine_predicts_the_same(trained, tmp_path, capsys):
    store, result = trained
    moved = tmp_path / "theirs.keras"
    shutil.copy(store.model_path(result.run), moved)
    rows = [
        package.predictor(run, store.folder)((), ["jack", "jäck"])
        for run in (result.run, store.path(result.run), moved)
    ]
    assert rows[0] == rows[1] == rows[2]
    (row,) = rows[0]
    assert (row["input"], row["characters"]) == ("jack", 4)
    assert 0 < row["bits_per_character"] < 20
    assert "'jäck' is skipped: Expected a text of characters" in capsys.readouterr().err


def form(**values):
    fields = {
        "classes": (),
        "classifies": False,
        "logits": True,
        "each_step": False,
        "step_name": "step",
        "shape": (2,),
        "dtype": "float32",
    }
    return FormProcessor(**{**fields, **values})


@pytest.mark.parametrize(
    ("values", "outputs", "rows"),
    [
        ({}, [0.5], [{"value": 0.5}]),
        ({}, [0.5, 1.5], [{"value 0": 0.5, "value 1": 1.5}]),
        ({"classes": ("a", "b")}, [0.5, 1.5], [{"a": 0.5, "b": 1.5}]),
        (
            {"each_step": True},
            [[0.5], [1.5]],
            [{"step": 0, "value": 0.5}, {"step": 1, "value": 1.5}],
        ),
        (
            {"classifies": True, "classes": ("no", "yes")},
            [0.0, np.log(3)],
            [{"label": "yes", "probability": 0.75}],
        ),
        (
            {"classifies": True, "logits": False},
            [0.25, 0.75],
            [{"label": "1", "probability": 0.75}],
        ),
    ],
)
def test_the_form_of_a_task_describes_its_predictions(values, outputs, rows):
    described = form(**values).describe(None, np.array(outputs))
    for row, expected in zip(described, rows, strict=True):
        shares = row.pop("probabilities", {"": 1})
        assert sum(shares.values()) == pytest.approx(1)
        assert row == pytest.approx(expected) if "label" not in row else True
        assert row.get("label") == expected.get("label")
        assert row.get("probability") == pytest.approx(expected.get("probability"))


@pytest.mark.parametrize(
    ("values", "content", "sentence"),
    [
        ({}, "1\n2\n3\n", "expected 2 numbers a step, of the shape (2,)"),
        ({}, "a,b\n1,x\n", "line 2, column b: 'x' is no number"),
        ({"dtype": "int32"}, "1,2\n3,4.5\n", "expected whole numbers; it has others"),
    ],
)
def test_a_table_that_is_no_example(tmp_path, values, content, sentence):
    path = tmp_path / "a.csv"
    path.write_text(content)
    with pytest.raises((UsageError, DamagedError)) as error:
        list(form(**values).read(path))
    assert sentence in str(error.value)


def test_arrays_and_tables_are_read_as_load_gives_them(tmp_path):
    array = NUMBERS[0]
    np.save(tmp_path / "a.npy", array)
    lines = "\n".join(",".join(map(repr, row)) for row in array.tolist())
    (tmp_path / "a.csv").write_text(f"left,right\n{lines}\n")
    for name in ("a.npy", "a.csv"):
        (example,) = form().read(tmp_path / name)
        assert example.inputs.dtype == np.float32
        np.testing.assert_array_equal(example.inputs, array)


PROCESSORS = {
    "a function of the system": (
        {"class": "os:system", "fields": {}},
        "its processor is in os, which is no part of the task char_lm",
    ),
    "that of another task": (
        {"class": "seqtasks.tasks.list_ops.processor:ExpressionProcessor"},
        "is not read: its processor has no class",
    ),
    "no processor": (
        {"class": "seqtasks.tasks.char_lm.characters:BitsPerCharacter", "fields": {}},
        "BitsPerCharacter is no processor",
    ),
    "other fields": (
        {
            "class": "seqtasks.tasks.char_lm.processor:CharacterProcessor",
            "fields": {"vocabulary": 3},
        },
        "its processor: Expected `str`, got `int`",
    ),
}


@pytest.mark.parametrize("kind", PROCESSORS)
def test_a_processor_that_is_none(trained, tmp_path, kind):
    processor, sentence = PROCESSORS[kind]
    store, result = trained
    members = read_members(store.model_path(result.run))
    about = {**json.loads(members[ABOUT]), "processor": processor}
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**members, ABOUT: json.dumps(about)}.items():
            archive.writestr(name, content)
    with pytest.raises(UsageError) as error:
        package.predictor(path)
    assert sentence in str(error.value)


def test_code_that_a_model_names_is_run_only_if_allowed(trained, tmp_path):
    store, result = trained
    members = read_members(store.model_path(result.run))
    about = json.loads(members[ABOUT])
    about["row"]["cell_reference"] = "./evil.py:Evil"
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in {**members, ABOUT: json.dumps(about)}.items():
            archive.writestr(name, content)
    with pytest.raises(UsageError, match=r"evil.py:Evil', and a model may come from"):
        package.predictor(path)


def test_a_task_of_ones_own_predicts_by_its_form(tmp_path):
    store = package.Store(tmp_path)
    settings = {"units": 2, "limit": 1, "implementation": "projected"}
    result = package.run(TINY, "elman", store=store, **settings)
    np.save(tmp_path / "a.npy", NUMBERS[0])
    # neither the form nor the model needs the task's code
    predictor = package.predictor(result.run, tmp_path)
    (row,) = predictor(tmp_path / "a.npy")
    logits = keras.ops.softmax(predictor.outputs(NUMBERS[0]))
    np.testing.assert_allclose([*row["probabilities"].values()], logits, rtol=1e-5)
    assert dataclasses.asdict(predictor.processor)["shape"] == (2,)


def test_a_cell_of_ones_own_that_nothing_registers(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from seqtasks.cells.elman import ElmanCell\n"
        'class MineCell(ElmanCell):\n    "Not registered."\n'
    )
    store = package.Store(tmp_path / "results")
    settings = {"units": 2, "limit": 1, "implementation": "projected"}
    result = package.run(TINY, str(tmp_path / "mine.py"), store=store, **settings)
    with pytest.raises(UsageError, match="give --allow-code if you trust it"):
        package.predictor(result.run, store.folder)
    predictor = package.predictor(result.run, store.folder, allow_code=True)
    assert predictor.outputs(NUMBERS[0]).shape == (2,)


def test_a_task_whose_inputs_are_several_arrays_reads_none():
    model = functional(TINY, "gru", {"inputs": NUMBERS})
    predictor = RunPredictor(dataclasses.replace(made_result(), task="x"), model, None)
    with pytest.raises(UsageError, match="The task x reads no input of one's own"):
        predictor(texts=["a"])
