"""RNN inside Keras' wrappers, and behind the layers that make masks."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from twin_layers import (
    BATCH,
    CELLS,
    INPUTS,
    MASK,
    MODES,
    TIME,
    UNITS,
    assert_same,
    draw,
    states_of,
    twins,
)

from seqtasks.recurrence.rnn import RNN

MERGES = ["sum", "mul", "ave", "concat", None]


def same_weights(ours, theirs, *arguments):
    ours(*arguments)
    theirs(*arguments)
    theirs.set_weights(ours.get_weights())


def bidirectionals(cell, merge_mode, **options):
    """Keras' wrapper makes new cells from their configuration."""
    pair = [
        keras.layers.Bidirectional(layer, merge_mode=merge_mode)
        for layer in twins(cell, **options)
    ]
    same_weights(*pair, INPUTS)
    assert isinstance(pair[0].backward_layer, RNN)
    return pair


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("cell", "merge_mode"),
    [("keras_gru", "concat"), *(("lstm", merge_mode) for merge_mode in MERGES)],
)
def test_bidirectional(cell, merge_mode, mode):
    mask = tf.constant(MASK)
    for options in (
        {"return_sequences": True, "return_state": True},
        {"return_sequences": False},
    ):
        ours, theirs = bidirectionals(cell, merge_mode, **options)
        assert_same(MODES[mode](ours)(INPUTS, mask=mask), theirs(INPUTS, mask=mask))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cell", CELLS)
def test_bidirectional_with_initial_states(cell, mode):
    ours, theirs = bidirectionals(cell, "concat", return_state=True)
    states = [*states_of(cell), *(2.0 * state for state in states_of(cell))]
    assert_same(
        MODES[mode](ours)(INPUTS, initial_state=states),
        theirs(INPUTS, initial_state=states),
    )


def test_bidirectional_with_a_layer_of_its_own_for_the_way_back():
    forward, reference = twins("gru", return_sequences=True)
    backward, reference_backward = twins(
        "lstm", return_sequences=True, go_backwards=True
    )
    ours = keras.layers.Bidirectional(forward, backward_layer=backward)
    theirs = keras.layers.Bidirectional(reference, backward_layer=reference_backward)
    same_weights(ours, theirs, INPUTS)
    assert_same(tf.function(ours)(INPUTS), theirs(INPUTS))


@pytest.mark.parametrize("options", [{}, {"implementation": "projected"}], ids=str)
def test_a_bidirectional_layer_is_made_again_from_its_config(options):
    layer = keras.layers.Bidirectional(RNN(CELLS["lstm"](UNITS), **options))
    again = keras.layers.Bidirectional.from_config(layer.get_config())
    same_weights(layer, again, INPUTS)
    assert_same(again(INPUTS), layer(INPUTS))
    assert again.backward_layer.implementation == options.get("implementation", "auto")


def test_a_bidirectional_layer_carries_both_states():
    layer = keras.layers.Bidirectional(
        RNN(CELLS["gru"](UNITS), return_sequences=True, stateful=True)
    )
    first, second = layer(INPUTS), layer(INPUTS)
    assert np.abs(np.asarray(first) - np.asarray(second)).max() > 1e-3
    layer.reset_state()
    assert_same(layer(INPUTS), first)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cell", ["gru", "keras_lstm"])
def test_time_distributed(cell, mode):
    pair = [keras.layers.TimeDistributed(layer) for layer in twins(cell)]
    clips = draw(BATCH, 2, TIME, 2)
    same_weights(*pair, clips)
    ours, theirs = pair
    assert ours(clips).shape == (BATCH, 2, UNITS)
    assert_same(MODES[mode](ours)(clips), theirs(clips))


@pytest.mark.parametrize("mode", MODES)
def test_the_mask_of_an_embedding_reaches_every_layer(mode):
    tokens = tf.constant([[3, 1, 2, 0, 0], [1, 0, 0, 0, 0], [2, 2, 3, 1, 1]])
    embedding = keras.layers.Embedding(4, 2, mask_zero=True)
    first, reference = twins("lstm", return_sequences=True)
    second, reference_second = twins("gru")

    def ours(tokens):
        return second(first(embedding(tokens)))

    expected = reference_second(reference(embedding(tokens)))
    assert_same(MODES[mode](ours)(tokens), expected)
    # a row alone, cut to its length, has no need of a mask
    assert_same(ours(tokens[:1, :3]), expected[:1])


@pytest.mark.parametrize("mode", MODES)
def test_the_mask_of_masking(mode):
    padded = tf.where(MASK[..., None], INPUTS, -7.0)
    masking = keras.layers.Masking(-7.0)
    ours, theirs = twins("gru")
    expected = theirs(INPUTS, mask=MASK)
    assert_same(MODES[mode](lambda x: ours(masking(x)))(padded), expected)
