"""What a task's author can get wrong: a sentence before anything is trained."""

import dataclasses
import functools
import os

import keras
import numpy as np
import pytest
import tensorflow as tf
from click.testing import CliRunner
from tiny_task import tiny_task

from seqtasks.cells.base import Cell
from seqtasks.cells.contract import check_shapes
from seqtasks.cli.main import main
from seqtasks.errors import UsageError
from seqtasks.task import Baseline
from seqtasks.training import example_store
from seqtasks.training.declaration import check_baselines, check_declared
from seqtasks.training.example_store import ExampleStore
from seqtasks.training.experiment import Experiment
from seqtasks.training.pipeline import Pipeline, data_sets

X = np.random.default_rng(0).random((12, 6, 2)).astype("float32")  # (N, T, features)
Y = np.arange(12) % 2


def slices(*parts):
    return tf.data.Dataset.from_tensor_slices(parts)


def generated(features=2):
    signature = (
        tf.TensorSpec((None, features), tf.float32),
        tf.TensorSpec((), tf.int64),
    )
    pairs = zip(X, Y, strict=True)
    return tf.data.Dataset.from_generator(lambda: pairs, output_signature=signature)


def task(load, **fields):
    return dataclasses.replace(tiny_task(), load=load, **fields)


def fail(error):
    raise error


# what load gives for test, where train and validation are right
SPLITS = {
    "wider inputs": (
        lambda: slices(np.concatenate([X, X], -1), Y),
        "the inputs of train are (6, 2), those of test (6, 4).",
    ),
    "another type": (
        lambda: slices(X.astype("float64"), Y),
        "the inputs of train are float32, those of test float64.",
    ),
    "more targets": (
        lambda: slices(X, np.stack([Y, Y], 1)),
        "the targets of train are (), those of test (2,).",
    ),
    "weights": (
        lambda: slices(X, Y, np.ones(12)),
        "those of train have 2 parts, those of test 3.",
    ),
    "texts": (
        lambda: slices(np.array([["a", "b"]] * 12), Y),
        "Expected examples of numbers in load('test'); received texts, ",
    ),
    "ragged": (
        lambda: slices(tf.ragged.constant([[1.0, 2.0], [3.0]] * 6), Y),
        "Expected tensors in the examples of load('test'); received ragged ones.",
    ),
    "an array": (
        lambda: X,
        "to give a tf.data.Dataset of unbatched examples; received",
    ),
    "a list": (lambda: [(X[0], Y[0])], "unbatched examples; received list."),
    "nothing": (lambda: None, "unbatched examples; received NoneType."),
    "repeated": (lambda: slices(X, Y).repeat(), "its examples have no end."),
    "batched": (lambda: slices(X, Y).batch(4), "which has 3 axes, as if they were"),
    "unknown features": (lambda: generated(None), "of a known number of features"),
    "named inputs": (
        lambda: slices({"a": X}, Y),
        "Expected inputs of one tensor, (time, features), in load('test'), as the task",
    ),
    "no file": (
        lambda: fail(FileNotFoundError(2, "No such file or directory", "/nowhere")),
        "load('test') of the task failed: FileNotFoundError: [Errno 2] No such file",
    ),
    "the end of the program": (
        lambda: fail(SystemExit(0)),
        "load('test') of the task failed: it ended the program by sys.exit(0)",
    ),
}


@pytest.mark.parametrize("kind", SPLITS)
def test_a_split_that_is_not_like_train_is_found_at_once(kind):
    make, sentence = SPLITS[kind]
    with pytest.raises(UsageError) as error:
        data_sets(task(lambda split: make() if split == "test" else slices(X, Y)))
    assert sentence in str(error.value)


def test_a_generator_that_does_not_end_is_named_and_refused(monkeypatch, capsys):
    monkeypatch.setattr(example_store, "_REPORTED_EXAMPLES", 3)
    monkeypatch.setattr(example_store, "_MOST_EXAMPLES", 10)
    with pytest.raises(
        UsageError, match=r"has given 10 of 0[.]0 GB and goes on, as a "
    ):
        ExampleStore(generated(), 2**20)
    assert "A split has given 3 examples so far" in capsys.readouterr().err
    monkeypatch.setattr(example_store, "_REPORTED_SECONDS", 0)
    monkeypatch.setattr(example_store, "_MOST_BYTES", 200)  # of 56 each
    with pytest.raises(UsageError, match=r"has given 4 of 0[.]0 GB and goes on, as a "):
        ExampleStore(generated(), 2**20)
    assert "A split has given 0 examples so far" in capsys.readouterr().err
    # a data set that knows its number is nobody's mistake
    assert len(ExampleStore(slices(X, Y), 2**20).lengths) == 12
    assert capsys.readouterr().err == ""


