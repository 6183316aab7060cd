"""The numbers of an X-ray are the model's own."""

import keras
import numpy as np
import pytest
import small_tasks
import tensorflow as tf
from seqtasks.tasks.forecast.task import forecast

from seqtasks.analysis.xray_examples import (
    Examples,
    choose_examples,
    encode,
    plain_model,
)
from seqtasks.analysis.xray_jacobian import jacobians
from seqtasks.analysis.xray_lags import gradient_norms
from seqtasks.analysis.xray_swap import swap_influence
from seqtasks.analysis.xray_unroll import (
    layer_inputs,
    losses,
    predictions_at_each,
    predictions_at_last,
    unroll,
)
from seqtasks.registry import CELLS
from seqtasks.training.model import build_model
from seqtasks.training.pipeline import Pipeline
from seqtasks.training.settings import resolve_settings

CLOSE = {"rtol": 2e-4, "atol": 2e-6}


def _model(task, cell, count=5, layers=1):
    """A model with weights of some size, and validation examples."""
    keras.utils.set_random_seed(1)
    settings = resolve_settings(task, "", {"units": 4, "layers": layers})
    pipeline = Pipeline(task, 8, 0)
    features, targets, weights = pipeline.batch("validation", np.arange(count))
    model = build_model(task, CELLS.find(cell).load(), settings, features, 1)
    return model, encode(model, features, targets, weights), features


def _loss_at_last(task, model, examples, predictions):
    """The sum of the losses of the steps T, by the model's predictions."""
    rows, last = np.arange(len(examples.last)), examples.last
    if not model.return_sequences:
        return tf.reduce_sum(losses(task.loss, examples.targets, predictions))
    at_last = tf.gather(predictions, last, axis=1, batch_dims=1)
    return tf.reduce_sum(losses(task.loss, examples.targets[rows, last], at_last))


# of each kind: one state and more, complex, a memory of another width, several layers
# a step, gates of the input alone, without `project`
FAST = {"lru", "keras_gru"}


@pytest.mark.parametrize(
    "cell",
    [
        cell if cell in FAST else pytest.param(cell, marks=pytest.mark.slow)
        for cell in sorted(CELLS.entries())
    ],
)
def test_values_and_gradients_are_those_of_the_model(cell):
    """By ``RNN`` itself, over sequences of different lengths."""
    task = small_tasks.varying()
    model, examples, features = _model(task, cell)
    inputs = layer_inputs(model, examples, 0)
    run = unroll(model, examples, 0, inputs)
    layer, mask = model.recurrence[0], tf.constant(examples.valid)
    np.testing.assert_allclose(run.outputs, layer(inputs, mask=mask), **CLOSE)
    expected = model(features)
    np.testing.assert_allclose(predictions_at_each(model, run.top), expected, **CLOSE)
    norms = gradient_norms(task, model, examples, 0, inputs, 0)
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        predictions = model.predictions(layer(inputs, mask=mask))
        at_last = tf.gather(predictions, examples.last, axis=1, batch_dims=1)
    by_input = np.linalg.norm(tape.gradient(at_last, inputs), axis=-1)
    # the state before step 2, of examples that are longer: by the rest of the sequence
    states = [tf.constant(state) for state in run.entering[2]]
    with tf.GradientTape() as tape:
        tape.watch(states)
        rest = layer(inputs[:, 2:], initial_state=states, mask=mask[:, 2:])
        predictions = tf.pad(model.predictions(rest), [[0, 0], [2, 0], [0, 0]])
        loss = _loss_at_last(task, model, examples, predictions)
    zero = tf.UnconnectedGradients.ZERO
    by_state = tape.gradient(loss, states, unconnected_gradients=zero)
    by_state = np.linalg.norm(tf.concat(by_state, axis=1), axis=1)
    for row, last in enumerate(examples.last):
        assert np.isnan(norms.inputs[row, last + 1 :]).all()
        backwards = by_input[row, last::-1]
        np.testing.assert_allclose(norms.inputs[row, : last + 1], backwards, **CLOSE)
        # h_1 enters step 2: h_{T-k} with k = T - 1
        lag = last - 1
        np.testing.assert_allclose(norms.states[row, lag - 1], by_state[row], **CLOSE)


@pytest.mark.parametrize("task", [small_tasks.classification, small_tasks.language])
def test_each_of_two_layers_runs_as_in_the_model(task):
    task = task()
    model, examples, features = _model(task, "lstm", layers=2)
    expected = model(features)
    for layer in (0, 1):
        inputs = layer_inputs(model, examples, layer)
        run = unroll(model, examples, layer, inputs)
        at_last = predictions_at_last(model, examples, run.top)
        last = expected[:, -1] if task.return_sequences else expected
        np.testing.assert_allclose(at_last, last, **CLOSE)
        assert run.outputs.shape == (5, inputs.shape[1], 4)


