"""A trace's numbers are the model's, forwards and backwards, for every cell."""

import dataclasses

import keras
import ml_dtypes
import numpy as np
import pytest
import small_tasks
import tensorflow as tf

from seqtasks.analysis.rollout import to_numpy
from seqtasks.analysis.subject import Subject, as_batch
from seqtasks.analysis.trace_text import trace_in_text
from seqtasks.analysis.tracing import trace
from seqtasks.analysis.word import word_subject, word_task
from seqtasks.errors import UsageError
from seqtasks.recurrence.rnn import RNN
from seqtasks.registry import CELLS
from seqtasks.training.experiment import build_task, find_task
from seqtasks.training.model import build_model
from seqtasks.training.settings import resolve_settings

_SMALLER = {
    "adding": {"sequence_length": 6},
    "char_lm": {"sequence_length": 8},
    "copy_memory": {"delay": 2},
    "forecast": {"lookback": 13, "horizon": 4, "channel_independent": True},
}

PLAIN = '''
import keras
from keras import ops

class PlainCell(keras.layers.Layer):
    """h_t = tanh(x_t W + h_{t-1} U), of Keras alone, its state handed on bare."""
    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.state_size = units
    def build(self, shape):
        self.W = self.add_weight(shape=(shape[-1], self.state_size))
        self.U = self.add_weight(shape=(self.state_size, self.state_size))
    def call(self, inputs, states):
        h = ops.tanh(inputs @ self.W + states[0] @ self.U)
        return h, h
'''


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    path = tmp_path_factory.mktemp("cells") / "plain.py"
    path.write_text(PLAIN)
    return str(path)


# one of each kind; the others are in the slow tier
_FAST = ("lstm", "lru", "keras_gru", "plain")


@pytest.mark.parametrize(
    "cell",
    [
        cell if cell in _FAST else pytest.param(cell, marks=pytest.mark.slow)
        for cell in (*CELLS.entries(), "plain")
    ],
)
def test_outputs_and_gradients_are_those_of_the_layer(cell, plain):
    # a vocabulary of three letters, four steps, three units
    subject = word_subject("abcab", plain if cell == "plain" else cell, {}, 3, seed=1)
    _move_from_special_values(subject.model)
    made = trace(subject)
    for step in made.steps:  # its own equations were recorded, down to the output
        assert any(value.kind == "product" for value in step.values)
        assert any(np.array_equal(v.value, step.output) for v in step.values if v.name)
    model, (layer,) = subject.model, subject.model.recurrence
    assert isinstance(layer, RNN)
    weights = [*layer.cell.trainable_variables, *model.head.trainable_variables]
    with tf.GradientTape() as tape:
        outputs = layer(model.encoder(subject.inputs[None]))  # (1, T, H)
        logits = model.predictions(outputs)
        losses = keras.ops.sparse_categorical_crossentropy(
            subject.targets[None], logits, from_logits=True
        )[0]
        loss = keras.ops.mean(losses)
    expected = tape.gradient(loss, weights)
    near = {"rtol": 1e-4, "atol": 1e-6}
    np.testing.assert_allclose([s.output for s in made.steps], outputs[0], **near)
    np.testing.assert_allclose([s.logits for s in made.steps], logits[0], **near)
    np.testing.assert_allclose([s.loss for s in made.steps], losses, **near)
    assert made.loss == pytest.approx(float(loss), rel=1e-5)
    assert len(made.weights) == len(weights)
    for (name, value), weight, gradient in zip(
        made.weights.items(), weights, expected, strict=True
    ):
        np.testing.assert_array_equal(value, weight)
        total = sum(step.weights[name] for step in made.gradients)
        np.testing.assert_allclose(total, gradient, err_msg=name, **near)
    _check_steps_backwards(made)


def _move_from_special_values(model):
    """Zeros and orthogonal matrices would hide a term that is left out."""
    noise = np.random.default_rng(1)
    for weight in model.recurrence[0].cell.trainable_weights:
        weight.assign(weight + noise.uniform(-0.2, 0.2, weight.shape))


def _check_steps_backwards(made):
    """∂L/∂h_{t-1} is what the loss of t - 1 gives, and ∂L/∂h_t times the Jacobian."""
    steps = len(made.steps)
    later = np.zeros(sum(part.size for part in made.steps[0].states))
    jacobian = np.zeros((len(later), len(later)))
    for gradient in reversed(made.gradients):
        total = np.concatenate(gradient.state)
        own = total - jacobian.T @ later
        np.testing.assert_allclose(
            np.linalg.norm(own), gradient.by_loss[gradient.index] / steps, atol=1e-5
        )
        assert not gradient.by_loss[: gradient.index].any()
        later, jacobian = total, gradient.jacobian
    size = np.linalg.norm(jacobian, 2)
    assert made.gradients[0].norm == pytest.approx(size, rel=1e-5)
    assert made.gradients[0].radius <= size * (1 + 1e-6)


