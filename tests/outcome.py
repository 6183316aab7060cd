"""Results and all gradients of a recurrent layer, on the backend that runs.

Run as a program, it prints the numbers of a few cells and how they ran, as JSON.
"""

import json

import keras
import numpy as np

from seqtasks.recurrence.rnn import RNN
from seqtasks.registry import CELLS

BATCH, TIME, FEATURES, UNITS = 3, 6, 2, 4
# first rows, first steps and steps in between are masked, and a whole row
MASK = np.array([[0, 0, 1, 0, 1, 1], [1, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0]], "bool")

# The cells whose numbers are compared on JAX too; the others are traced there. What the
# loop does for them differs: one state or two, a state that is not the output, weights
# outside of products, complex states, several products a step.
JAX_CELLS = ("elman", "gru", "lstm", "layer_norm_lstm", "lmu", "lru", "rhn")


def draw(shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def make_cell(name, **options):
    """A cell of the catalog with weights that no initializer would draw.

    A sum of them is of order one. Larger sums would make rounding alone, which differs
    from processor to processor, change gradients by more than a tolerance allows.
    """
    cell = CELLS.find(name).load()(UNITS, **options)
    add_weight = cell.add_weight
    # JAX compiles each initializer for each shape
    cell.add_weight = lambda **kwargs: add_weight(**{**kwargs, "initializer": "zeros"})
    rng = np.random.default_rng(1)
    cell.build((None, FEATURES))
    cell.built = True
    terms = [v.shape[0] if len(v.shape) > 1 else UNITS for v in cell.weights]
    cell.set_weights(
        [
            rng.normal(size=v.shape) / max(2.0, n**0.5)
            for v, n in zip(cell.weights, terms, strict=True)
        ]
    )
    return cell


def outcome(layer, inputs, mask=None, training=True):
    """Results, then the gradients of inputs, initial states and weights, as NumPy.

    The gradients are those of ``Σ sin(3 y)`` over the elements y of all results. On
    TensorFlow a layer of Keras is called eagerly, which needs no graph of its loop.
    """
    sizes = keras.tree.flatten(layer.cell.state_size)
    states = [draw((len(inputs), size), seed=2) for size in sizes]
    differentiate = {
        "tensorflow": _with_tensorflow,
        "jax": _with_jax,
        "torch": _with_torch,
    }[keras.backend.backend()]
    return [
        np.asarray(part, "float32")
        for part in differentiate(layer, inputs, states, mask, training)
    ]


def _results_and_loss(layer, inputs, states, mask, training):
    ops = keras.ops
    mask = None if mask is None else ops.convert_to_tensor(mask)
    results = keras.tree.flatten(
        layer(inputs, mask=mask, initial_state=list(states), training=training)
    )
    losses = [ops.sum(ops.sin(3.0 * ops.cast(part, "float32"))) for part in results]
    return results, sum(losses)


def _with_tensorflow(layer, inputs, states, mask, training):
    import tensorflow as tf

    arguments = [tf.constant(inputs), [tf.constant(state) for state in states]]

    def run(inputs, states):
        with tf.GradientTape() as tape:
            tape.watch([inputs, states])
            results, loss = _results_and_loss(layer, inputs, states, mask, training)
        weights = [v.value for v in layer.trainable_variables]
        return results, tape.gradient(loss, [inputs, *states, *weights])

    if type(layer) is RNN:
        run = tf.function(run)
    results, gradients = run(*arguments)
    return [*results, *gradients]


def _with_jax(layer, inputs, states, mask, training):
    import jax

    weights = [v.value for v in layer.trainable_variables]

    @jax.jit
    def run(inputs, states, weights):
        def loss_of(inputs, states, weights):
            mapping = list(zip(layer.trainable_variables, weights, strict=True))
            with keras.StatelessScope(mapping):
                results, loss = _results_and_loss(layer, inputs, states, mask, training)
            return loss, results

        gradient = jax.grad(loss_of, argnums=(0, 1, 2), has_aux=True)
        gradients, results = gradient(inputs, states, weights)
        return results, jax.tree.leaves(gradients)

    results, gradients = run(inputs, states, weights)
    return [*results, *gradients]


def _with_torch(layer, inputs, states, mask, training):
    import torch

    inputs, *states = (torch.tensor(p, requires_grad=True) for p in (inputs, *states))
    results, loss = _results_and_loss(layer, inputs, states, mask, training)
    weights = [v.value for v in layer.trainable_variables]
    gradients = torch.autograd.grad(
        loss, [inputs, *states, *weights], allow_unused=True, materialize_grads=True
    )
    return [part.detach().numpy() for part in (*results, *gradients)]


def numbers():
    """Of a few cells how they ran, results and gradients with a mask; and of fit."""
    found = {}
    for name in ("gru", "layer_norm_lstm", "lru"):
        layer = RNN(make_cell(name), return_sequences=True, return_state=True)
        found[name] = [
            part.tolist()
            for part in outcome(layer, draw((BATCH, TIME, FEATURES)), MASK)
        ]
        found[f"how {name} ran"] = layer.implementation_used
    found["fit"] = fit_losses()
    return found


def fit_losses():
    """Of some steps over batches of two lengths, the mask being an input."""
    sequences = keras.Input((None, FEATURES))
    mask = keras.Input((None,), dtype="bool")
    layer = RNN(make_cell("lstm"))
    outputs = keras.layers.Dense(1, use_bias=False)(layer(sequences, mask=mask))
    model = keras.Model([sequences, mask], outputs)
    model.layers[-1].set_weights([np.ones((UNITS, 1))])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    inputs, losses = draw((BATCH, TIME, FEATURES)), []
    for time in (TIME, 4, TIME):
        given = [inputs[:, :time], MASK[:, :time]]
        history = model.fit(given, np.ones((BATCH, 1)), verbose=0)
        losses += history.history["loss"]
    return layer.implementation_used, losses


if __name__ == "__main__":
    print(json.dumps(numbers()))