@pytest.mark.slow
def test_an_encoder_may_make_several_rows_and_fewer_steps_of_an_example():
    """As that of ``forecast``: a row a variable, a step a patch."""
    task = forecast(lookback=24, horizon=6, patch_length=4, channel_independent=True)
    model, examples, features = _model(task, "gru")
    assert len(examples.encoded) > 5 == len(examples.last)
    assert examples.valid.shape == (5, 6)
    inputs = layer_inputs(model, examples, 0)
    run = unroll(model, examples, 0, inputs)
    expected = model(features)
    each = predictions_at_each(model, run.top)
    np.testing.assert_allclose(each[:, -1], expected, **CLOSE)
    # what there would be after fewer steps
    shorter = model.recurrence[0](inputs[:, :3])
    np.testing.assert_allclose(each[:, 2], model.predictions(shorter), **CLOSE)
    norms = gradient_norms(task, model, examples, 0, inputs, 0)
    assert norms.states.shape == (len(examples.encoded), 5)
    moved, _ = swap_influence(model, examples, 0, inputs, np.array([0, 5]), 0)
    assert np.isfinite(moved).all()
    # the same examples two by two
    some = examples.some(np.array([1, 3]))
    part = layer_inputs(model, some, 0)
    fewer = gradient_norms(task, model, some, 0, part, 0)
    rows = examples.rows_of(np.array([1, 3]))
    np.testing.assert_allclose(fewer.states, norms.states[rows], **CLOSE)


def test_the_loss_is_that_of_the_task():
    task = small_tasks.language()
    model, examples, features = _model(task, "gru")
    predictions = model(features)
    rows = predictions.numpy().reshape(-1, 5)
    each = losses(task.loss, examples.targets.reshape(-1), tf.constant(rows))
    mean = float(tf.reduce_mean(each))
    assert mean == pytest.approx(float(task.loss(examples.targets, predictions)))


@pytest.mark.parametrize("cell", ["lstm", "lru"])
def test_a_gradient_goes_one_step_back_by_the_jacobian(cell):
    task = small_tasks.classification()
    model, examples, _ = _model(task, cell)
    inputs = layer_inputs(model, examples, 0)
    with tf.GradientTape(persistent=True) as tape:
        run = unroll(model, examples, 0, inputs)
        loss = tf.reduce_sum(predictions_at_last(model, examples, run.top) ** 2)
    zero = tf.UnconnectedGradients.ZERO
    after, before = (
        tf.concat(tape.gradient(loss, run.entering[t], None, zero), axis=1).numpy()
        for t in (4, 3)
    )
    states = [state.numpy() for state in run.entering[3]]
    matrices = jacobians(model.recurrence[0].cell, inputs[:, 3].numpy(), states)
    backwards = np.einsum("bij,bi->bj", matrices, after)
    np.testing.assert_allclose(backwards, before, **CLOSE)
    assert np.abs(before).max() > 1e-3


def test_padding_changes_nothing():
    """Each example measured alone, without padding, as in a batch of all lengths."""
    task = small_tasks.varying()
    model, examples, _ = _model(task, "gru")
    inputs = layer_inputs(model, examples, 0)
    together = gradient_norms(task, model, examples, 0, inputs, 0)
    for row, length in enumerate(examples.valid.sum(axis=1)):
        alone = examples.some(np.array([row]))
        cut = Examples(
            alone.encoded[:, :length],
            None,
            alone.targets[:, :length],
            alone.weights[:, :length],
            alone.initial,
        )
        one = gradient_norms(task, model, cut, 0, inputs[row : row + 1, :length], 0)
        states = together.states[row, : length - 1]
        np.testing.assert_allclose(one.states[0], states, **CLOSE)
        np.testing.assert_allclose(
            one.inputs[0], together.inputs[row, :length], **CLOSE
        )


def test_examples_of_a_carried_state_begin_where_validation_has_them(book_experiment):
    plain = plain_model(book_experiment)
    examples = choose_examples(book_experiment, plain, 3, 0)
    model, batches = book_experiment.model, []
    model.reset_carried_state()
    for features, _, _ in book_experiment.pipeline.evaluation("validation").take(2):
        before = [np.array(state) for state in model.carried_state]
        batches.append(model.predict_on_batch(features))
    assert np.abs(before[0]).max() > 0
    assert len(examples.last) == 3
    states = [state for layer in examples.initial for state in layer]
    for given, carried in zip(states, before, strict=True):
        for row in given:
            assert (np.abs(carried - row).max(axis=1) < 1e-6).any()


@pytest.fixture(scope="module")
def book_experiment(tmp_path_factory):
    from seqtasks.training.experiment import Experiment

    path = tmp_path_factory.mktemp("text") / "book.txt"
    path.write_text("all work and no play makes jack a dull boy\n" * 60)
    options = {"dataset": str(path), "sequence_length": 8}
    settings = {"units": 3, "batch_size": 4}
    return Experiment.resolve("char_lm", "lstm", options=options, settings=settings)
