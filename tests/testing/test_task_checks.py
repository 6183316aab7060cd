import contextlib
import itertools
import math
import urllib.request

import keras
import numpy as np
import pytest
import small_tasks as small
import tensorflow as tf

from seqtasks import Baseline, Source
from seqtasks.errors import DataUnavailableError, UsageError
from seqtasks.task import (
    Conversion,
    Groups,
    Horizon,
    Optimum,
    PublishedResult,
    Sample,
    SummedScore,
)
from seqtasks.testing import CheckError, check_task, task_outcomes
from seqtasks.testing import task_data_checks as data
from seqtasks.testing import task_declaration_checks as declaration
from seqtasks.testing import task_head_checks as head
from seqtasks.testing import task_model_checks as model
from seqtasks.testing.task_checks import OTHERS, REQUIRED
from seqtasks.testing.task_subject import TaskSubject


@pytest.mark.parametrize("task", [small.classification, small.language, small.varying])
def test_a_good_task_passes(task):
    check_task(task)


def published(**fields):
    """A published value that can be repeated, but for these fields."""
    return PublishedResult(
        **{"name": "big", "metric": "accuracy", "value": 0.9}
        | {"source": "Doe 2001", "protocol": ""}
        | fields
    )


def needs_length(options):
    """A task whose published value needs these options."""

    def needs_length_task(sequence_length: int = 6):
        return small.changed(
            small.classification, published=(published(options=options),)
        )()

    return needs_length_task


def with_horizon(**fields):
    """A task whose memory can be made longer, but for these fields."""
    given = {"option": "length", "metric": "accuracy", "threshold": 0.9}
    given |= {"title": "longest", "unit": "steps", "mode": "max", "how": ""}
    given |= {"start": 4, "least": 2, "most": 64}

    def horizon_task(length: int = 6):
        rule = Horizon(**given | fields)
        return small.changed(small.classification, horizon=rule)()

    return horizon_task


def needs_an_option(width):
    return small.classification()


def returns_nothing():
    small.classification()


def fails():
    raise RuntimeError("no such file")


def unavailable(dataset="far_away"):
    raise DataUnavailableError("far_away is not on this machine.")


def fails_to_load(split):
    raise RuntimeError("no such table")


def pairs_of(*arrays):
    return lambda split: small.dataset_of(arrays)


def one_by_one(split):
    """Examples whose number of features is not known before."""
    inputs, targets = small.numbers(split)
    return tf.data.Dataset.from_generator(
        lambda: zip(inputs, targets, strict=True),
        output_signature=(
            tf.TensorSpec((6, None)),
            tf.TensorSpec((), tf.int32),
        ),
    )


INPUTS, TARGETS = small.numbers("train")
ONES = np.ones(len(TARGETS), "float32")

STOPPED_BY = [
    (
        needs_an_option,
        declaration.options_have_defaults,
        "to be an option with a default; width has none.",
    ),
    (
        returns_nothing,
        declaration.returns_a_task,
        "to return a seqtasks.Task; received NoneType. End the function with `return",
    ),
    (
        fails,
        declaration.returns_a_task,
        "it raised RuntimeError: no such file (line ",
    ),
    (
        unavailable,
        declaration.returns_a_task,
        "with its defaults alone; it raised DataUnavailableError: far_away is not on",
    ),
    (
        small.changed(small.classification, load=fails_to_load),
        data.examples_can_be_read,
        "load('train') of the task failed: RuntimeError: no such",
    ),
    (
        small.changed(
            small.classification, load=lambda split: small.dataset_of(INPUTS)
        ),
        data.examples_can_be_read,
        "Expected examples (inputs, targets) or (inputs, targets, weights) of load(",
    ),
    (
        small.with_data(small.classification, test=(INPUTS[:0], TARGETS[:0])),
        data.examples_can_be_read,
        "Expected at least one example in each split; test has none.",
    ),
    (
        small.changed(small.classification, load=one_by_one),
        data.examples_can_be_read,
        "inputs of a known number of features, (time, features), in load('train'); "
        "received (6, None).",
    ),
    (
        small.changed(small.classification, load=pairs_of(ONES, TARGETS)),
        data.examples_can_be_read,
        "Expected inputs whose first axis is time, (time,) of tokens or (time, feature",
    ),
    (
        small.changed(small.classification, load=pairs_of(INPUTS[:, :, 0], TARGETS)),
        data.examples_can_be_read,
        "inputs of (time, features) in load('train'); received (6,). Add the axis of "
        "features: x[..., None].",
    ),
    (
        small.changed(small.language, encoder=None),
        data.examples_can_be_read,
        "received (8,) of int32. Give tokens an encoder, as keras.layers.Embedding",
    ),
    (
        small.changed(small.classification, return_sequences=True),
        data.shapes_are_static,
        "a target at each of the 6 time steps, as return_sequences requires; received "
        "targets of shape ().",
    ),
    (
        small.changed(
            small.classification, load=pairs_of(INPUTS, TARGETS, INPUTS[:, :, 0])
        ),
        data.shapes_are_static,
        "Expected weights of train of the shape (); received (6,).",
    ),
    (
        small.with_data(small.classification, test=(INPUTS.astype("float64"), TARGETS)),
        data.examples_can_be_read,
        "the inputs of train are float32, those of test float64.",
    ),
]


