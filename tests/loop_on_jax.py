"""The loops on JAX compared with Keras', in a process whose backend is JAX.

An error is a difference to ``keras.layers.RNN`` in units of what rounding allows: up to
1 is agreement.
"""

import jax
import keras
import numpy as np
from outcome import (
    BATCH,
    FEATURES,
    JAX_CELLS,
    MASK,
    TIME,
    UNITS,
    draw,
    make_cell,
    numbers,
)
from outcome import outcome as outcome_of

from seqtasks.cells.gru import GRUCell
from seqtasks.recurrence import sequence_layout
from seqtasks.recurrence.rnn import RNN
from seqtasks.registry import CELLS

INPUTS = draw((BATCH, TIME, FEATURES))
WHOLE = {"return_sequences": True, "return_state": True}


def error(received, expected, tolerance=1e-5):
    assert len(received) == len(expected)
    worst = 0.0
    for a, b in zip(received, expected, strict=True):
        assert a.shape == b.shape
        # rounding is that of the terms of a sum, the largest of which count
        scale = max(1.0, float(np.max(np.abs(b))))
        worst = np.maximum(worst, np.max(np.abs(a - b) / (tolerance * scale)))
    return float(worst)


def compared(cell, mask=None, tolerance=1e-5, how=None, **options):
    """The implementation used and the error, in results and all gradients.

    Where Keras unrolls, it repeats the last output at masked steps. Where it does not,
    on JAX, it shows the first state, also before there is an output.
    """
    reference = dict(options)
    if mask is not None and not options.get("zero_output_for_mask"):
        reference["unroll"] = True
    ours = RNN(cell, **options, **(how or {}))
    theirs = keras.layers.RNN(cell, **reference)
    received, expected = (outcome_of(x, INPUTS, mask) for x in (ours, theirs))
    return ours.implementation_used, error(received, expected, tolerance)


def agreement():
    cases = {}
    for name in JAX_CELLS:
        cases[f"cell {name}"] = compared(make_cell(name), **WHOLE)
    lstm, gru = make_cell("lstm"), make_cell("gru")
    product_of_a_product = make_cell("gru", reset_after=False)
    cases["cell gru, reset before"] = compared(product_of_a_product, **WHOLE)
    cases["last output"] = compared(gru)
    cases["states, mask"] = compared(lstm, MASK, **WHOLE)
    cases["backwards"] = compared(lstm, go_backwards=True, **WHOLE)
    cases["backwards, mask"] = compared(gru, MASK, go_backwards=True, **WHOLE)
    cases["zero output, mask"] = compared(
        lstm, MASK, zero_output_for_mask=True, **WHOLE
    )
    narrow = make_cell("gru", dtype="mixed_bfloat16")
    cases["mixed_bfloat16"] = compared(
        narrow, dtype="mixed_bfloat16", tolerance=0.05, **WHOLE
    )
    sequence_layout.CHUNK = 4  # of the sequence of 6 steps a whole one and a part
    linear, complex_numbers = make_cell("rg_lru"), make_cell("lru")
    for mask, masked in ((None, ""), (MASK, ", mask")):
        scan, checkpointed = (
            {"implementation": "scan"},
            {"gradient_checkpoint_every": 4},
        )
        cases[f"scan{masked}"] = compared(linear, mask, how=scan, **WHOLE)
        cases[f"scan, complex{masked}"] = compared(
            complex_numbers, mask, how=scan, **WHOLE
        )
        cases[f"checkpointed{masked}"] = compared(lstm, mask, how=checkpointed, **WHOLE)
    return cases


