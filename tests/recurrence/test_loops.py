"""Each loop equals the loop of Keras, in outputs, states and all gradients."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from outcome import BATCH, FEATURES, MASK, TIME, UNITS, draw, make_cell, outcome

from seqtasks.recurrence import implementations, sequence_layout
from seqtasks.recurrence.rnn import RNN
from seqtasks.recurrence.tensorflow_checkpointed import CheckpointedLoop
from seqtasks.recurrence.tensorflow_loop import Loop, loop_over_time
from seqtasks.registry import CELLS

INPUTS = draw((BATCH, TIME, FEATURES))
WHOLE = {"return_sequences": True, "return_state": True}
OURS = [
    name
    for name, entry in CELLS.entries().items()
    if entry.reference.startswith("seqtasks")
]
slow = pytest.mark.slow
SCAN = {"implementation": "scan"}
CHECKPOINTED = {"gradient_checkpoint_every": 4}
USED = {"scan": SCAN, "checkpointed": CHECKPOINTED, "compiled": {}}


@pytest.fixture
def short_chunks(monkeypatch):
    """Chunks of 4 steps: the sequence of 6 is a whole one and a part."""
    monkeypatch.setattr(sequence_layout, "CHUNK", 4)


def assert_same(received, expected):
    assert len(received) == len(expected)
    for a, b in zip(received, expected, strict=True):
        # rounding is that of the terms of a sum, the largest of which count
        scale = max(1.0, float(np.max(np.abs(b))))
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-5 * scale)


def assert_as_in_keras(cell, used, mask, options, training=True, **how):
    ours = RNN(cell, **options, **(how or USED[used]))
    received = outcome(ours, INPUTS, mask, training)
    assert ours.implementation_used == used
    assert_same(received, outcome(keras.layers.RNN(cell, **options), INPUTS, mask))


# By XLA all cells are compared in check_cell; here those that differ in what the loop
# does for them: two states, weights outside of products, states that are not the
# output, a product of a product.
@pytest.mark.parametrize(
    ("name", "used"),
    [
        ("lstm", "compiled"),
        pytest.param("layer_norm_lstm", "compiled", marks=slow),
        pytest.param("lru", "compiled", marks=slow),
        pytest.param("min_gru", "scan", marks=slow),
        pytest.param("rg_lru", "scan", marks=slow),
        pytest.param("lru", "scan", marks=slow),
        pytest.param("gru", "checkpointed", marks=slow),
    ],
)
def test_by_xla(short_chunks, name, used):
    assert_as_in_keras(make_cell(name), used, MASK, WHOLE)


# each compiles for some seconds; the others are in the slow tier
_FAST = ("gru",)


@pytest.mark.parametrize(
    "name",
    [name if name in _FAST else pytest.param(name, marks=slow) for name in OURS],
)
def test_each_registered_cell_compiled(graphs, name):
    assert_as_in_keras(make_cell(name), "compiled", MASK, WHOLE)


@pytest.fixture
def parts(monkeypatch):
    """The batch of 3 is one row, and two; the number of loops made is counted."""
    monkeypatch.setattr(sequence_layout, "PART_ROWS", 1)
    monkeypatch.setattr(sequence_layout, "PART_VALUES", 1)
    sizes = []
    run = RNN._run_compiled
    monkeypatch.setattr(
        RNN,
        "_run_compiled",
        lambda self, *a: sizes.append(a[0].shape[0]) or run(self, *a),
    )
    return sizes


@pytest.mark.parametrize(
    ("mask", "options"),
    [
        (MASK, WHOLE),
        pytest.param(None, {"go_backwards": True}, marks=slow),
    ],
)
def test_in_parts_of_the_batch(xla, parts, mask, options):
    assert_as_in_keras(make_cell("lstm"), "compiled", mask, options)
    assert parts == [1, 2]


def test_the_parts_of_a_batch():
    parts = sequence_layout.batch_parts
    # enough work at each step: by the rows, and by the width of the projection
    assert parts(16, 1024) == [8, 8]
    assert parts(33, 1024) == [16, 17]
    assert parts(15, 1024) == [15]
    assert parts(32, 256) == [32]
    assert parts(64, 256) == [32, 32]
    # known when the graph runs: the same, so that bits are the same
    for rows in (0, 1, 15, 16, 33):
        sizes = [int(size) for size in parts(tf.constant(rows), 1024)]
        assert sizes == [*parts(rows, 1024), 0][:2]


def test_a_product_of_a_product(xla):
    cell = make_cell("gru", reset_after=False)
    assert_as_in_keras(cell, "compiled", None, {"return_sequences": True})


@pytest.mark.parametrize(
    "name",
    ["min_gru", "lru", *(pytest.param(n, marks=slow) for n in ("min_lstm", "rg_lru"))],
)
def test_each_linear_cell_as_a_scan(graphs, short_chunks, name):
    assert_as_in_keras(make_cell(name), "scan", MASK, WHOLE)


@slow
def test_a_cell_with_weights_of_all_kinds_checkpointed(graphs):
    assert_as_in_keras(make_cell("layer_norm_lstm"), "checkpointed", MASK, WHOLE)


# without a mask no last output is carried, and no padding is masked
@slow
@pytest.mark.parametrize("used", USED)
def test_without_a_mask(short_chunks, used):
    assert_as_in_keras(make_cell("min_gru"), used, None, {"return_state": True})


BACKWARDS = {"go_backwards": True, "return_sequences": True}
ZERO = {"zero_output_for_mask": True, "return_sequences": True}
IN_FAST_TIER = [("compiled", BACKWARDS), ("compiled", ZERO), ("scan", ZERO)]


@pytest.mark.parametrize(("used", "options"), IN_FAST_TIER)
def test_some_options(graphs, short_chunks, used, options):
    assert_as_in_keras(make_cell("min_gru"), used, MASK, options)


# XLA compiles what runs as a graph above: here each loop and each option once
@slow
@pytest.mark.parametrize(
    ("used", "options"),
    [("compiled", {}), ("scan", BACKWARDS), ("checkpointed", ZERO)],
)
def test_options_by_xla(short_chunks, used, options):
    assert_as_in_keras(make_cell("min_gru"), used, MASK, options)


@pytest.mark.parametrize("steps", [100, pytest.param(1, marks=slow)])
def test_segments_of_any_length(graphs, steps):
    cell = make_cell("min_gru")
    assert_as_in_keras(
        cell, "checkpointed", MASK, WHOLE, gradient_checkpoint_every=steps
    )


@pytest.mark.parametrize("used", ["compiled", pytest.param("scan", marks=slow)])
def test_a_gradient_that_was_not_announced(graphs, used):
    assert_as_in_keras(make_cell("min_gru"), used, None, {}, training=False)


@pytest.mark.parametrize(
    "used",
    ["compiled", *(pytest.param(u, marks=slow) for u in USED if u != "compiled")],
)
def test_a_length_that_is_not_known_when_the_graph_is_made(xla, short_chunks, used):
    layer = RNN(make_cell("min_gru"), return_sequences=True, **USED[used])

    @tf.function(input_signature=[tf.TensorSpec((None, None, FEATURES))])
    def run(inputs):
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            outputs = layer(inputs, training=True)
            loss = tf.reduce_sum(tf.sin(3.0 * outputs))
        return outputs, tape.gradient(loss, [inputs, *layer.trainable_variables])

    reference = keras.layers.RNN(layer.cell, return_sequences=True)
    inputs = tf.constant(draw((BATCH, 17, FEATURES)))
    for time in (1, 4, 17):
        outputs, gradients = run(inputs[:, :time])
        with tf.GradientTape() as tape:
            given = tf.identity(inputs[:, :time])
            tape.watch(given)
            expected = reference(given)
            loss = tf.reduce_sum(tf.sin(3.0 * expected))
        assert_same([outputs], [expected])
        weights = reference.trainable_variables
        assert_same(gradients, tape.gradient(loss, [given, *weights]))
    assert layer.implementation_used == used


def test_a_carried_state_of_complex_numbers(graphs, short_chunks):
    layer = RNN(make_cell("lru"), return_sequences=True, stateful=True, **SCAN)
    run = tf.function(layer)
    parts = [run(INPUTS[:, :2]), run(INPUTS[:, 2:4]), run(INPUTS[:, 4:])]
    whole = keras.layers.RNN(layer.cell, **WHOLE)(INPUTS)
    assert layer.implementation_used == "scan"
    assert_same([tf.concat(parts, 1), *layer.carried_state], whole)


def test_many_lengths_are_few_compilations():
    layer = RNN(make_cell("gru"))
    graph = tf.function(layer, input_signature=[tf.TensorSpec((None, None, FEATURES))])
    for time in (1, 3, 16):
        graph(draw((BATCH, time, FEATURES)))
    assert layer._loop.infer.experimental_get_tracing_count() == 1


def test_mixed_precision(xla):
    cell = make_cell("lstm", dtype="mixed_bfloat16")
    layer = RNN(cell, return_sequences=True, dtype="mixed_bfloat16")
    reference = keras.layers.RNN(cell, return_sequences=True, dtype="mixed_bfloat16")
    received = tf.function(layer)(INPUTS)
    assert received.dtype == tf.bfloat16
    difference = tf.cast(received - reference(INPUTS), tf.float32)
    assert float(tf.reduce_max(tf.abs(difference))) < 0.02


def test_checkpointing_keeps_the_states_between_segments_alone():
    cell = make_cell("lstm")
    states = [tf.zeros((BATCH, size)) for size in cell.state_size]
    values = [tf.convert_to_tensor(v.value) for v in cell.variables]
    time, steps = 16, 4
    inputs = tf.zeros((time, BATCH, FEATURES))
    whole = Loop(cell).forward([cell.project(inputs)], states, values)[2][-1]
    segments = tf.reshape(inputs, (-1, steps, BATCH, FEATURES))
    loop = CheckpointedLoop(cell, False, steps)
    kept = loop._forward([segments], states, values)[2]

    def size(tensors):
        return sum(int(tf.size(tensor)) for tensor in keras.tree.flatten(tensors))

    assert size(kept) == time // steps * size(states)
    assert size(whole) == time * (size(states) + BATCH * 4 * UNITS)


def running_sums(reverse):
    def step(states, slices):
        total = states[0] + slices[0]
        return [total], [total]

    def run(inputs, steps):
        return loop_over_time(step, [tf.zeros(1)], [inputs], steps, reverse=reverse)

    return tf.function(run, jit_compile=True, autograph=False)


@pytest.mark.parametrize("reverse", [False, True])
def test_padding_is_left_out_by_one_program_for_all_numbers_of_steps(reverse):
    inputs = tf.reshape(tf.range(1.0, 17.0), (16, 1))
    run = running_sums(reverse)
    (state,), (sums,) = run(inputs, tf.constant(3))
    assert state.numpy() == 6
    expected = [6, 5, 3] if reverse else [1, 3, 6]
    np.testing.assert_array_equal(sums[:, 0], [*expected, *[0] * 13])
    program = run.experimental_get_compiler_ir
    three, five = (program(inputs, tf.constant(n))(stage="hlo") for n in (3, 5))
    assert three == five


# Which implementation is chosen, and which is refused.


@pytest.mark.parametrize("name", ["min_gru", "lru", "gru", "lmu"])
def test_auto_takes_the_scan_on_an_accelerator(name, monkeypatch):
    cell = make_cell(name)

    def chosen(every=None):
        with tf.Graph().as_default():
            return implementations.choose_implementation(cell, "auto", False, every)

    assert chosen() == "compiled"
    monkeypatch.setattr(implementations, "_is_on_accelerator", lambda: True)
    assert chosen() == ("scan" if name in ("min_gru", "lru") else "compiled")
    assert chosen(every=4) == "checkpointed"


def test_a_gpu_that_is_hidden_is_no_accelerator(monkeypatch):
    visible = []
    monkeypatch.setattr(tf.config, "get_visible_devices", visible.__contains__)
    assert not implementations._is_on_accelerator()
    visible.append("GPU")
    assert implementations._is_on_accelerator()


@pytest.mark.parametrize(
    ("make", "options", "sentence"),
    [
        (
            lambda: make_cell("gru"),
            {"implementation": "fast"},
            "one of auto, scan, compiled, projected, keras; received 'fast'",
        ),
        (
            lambda: make_cell("gru"),
            {"gradient_checkpoint_every": 0},
            "at least 1 or None; received 0",
        ),
        (
            lambda: make_cell("gru"),
            SCAN,
            "project, step and coefficients; received GRUCell. Use "
            "implementation='auto'.",
        ),
        (lambda: keras.layers.GRUCell(2), SCAN, "received GRUCell"),
        (lambda: [make_cell("lru"), make_cell("lmu")], SCAN, "received LMUCell"),
        (
            lambda: make_cell("min_gru"),
            SCAN | CHECKPOINTED,
            "Expected no gradient checkpointing with implementation='scan', which "
            "keeps all states; received gradient_checkpoint_every=4.",
        ),
    ],
)
def test_what_cannot_be_is_refused(make, options, sentence):
    with pytest.raises(ValueError, match=sentence.replace(".", r"\.")):
        RNN(make(), **options)


def test_eagerly_the_ordinary_loop_runs():
    layer = RNN(make_cell("gru"))
    layer(INPUTS)
    assert layer.implementation_used == "projected"


@pytest.mark.parametrize("implementation", ["compiled", "projected", "keras"])
def test_an_implementation_can_be_chosen(graphs, implementation):
    layer = RNN(make_cell("gru"), implementation=implementation)
    assert_same([tf.function(layer)(INPUTS)], [keras.layers.RNN(layer.cell)(INPUTS)])
    assert layer.implementation_used == implementation
    again = RNN.from_config(layer.get_config())
    assert again.implementation == implementation