def test_the_lecture_s_word_by_hand():
    """elman on machine: each line of the lecture, in NumPy."""
    made = trace(word_subject("machine", "elman", {}, 4, seed=0))
    vocabulary = "acehimn"
    assert made.classes == tuple(vocabulary)
    kernel, bias, output, output_bias = (
        made.weights[name].astype(np.float64)
        for name in ("kernel", "bias", "output.kernel", "output.bias")
    )
    assert kernel.shape == (7 + 4, 4)
    h, total = np.zeros(4), 0.0
    inputs, states, deltas = [], [h], []
    for t, step in enumerate(made.steps):
        x = np.eye(7)[vocabulary.index("machine"[t])]
        both = np.concatenate([x, h])
        product = both @ kernel
        h = np.tanh(product + bias)
        logits = h @ output + output_bias
        p = np.exp(logits) / np.exp(logits).sum()
        target = vocabulary.index("machine"[t + 1])
        loss = -np.log(p[target])
        total += loss
        assert (step.label, step.number) == ("machine"[t], vocabulary.index(step.label))
        assert (step.target, step.target_index) == ("machine"[t + 1], target)
        assert [(v.name, v.kind) for v in step.values] == [
            ("both", "concatenation"),
            ("", "product"),
            ("", "sum"),
            ("h", "activation"),
        ]
        assert step.values[2].source == "ops.matmul(both, self.kernel) + self.bias"
        for found, expected in [
            (step.input, x),
            (step.states_before[0], states[-1]),
            (step.values[0].value, both),
            (step.values[1].value, product),
            (step.values[2].value, product + bias),
            (step.values[3].value, h),
            (step.output, h),
            (step.states[0], h),
            (step.logits, logits),
            (step.distribution, p),
            (step.loss, loss),
            (step.perplexity, np.exp(total / (t + 1))),
        ]:
            np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
        inputs.append(both)
        states.append(h)
        deltas.append((p - np.eye(7)[target]) / len(made.steps))
    assert made.loss == pytest.approx(total / 6, rel=1e-6)
    # back-propagation through time
    later = np.zeros(4)
    for t in reversed(range(6)):
        own = deltas[t] @ output.T
        later = later + own
        inner = later * (1 - states[t + 1] ** 2)
        jacobian = (1 - states[t + 1] ** 2)[:, None] * kernel[7:].T
        found = made.gradients[t]
        for one, expected in [
            (found.state[0], later),
            (found.by_loss[t], np.linalg.norm(own) * 6),
            (found.jacobian, jacobian),
            (found.norm, np.linalg.svd(jacobian)[1][0]),
            (found.radius, np.abs(np.linalg.eigvals(jacobian)).max()),
            (found.weights["kernel"], np.outer(inputs[t], inner)),
            (found.weights["bias"], inner),
            (found.weights["output.kernel"], np.outer(states[t + 1], deltas[t])),
            (found.weights["output.bias"], deltas[t]),
        ]:
            np.testing.assert_allclose(one, expected, rtol=1e-4, atol=1e-6)
        later = jacobian.T @ later


def test_a_cell_whose_call_is_not_its_step_is_refused(tmp_path):
    path = tmp_path / "two_faced.py"
    path.write_text(
        "from seqtasks.cells.elman import ElmanCell\n"
        "class TwoFacedCell(ElmanCell):\n"
        "    def step(self, projected, states):\n"
        "        h, states = super().step(projected, states)\n"
        "        return 0.5 * h, [0.5 * h]\n"
    )
    subject = word_subject("abca", str(path), {}, 3, seed=0)
    with pytest.raises(UsageError, match="runs the methods project and step"):
        trace(subject)