def stepwise(split, target=1, weight=1.0, token=2):
    """Sequences of 3 and 5 tokens, a target at each step; of test the fifth is odd."""
    tokens = [np.array([0, 1, 2]), np.array([1, 0, 1, 0, 1])]
    targets, weights = [np.zeros(3, int), np.zeros(5, int)], [np.ones(3), np.ones(5)]
    if split == "test":
        tokens[1][4], targets[1][4], weights[1][4] = token, target, weight
    one = tf.TensorSpec((None,), tf.int64)
    signature = (one, one, tf.TensorSpec((None,), tf.float32))
    triples = list(zip(tokens, targets, weights, strict=True))
    return tf.data.Dataset.from_generator(lambda: triples, output_signature=signature)


def pipeline(load, budget="1GiB", **fields):
    return Pipeline(task(load, **fields), 4, 0, memory_budget=budget)


# targets of each example, or of each step; in memory, and in a file
@pytest.mark.parametrize("budget", ["1GiB", 0])
@pytest.mark.parametrize(
    ("load", "sentence"),
    [
        (
            lambda split: slices(X, Y + 2 * (split == "validation") * (Y > 0)),
            "one of 0 to 1; example 1 of validation has the target 3. The head has 2",
        ),
        (
            lambda split: slices(X, (Y - (split == "test")).astype("int32")),
            "one of 0 to 1; example 0 of test has the target -1. The head has 2",
        ),
        (
            lambda split: slices(X, np.where(np.arange(12) == 7, np.nan, Y)),
            "one of 0 to 1; example 7 of train has the target nan. The head has 2",
        ),
        (
            functools.partial(stepwise, target=2),
            "one of 0 to 1; example 1 of test has the target 2 at step 4. The head",
        ),
        (
            functools.partial(stepwise, token=9),
            "one of 0 to 4; example 1 of test has the token 9 at step 4. The encoder",
        ),
    ],
)
def test_a_class_that_the_model_has_not_is_found_before_training(
    load, sentence, budget, tmp_path, monkeypatch
):
    monkeypatch.setenv("SEQTASKS_CACHE", str(tmp_path))
    timed = isinstance(load, functools.partial)
    encoder = keras.layers.Embedding(5, 2) if timed else None
    batches = pipeline(load, budget, encoder=encoder, return_sequences=timed)
    with pytest.raises(UsageError) as error:
        batches.check_classes(2)
    assert sentence in str(error.value)


def test_a_class_without_weight_or_that_the_loss_ignores_may_be_any():
    ignored = functools.partial(stepwise, target=9, weight=0.0)
    encoder = keras.layers.Embedding(5, 2)
    pipeline(ignored, encoder=encoder, return_sequences=True).check_classes(2)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True, ignore_class=-1)
    pipeline(lambda split: slices(X, Y - 1), loss=loss).check_classes(1)


def test_an_experiment_checks_them_before_it_trains(tmp_path):
    path = tmp_path / "odd.py"
    path.write_text(
        "import dataclasses\n"
        "import tensorflow as tf\n"
        "from seqtasks.tasks.adding import adding\n"
        "import keras\n"
        "def load(split):\n"
        "    x = tf.zeros((3, 4, 2))\n"
        "    last = 9 if split == 'test' else 0\n"
        "    return tf.data.Dataset.from_tensor_slices((x, [0, 1, last]))\n"
        "def odd():\n"
        "    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)\n"
        "    return dataclasses.replace(adding(), load=load, loss=loss,\n"
        "        head=keras.layers.Dense(2), baselines=tuple)\n"
    )
    experiment = Experiment.resolve(str(path), settings={"units": 2})
    with pytest.raises(UsageError) as error:
        _ = experiment.model
    assert "example 2 of test has the target 9." in str(error.value)
    place = f"line 5 of {os.path.relpath(path)}."
    assert str(error.value).endswith(f"The task's load begins at {place}")