@pytest.mark.parametrize(("task", "check", "sentence"), STOPPED_BY)
def test_what_cannot_run_is_said_once(task, check, sentence):
    failed = [outcome for outcome in task_outcomes(task) if outcome.sentence]
    assert [outcome.name for outcome in failed] == [check.__name__.replace("_", " ")]
    assert sentence in failed[0].sentence


def contacts_a_host():
    task = small.classification()

    def load(split):
        with contextlib.suppress(OSError):  # it has a copy
            urllib.request.urlopen("https://data.example.org/numbers")
        return task.load(split)

    return small.changed(small.classification, load=load)()


def takes_any_dataset(dataset="generated"):
    return small.classification()


def raises_another_error(dataset="generated"):
    return {"generated": small.classification}[dataset]()


def says_no_name(dataset="generated"):
    if dataset != "generated":
        raise UsageError("There is no such data set.")
    return small.classification()


def shuffled():
    load = small.classification().load
    return small.changed(
        small.classification, load=lambda split: load(split).shuffle(60)
    )()


def drawn_from_the_global_generator():
    shift = np.random.normal()
    inputs, targets = small.numbers("train")
    return small.with_data(small.classification, train=(inputs + shift, targets))()


def metric(name):
    return keras.metrics.SparseCategoricalAccuracy(name=name)


def of_classes(classes):
    """Real inputs with these classes."""
    rng = np.random.default_rng(5)
    return rng.normal(size=(len(classes), 6, 2)).astype("float32"), np.int32(classes)


class Forwards(keras.layers.Layer):
    """An encoder that adds to each step the next one."""

    def call(self, inputs):
        following = keras.ops.concatenate([inputs[:, 1:], inputs[:, -1:]], axis=1)
        return keras.ops.one_hot(inputs, 5) + keras.ops.one_hot(following, 5)


class MeanOverTime(keras.layers.Layer):
    """An encoder that depends on padding: it subtracts the mean over time."""

    def call(self, inputs):
        return inputs - keras.ops.mean(inputs, axis=1, keepdims=True)