def test_a_layer_of_several_in_one_of_two_directions():
    keras.utils.set_random_seed(0)
    task = small_tasks.language()
    inputs, targets = next(task.load("validation").as_numpy_iterator())
    inputs, targets = inputs[:3], targets[:3]
    settings = resolve_settings(task, "language", {"units": 2, "layers": 2})
    settings = dataclasses.replace(settings, bidirectional=True)
    make_cell = CELLS.find("lstm").load()
    model = build_model(task, make_cell, settings, as_batch(inputs))
    with tf.GradientTape(persistent=True) as tape:
        loss = task.loss(targets[None], model(as_batch(inputs)))
    for layer in (0, 1):
        example = (inputs, targets, None, "one", layer)
        subject = Subject(task, "language", "lstm", None, settings, 0, model, *example)
        made = trace(subject)
        assert made.state_names == ("h", "c")
        cell = model.recurrence[layer].forward_layer.cell
        expected = tape.gradient(loss, cell.trainable_variables)
        assert made.loss == pytest.approx(float(loss), rel=1e-5)
        for name, gradient in zip(made.weights, expected, strict=False):
            total = sum(step.weights[name] for step in made.gradients)
            np.testing.assert_allclose(total, gradient, rtol=1e-3, atol=1e-6)
        # the layer above also reads backwards: there, a state acts on earlier losses
        earlier = any(g.by_loss[: g.index].any() for g in made.gradients)
        assert earlier == (layer == 0)
        assert ("Losses of s < t count too" in trace_in_text(made)) == earlier


# text, nested inputs, frames, several rows an example, notes
_FORMS = ("text_classification", "captioning", "video_frames", "forecast", "music_lm")


@pytest.mark.slow
@pytest.mark.parametrize("name", _FORMS)
def test_an_example_of_each_form_of_task(name):
    """Targets at each step or at the end, of classes, keys or values; nested inputs."""
    keras.utils.set_random_seed(0)
    task = build_task(*find_task(name, _SMALLER.get(name, {})), seed=0)
    inputs, targets, *weights = next(task.load("validation").as_numpy_iterator())
    settings = resolve_settings(task, name, {"units": 3})
    make_cell = CELLS.find("gru").load()
    model = build_model(task, make_cell, settings, as_batch(inputs), stateful=False)
    weights = weights[0] if weights else None
    example = (inputs, targets, weights, "one")
    subject = Subject(task, name, "gru", None, settings, 0, model, *example)
    made = trace(subject)
    assert all(step.label for step in made.steps)
    assert made.steps[-1].target
    head = model.head.trainable_variables
    with tf.GradientTape() as tape:
        predictions = model(as_batch(inputs))
        each = task.loss.call(np.asarray(targets)[None], predictions)
        shares = np.ones(each.shape) if weights is None else weights[None]
        loss = keras.ops.sum(each * shares) / shares.sum()
    assert made.loss == pytest.approx(float(loss), rel=1e-4)
    expected = tape.gradient(loss, [*model.loops[0].cell.trainable_variables, *head])
    for key, gradient in zip(made.weights, expected, strict=True):
        total = sum(step.weights[key] for step in made.gradients)
        np.testing.assert_allclose(total, gradient, rtol=1e-2, atol=1e-5, err_msg=key)
    is_class = isinstance(task.loss, keras.losses.SparseCategoricalCrossentropy)
    assert (made.steps[-1].perplexity is not None) == is_class
    assert (made.loss_unit == "nats") == (is_class or name == "music_lm")
    assert (made.steps[-1].distribution is None) == (made.loss_unit != "nats")
    for step in (None, 0):
        text = trace_in_text(made, step)
        assert max(map(len, text.splitlines())) <= 80


def test_another_backend_is_refused(monkeypatch):
    subject = word_subject("aba", "elman", {}, 2, seed=0)
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(UsageError, match=r"TensorFlow backend, .* received jax"):
        trace(subject)


def test_a_model_in_bfloat16_is_traced_as_it_computes():
    keras.utils.set_random_seed(0)
    task = word_task("abca")
    inputs, targets = task.labels.read("abca")
    settings = resolve_settings(task, "word", {"precision": "mixed_bfloat16"})
    settings = dataclasses.replace(settings, units=3)
    model = build_model(task, CELLS.find("gru").load(), settings, as_batch(inputs))
    example = (inputs, targets, None, "one")
    made = trace(Subject(task, "word", "gru", None, settings, 0, model, *example))
    output = made.steps[-1].output
    np.testing.assert_array_equal(output, output.astype(ml_dtypes.bfloat16))
    outputs = model.recurrence[0](model.encoder(inputs[None]))
    np.testing.assert_array_equal(output, to_numpy(outputs[0, -1]))
    assert made.gradients[0].weights["kernel"].any()


def test_values_of_json_are_plain_and_finite():
    subject = word_subject("aba", "elman", {}, 2, seed=0)
    subject.model.head.bias.assign([np.nan, 0])
    data = trace(subject).to_json()
    assert data["steps"][0]["logits"][0] is None
    assert data["steps"][0]["values"][0]["value"] == [1.0, 0.0, 0.0, 0.0]
    assert as_batch(subject.inputs)["inputs"].tolist() == [[0, 1]]