def test_an_error_of_what_was_yielded_names_the_line_of_load():
    def load(split):
        one = tf.TensorSpec((2,), tf.float32)
        return tf.data.Dataset.from_generator(
            lambda: [(np.zeros(3), np.zeros(3))], output_signature=(one, one)
        )

    with pytest.raises(UsageError, match="The examples of train could not be") as error:
        _ = pipeline(load).lengths
    place = f"line {load.__code__.co_firstlineno} of {os.path.relpath(__file__)}."
    assert str(error.value).endswith(f"The task's load begins at {place}")


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (0.5, "to give a tuple of Baseline; received 0.5."),
        (("coin",), "to give a tuple of Baseline; received ('coin',)."),
        ((Baseline("coin", "nope", 0.5, ""),), "received 'nope'. Known: accuracy."),
        ((Baseline("coin", "accuracy", "half", ""),), "to be a number; received 'half"),
        ((Baseline("coin", "accuracy", True, ""),), "to be a number; received True."),
    ],
)
def test_what_are_no_baselines(found, sentence):
    with pytest.raises(UsageError) as error:
        check_baselines(found, tiny_task(), "tiny_task")
    assert sentence in str(error.value)
    check_baselines((Baseline("a", "accuracy", np.float32(0.5), ""),), tiny_task(), "")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("published", print), ("published", (1,)), ("conversions", {"a": 1})),
        *(("optimum", 0.5), ("version", True), ("step_name", 1), ("metric_units", [])),
    ],
)
def test_what_no_result_could_hold_is_refused_when_the_task_is_built(field, value):
    with pytest.raises(UsageError, match=f"Expected {field} of the task tiny to be "):
        check_declared(dataclasses.replace(tiny_task(), **{field: value}), "tiny")


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"monitor": "acc"},
            "The task tiny: Expected monitor to be one of the task's metrics, "
            "accuracy; received 'acc'. Write monitor='accuracy', or give that metric "
            "name='acc'.",
        ),
        ({"metrics": ()}, "metrics, of which it has none; received 'accuracy'."),
        ({"metrics": ("accuracy",)}, "to be Keras metrics; received 'accuracy'. Give"),
        ({"mode": "maximum"}, "Expected mode to be 'min' or 'max'; received 'maximum'"),
        ({"metric_units": {}}, "to hold the unit of accuracy; received {}. Add it"),
    ],
)
def test_metrics_that_would_fail_after_an_epoch_are_refused_before(fields, sentence):
    with pytest.raises(UsageError) as error:
        check_declared(dataclasses.replace(tiny_task(), **fields), "tiny")
    assert sentence in str(error.value)


class Returning(Cell):
    """A cell whose step returns what it is given."""

    def __init__(self, units, what, **options):
        super().__init__(units, **options)
        self.what = what

    def build(self, input_shape):
        pass

    def project(self, inputs):
        return keras.ops.concatenate([inputs[:, :1]] * self.units, -1)

    def step(self, projected, states):
        return self.what(projected)


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (lambda h: (1.0, [h]), "of the shape (2, 4), as its output_size declares; it "
         "returned 1.0, which is no tensor. Use keras.ops"),
        (lambda h: (h, [0.0]), "it returned 0.0, which is no tensor."),
        (lambda h: None, "failed with TypeError: cannot unpack non-iterable NoneType"),
        (lambda h: fail(ValueError("nope")), "failed with ValueError: nope (line "),
    ],
)  # fmt: skip
def test_a_step_that_returns_no_tensors(what, sentence):
    with pytest.raises(UsageError) as error:
        check_shapes(Returning(4, what))
    assert sentence in str(error.value)


def test_the_end_of_the_program_is_no_success(tmp_path):
    path = tmp_path / "ending.py"
    path.write_text(
        "import keras\n"
        "from seqtasks import Cell\n"
        "class EndingCell(Cell):\n"
        "    '''Ends.'''\n"
        "    def build(self, input_shape):\n"
        "        raise SystemExit(0)\n"
    )
    run = CliRunner().invoke(main, ["check", str(path)])
    assert run.exit_code == 1, run.output
    assert "sys.exit(0)" in run.output