class OneNumber(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.ops.mean(keras.ops.square(y_pred))


class Logarithm(keras.losses.Loss):
    def call(self, y_true, y_pred):
        return keras.ops.log(-keras.ops.abs(y_pred[..., 0]))


class NotFinite(keras.metrics.Mean):
    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(math.nan)


class PlainMean(keras.metrics.Mean):
    """It ignores the weights."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        super().update_state(keras.ops.square(y_pred))


class LastBatch(keras.metrics.MeanSquaredError):
    """It forgets all batches but the last."""

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.reset_state()
        super().update_state(y_true, y_pred, sample_weight)


NAN_AT_3 = INPUTS.copy()
NAN_AT_3[3, 0, 0] = math.nan
HALF = np.arange(len(TARGETS)) % 2
TOKENS = small.tokens("train")

CAUGHT_BY = [
    (
        contacts_a_host,
        declaration.works_without_a_network,
        "the default data set to need no network; data.example.org was to be contacted",
    ),
    (
        takes_any_dataset,
        declaration.an_unknown_dataset_is_refused,
        "for dataset='no_data_set_has_this_name'; received a task. Use seqtasks.data",
    ),
    (
        raises_another_error,
        declaration.an_unknown_dataset_is_refused,
        "received KeyError: 'no_data_set_has_this_name' (line ",
    ),
    (
        says_no_name,
        declaration.an_unknown_dataset_is_refused,
        "received the error 'There is no such data set.', which does not hold the name",
    ),
    (
        small.changed(small.classification, version=0),
        declaration.version_counts_from_one,
        "Expected version to be an integer of at least 1; received 0.",
    ),
    (
        small.changed(small.classification, metrics=(metric("a"), metric("a"))),
        declaration.metrics_are_declared,
        "Expected each metric to have a name of its own; received a, a.",
    ),
    (
        small.changed(small.classification, metric_units={}),
        declaration.metrics_are_declared,
        "Expected metric_units to hold the unit of accuracy; received {}.",
    ),
    (
        small.changed(
            small.classification, metric_units={"accuracy": "1", "loss": "1"}
        ),
        declaration.metrics_are_declared,
        "the task's metrics, accuracy, alone; it also holds loss.",
    ),
    (
        small.changed(small.classification, monitor="loss"),
        declaration.metrics_are_declared,
        "monitor to be one of the task's metrics, accuracy; received 'loss'.",
    ),
    (
        small.changed(small.classification, mode="maximum"),
        declaration.metrics_are_declared,
        "Expected mode to be 'min' or 'max'; received 'maximum'.",
    ),
    (
        small.changed(small.classification, source=Source("mine", "numbers", "")),
        declaration.source_is_named,
        "Expected the source to have a licence; it is empty.",
    ),
    (
        small.changed(small.classification, baselines=lambda: (0.5,)),
        declaration.baselines_are_finite,
        "Expected baselines() to give seqtasks.Baseline; received float.",
    ),
    (
        small.changed(
            small.classification,
            baselines=lambda: (Baseline("always 0", "loss", 1.0, ""),),
        ),
        declaration.baselines_are_finite,
        "'always 0' to be a value of one of the metrics accuracy; it is one of 'loss'.",
    ),
    (
        small.changed(
            small.classification,
            baselines=lambda: (Baseline("always 0", "accuracy", math.nan, ""),),
        ),
        declaration.baselines_are_finite,
        "Expected the baseline 'always 0' to be a finite number; received nan.",
    ),
    *(
        (small.changed(small.classification, **fields), check, sentence)
        for fields, check, sentence in (
            (
                {"optimum": Optimum("loss", 0.0, "")},
                declaration.optimum_is_the_best,
                "the optimum to be a value of one of the metrics accuracy; it is one "
                "of 'loss'.",
            ),
            (
                {"optimum": Optimum("accuracy", math.inf, "")},
                declaration.optimum_is_the_best,
                "Expected the optimum to be a finite number; received inf.",
            ),
            (
                {"optimum": Optimum("accuracy", 0.4, "")},
                declaration.optimum_is_the_best,
                "to be better than the optimum, 0.4; 'always 0' is 0.5. Give",
            ),
            (
                {"published": (published(metric="loss"),)},
                declaration.published_values_can_be_repeated,
                "'big' to be one of the metrics accuracy; it is one of 'loss'.",
            ),
            (
                {"published": (published(value=math.nan),)},
                declaration.published_values_can_be_repeated,
                "the published value 'big' to be a finite number; received nan.",
            ),
            (
                {"published": (published(low=0.5),)},
                declaration.published_values_can_be_repeated,
                "'big' to have low and high or neither; it has one.",
            ),
            (
                {"published": (published(low=0.91, high=0.95),)},
                declaration.published_values_can_be_repeated,
                "to have low <= value <= high; received 0.91, 0.9, 0.95.",
            ),
            (
                {"published": (published(cell="lstn"),)},
                declaration.published_values_can_be_repeated,
                "to name a cell that there is; received 'lstn'. Did you mean lstm",
            ),
            (
                {"conversions": (Conversion("loss", "x", 2.0, ""),)},
                declaration.conversions_are_exact,
                "to 'x' to be of one of the metrics accuracy; it is of 'loss'.",
            ),
            (
                {"conversions": (Conversion("accuracy", "x", 0.0, ""),)},
                declaration.conversions_are_exact,
                "to 'x' to have a factor above 0; received 0.0.",
            ),
        )
    ),
    *(
        (
            small.changed(small.classification, search=search),
            declaration.search_can_be_made,
            sentence,
        )
        for search, sentence in (
            ({"learning_rat": "1e-4:1e-2"}, "'learning_rat'. Did you mean learning_"),
            ({"batch_size": "16"}, "Expected --search NAME=LOW:HIGH, NAME=LOW:HIGH"),
            ({"learning_rate": "0:1e-2:log"}, "a range with :log to begin above 0"),
            ({"batch_size": "16,many"}, "'many'"),
            ({"learning_rate": (1e-4, 1e-2)}, "Expected --search NAME=LOW:HIGH, NA"),
            ({"learning_rate": "-1:1"}, "to be one that can be made: "),
        )
    ),
    *(
        (with_horizon(**fields), declaration.horizon_can_be_searched, sentence)
        for fields, sentence in (
            ({"option": "steps"}, "'steps' to be an option of horizon_task that is a"),
            ({"metric": "accuracy_{value}"}, "of accuracy; received 'accuracy_6'."),
            ({"start": 1}, "1 <= least <= start <= most; received 2, 1, 64."),
        )
    ),
    (
        needs_length({"length": 3}),
        declaration.published_values_can_be_repeated,
        "There is no option 'length' in the task needs_length_task.",
    ),
    (
        needs_length({"sequence_length": "600"}),
        declaration.published_values_can_be_repeated,
        "to have the type that the task gives it, as in 600; received '600'.",
    ),
    (
        small.changed(small.classification, scores=lambda trained, split: {"x": 1.0}),
        model.scores_are_declared,
        "Expected scores to give nothing, which metric_units holds and no metric is",
    ),
    (
        small.changed(
            small.classification, groups=Groups("speaker", lambda split: [1, 2])
        ),
        data.groups_are_of_the_examples,
        "the speaker of each of the 60 examples; received 2.",
    ),
    (
        small.changed(small.classification, groups=Groups("speaker", {}.__getitem__)),
        data.groups_are_of_the_examples,
        "Expected groups.of('train') to give the speaker of each example; it raised "
        "KeyError",
    ),
    (
        small.changed(small.classification, sample=lambda *_: "text"),
        model.a_sample_can_be_made,
        "Expected sample to give a seqtasks.Sample with text or files; received 'text'",
    ),
    (
        small.changed(small.classification, render=lambda inputs, targets: " "),
        declaration.an_example_can_be_read,
        "write the first training example as text; received ' '.",
    ),
    (
        small.with_data(small.classification, train=(NAN_AT_3, TARGETS)),
        data.values_are_finite,
        "Expected finite numbers; example 3 of train holds NaN or infinity.",
    ),
    (
        small.changed(small.classification, load=pairs_of(INPUTS, TARGETS, -ONES)),
        data.values_are_finite,
        "one of them above 0; received -1.0 in example 0 of train.",
    ),
    (
        small.changed(small.classification, load=pairs_of(INPUTS, TARGETS, 0 * ONES)),
        data.values_are_finite,
        "one of them above 0; received 0.0 in example 0 of train.",
    ),
    (
        shuffled,
        data.examples_are_the_same_each_time,
        "train changes when it is read a second time. Do not shuffle in load",
    ),
    (
        drawn_from_the_global_generator,
        data.examples_are_the_same_each_time,
        "train changes when the task is made again after another random seed.",
    ),
    (
        small.with_data(small.classification, test=(INPUTS[:1], TARGETS[:1])),
        data.splits_do_not_overlap,
        "Expected no inputs of test to be inputs of train too; 1 of 1 are.",
    ),
    (
        small.with_data(small.language, validation=tuple(t[:5] for t in TOKENS)),
        data.splits_do_not_overlap,
        "Expected no inputs of validation to be inputs of train too; 5 of 5 are.",
    ),
    (
        small.with_data(small.classification, train=(INPUTS[HALF], TARGETS[HALF])),
        data.examples_are_not_repeated,
        "Expected different examples; 58 of 60 in train are repetitions.",
    ),
    (
        small.with_data(small.classification, test=of_classes([0, 1, 2] * 5)),
        data.classes_are_spread_over_the_splits,
        "to have classes of the training split alone; class 2 is not in train.",
    ),
    (
        small.with_data(
            small.classification,
            train=of_classes([0] * 500 + [1] * 100),
            test=of_classes([1] * 200),
        ),
        data.classes_are_spread_over_the_splits,
        "about as frequent in test as in train; 83% of the examples would have to be",
    ),
    (
        small.changed(small.language, encoder=None),
        model.encoder_gives_features,
        "before the recurrence; received (4, 8) of int32. Give an encoder, as",
    ),
    (
        small.changed(small.classification, encoder=keras.layers.Flatten()),
        model.encoder_gives_features,
        "received (4, 12) of float32. Let the encoder keep the axes",
    ),
    (
        small.changed(small.classification, head=keras.layers.Reshape((3,))),
        head.head_fits_the_targets,
        "Expected the head to take outputs of a recurrence of 8 units; it raised",
    ),
    (
        small.changed(small.language, return_sequences=False),
        head.head_fits_the_targets,
        "of the targets' shape (4, 8) and one axis of classes; received (4, 5). Is "
        "return_sequences (False) right?",
    ),
    (
        small.changed(small.language, head=keras.layers.Dense(4)),
        head.head_fits_the_targets,
        "Expected targets from 0 to 3, as the head has 4 outputs; received 0 to 4.",
    ),
    (
        small.changed(small.varying, head=keras.layers.Dense(2)),
        head.head_fits_the_targets,
        "Expected predictions of the targets' shape (4, 6, 1); received (4, 6, 2).",
    ),
    *(
        (
            small.changed(
                small.classification,
                head=keras.layers.Dense(2, activation=activation),
                loss=loss,
            ),
            head.head_gives_what_the_loss_expects,
            sentence,
        )
        for activation, loss, sentence in (
            (
                "softmax",
                keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                "as SparseCategoricalCrossentropy(from_logits=True) takes them; it "
                "gives probabilities: each row of its outputs sums to 1. Remove the "
                "softmax from the head",
            ),
            (
                "sigmoid",
                keras.losses.BinaryCrossentropy(from_logits=True),
                "probabilities: all of its outputs are from 0 to 1. Remove the sigmoid",
            ),
            (
                None,
                keras.losses.SparseCategoricalCrossentropy(),
                "as SparseCategoricalCrossentropy() takes them; it gives logits, as -",
            ),
            (
                None,
                keras.losses.BinaryCrossentropy(),
                "Write BinaryCrossentropy(from_logits=True).",
            ),
        )
    ),
    (
        small.changed(small.classification, loss=OneNumber()),
        model.loss_is_finite,
        "Expected a loss of the shape (4,), a number for each target, so that weights "
        "can leave padding out; received ().",
    ),
    (
        small.changed(small.classification, loss=Logarithm()),
        model.loss_is_finite,
        "Expected a finite loss of the untrained model; received nan.",
    ),
    (
        small.changed(
            small.classification, metrics=(keras.metrics.MeanSquaredError(),)
        ),
        model.metrics_are_finite,
        "to take targets (4,), predictions (4, 2) and sample_weight; it raised",
    ),
    (
        small.changed(small.classification, metrics=(NotFinite(name="odd"),)),
        model.metrics_are_finite,
        "Expected a finite value of the metric odd for the untrained model; received",
    ),
    (
        small.changed(small.language, causal=False, causal_reason=""),
        model.predictions_do_not_see_later_inputs,
        "because the targets are the inputs one step later; it is False.",
    ),
    (
        small.changed(small.language, encoder=Forwards()),
        model.predictions_do_not_see_later_inputs,
        "because the next token is what is to be predicted; changing the inputs from "
        "step 4 on changed predictions before it.",
    ),
    (
        small.changed(small.varying, encoder=MeanOverTime()),
        model.padding_changes_no_score,
        "Expected the loss of examples of 3 and 6 steps to be the same in one padded "
        "batch as in two; received",
    ),
    (
        small.changed(small.varying, metrics=(PlainMean(name="size"),)),
        model.padding_changes_no_score,
        "Expected the size of examples of 3 and 6 steps to be the same in one padded "
        "batch as in two; received",
    ),
    (
        small.changed(small.varying, metrics=(LastBatch(name="last"),)),
        model.padding_changes_no_score,
        "Expected the last of examples of 3 and 6 steps to be the same in one padded "
        "batch as in two; received",
    ),
]


@pytest.mark.parametrize(("task", "check", "sentence"), CAUGHT_BY)
def test_each_fault_has_its_sentence(task, check, sentence):
    assert sentence in (check(small.subject_of(task)) or "passed")


def test_a_softmax_before_a_loss_of_logits_is_one_line_and_no_warning(recwarn):
    task = small.changed(
        small.classification, head=keras.layers.Dense(2, activation="softmax")
    )
    failed = [outcome for outcome in task_outcomes(task) if outcome.sentence]
    assert [one.name for one in failed] == ["head gives what the loss expects"]
    assert not recwarn.list


def test_each_check_has_a_task_that_fails_it():
    tried = {check for _, check, _ in STOPPED_BY + CAUGHT_BY}
    assert tried == {*REQUIRED, *OTHERS}


def test_all_sentences_are_in_one_error():
    task = small.changed(small.classification, version=0, mode="maximum")
    with pytest.raises(CheckError) as caught:
        check_task(task)
    assert [outcome.name for outcome in caught.value.failed] == [
        "version counts from one",
        "metrics are declared",
    ]
    assert str(caught.value).startswith(
        "changed_task fails 2 check(s):\n- version counts"
    )


def test_an_option_that_is_refused_is_the_persons_mistake():
    with pytest.raises(UsageError, match="named 'elsewhere' here"):
        check_task(small.classification, dataset="elsewhere")


def test_data_that_was_asked_for_and_is_not_there_is_no_fault_of_the_task():
    with pytest.raises(DataUnavailableError, match="far_away is not on this machine"):
        check_task(unavailable, dataset="far_away")


def test_one_coincidence_in_a_hundred_discrete_examples_is_tolerated():
    inputs, targets = (np.tile(part, (5, 1)) for part in small.tokens("test"))
    inputs[0], targets[0] = (part[0] for part in TOKENS)
    task = small.with_data(small.language, test=(inputs, targets))
    assert data.splits_do_not_overlap(TaskSubject(task, {})) is None


def test_a_small_split_may_miss_its_shares_by_chance():
    task = small.with_data(
        small.classification,
        train=of_classes([0, 1] * 50),
        test=of_classes([0] * 8 + [1] * 2),
    )
    assert data.classes_are_spread_over_the_splits(TaskSubject(task, {})) is None


COUNT = itertools.count()


def _sentence(check, **fields):
    return check(small.subject_of(small.changed(small.varying, **fields)))


def _scores(**values):
    return lambda trained, split: values


def _mean_length(trained, split):
    lengths = [len(example.predictions) for example in trained.predicted(split)]
    return {"length": sum(lengths) / len(lengths)}


UNITS_OF_VARYING = {"mean_squared_error": "1", "length": "steps"}


def test_scores_and_samples_that_keep_the_contract():
    def sample(trained, prompt, length, temperature, seed):
        step = trained.stepper(2)
        first, second = (step(np.ones((2, 1, 2), "float32")) for _ in range(2))
        assert first.shape == (2, 1, 1)
        assert not np.allclose(first, second), "the state is carried"
        return Sample(f"{first[0, 0, 0]:.6f}", {"numbers.txt": b"1"})

    fields = {"metric_units": UNITS_OF_VARYING, "scores": _mean_length}
    assert _sentence(model.scores_are_declared, **fields) is None
    assert _sentence(model.a_sample_can_be_made, sample=sample) is None


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        (_scores(), "Expected scores to give length, which metric_units holds"),
        (_scores(length=1.0, width=1.0), "received length, width."),
        (_scores(length=math.nan), "Expected a finite length of the untrained model"),
        (
            _scores(length=SummedScore(3.0, np.ones((4, 2)))),
            "Expected the parts of length to add up to its value, 3; combine of their "
            "sums gives 1.",
        ),
        (lambda trained, split: 1 / 0, "it raised ZeroDivisionError"),
    ],
)
def test_scores_that_do_not(scores, sentence):
    fields = {"metric_units": UNITS_OF_VARYING, "scores": scores}
    assert sentence in _sentence(model.scores_are_declared, **fields)


@pytest.mark.parametrize(
    ("sample", "sentence"),
    [
        (lambda *_: "text", "Expected sample to give a seqtasks.Sample"),
        (lambda *_: Sample(" "), "with text or files"),
        (lambda *_: Sample("x", {"../x": b""}), "plain names of the sample's files"),
        (lambda *_: Sample(str(next(COUNT))), "Expected the same sample from the same"),
        (lambda *_: 1 / 0, "it raised ZeroDivisionError"),
    ],
)
def test_samples_that_do_not(sample, sentence):
    assert sentence in _sentence(model.a_sample_can_be_made, sample=sample)