def implementations():
    """Of calls that are traced and not computed."""
    layers = {
        "unroll": RNN(make_cell("gru"), unroll=True),
        "implementation": RNN(make_cell("gru"), implementation="projected"),
        "stacked": RNN([GRUCell(UNITS), GRUCell(UNITS)]),
        "a cell of Keras": RNN(keras.layers.GRUCell(UNITS)),
        **{
            name: RNN(make_cell(name))
            for name, entry in CELLS.entries().items()
            if entry.reference.startswith("seqtasks") and name not in JAX_CELLS
        },
    }
    both = keras.layers.Bidirectional(RNN(GRUCell(UNITS)))
    for layer in (*layers.values(), both):
        layer.build(INPUTS.shape)
        jax.eval_shape(layer, INPUTS)
    layers |= {"forwards": both.forward_layer, "backwards": both.backward_layer}
    return {name: layer.implementation_used for name, layer in layers.items()}


class CountedCell(GRUCell):
    steps = 0

    def step(self, projected, states):
        CountedCell.steps += 1
        return super().step(projected, states)


def eager_calls():
    """How an eager call ran, and how often a second one traces the step again."""
    layer = RNN(CountedCell(UNITS))
    layer(INPUTS)
    before = CountedCell.steps
    layer(INPUTS + 1)
    return layer.implementation_used, CountedCell.steps - before


def in_loops():
    """The products inside the loops of a gradient, and what is kept of each step."""
    layer = RNN(make_cell("lstm"))
    weights = [v.value for v in layer.trainable_variables]

    def loss(weights):
        mapping = list(zip(layer.trainable_variables, weights, strict=True))
        with keras.StatelessScope(mapping):
            return keras.ops.sum(layer(INPUTS))

    def count(jaxpr, inside):
        total = inside * sum(e.primitive.name == "dot_general" for e in jaxpr.eqns)
        for equation in jaxpr.eqns:
            loop = inside or equation.primitive.name == "scan"
            for part in jax.tree.leaves(list(equation.params.values())):
                if hasattr(part, "jaxpr") or hasattr(part, "eqns"):
                    total += count(getattr(part, "jaxpr", part), loop)
        return total

    def kept(jaxpr):
        for equation in jaxpr.eqns:
            if equation.primitive.name == "scan":  # the first is that forwards
                of_steps = equation.outvars[equation.params["num_carry"] :]
                return sum(int(np.prod(x.aval.shape[1:])) for x in of_steps)
            for part in jax.tree.leaves(list(equation.params.values())):
                if hasattr(part, "jaxpr") and (found := kept(part.jaxpr)):
                    return found
        return 0

    program = jax.make_jaxpr(jax.grad(loss))(weights).jaxpr
    return {"products": count(program, False), "kept": kept(program)}


def carried():
    """The error of outputs and of the state, carried over two halves, also by fit."""
    cell = make_cell("lstm")
    whole = outcome_of(RNN(cell, **WHOLE), INPUTS)
    sizes = keras.tree.flatten(cell.state_size)
    start = [draw((BATCH, size), seed=2) for size in sizes]
    inputs = keras.Input(batch_shape=(BATCH, TIME // 2, FEATURES))
    layer = RNN(cell, return_sequences=True, stateful=True)
    model = keras.Model(inputs, layer(inputs))
    model.compile(keras.optimizers.SGD(0.0), "mse")
    halves = np.split(INPUTS, 2, axis=1)

    def begin():
        for variable, value in zip(layer.carried_state, start, strict=True):
            variable.assign(value)

    def state_error():
        return error([v.numpy() for v in layer.carried_state], whole[1:3])

    begin()
    outputs = np.concatenate([model(half) for half in halves], axis=1)
    called = max(error([outputs], whole[:1]), state_error())
    begin()
    model.fit(
        np.concatenate(halves),
        np.zeros((2 * BATCH, TIME // 2, UNITS)),
        batch_size=BATCH,
        shuffle=False,
        verbose=0,
    )
    return {
        "called": called,
        "fit": state_error(),
        "implementation": layer.implementation_used,
    }


def found():
    """All of it."""
    return {
        "agreement": agreement(),
        "implementations": implementations(),
        "eager": eager_calls(),
        "in loops": in_loops(),
        "carried": carried(),
        "numbers": numbers(),
    }
