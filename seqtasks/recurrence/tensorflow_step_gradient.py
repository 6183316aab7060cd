"""The gradient of one step of a cell on TensorFlow, and what is kept for it.

In the comments B is the batch, T the time steps, W the width of a product.
"""

import itertools
import math

import tensorflow as tf

from seqtasks.recurrence.kept_values import choose_kept
from seqtasks.recurrence.tensorflow_step import Step

# what a batch of unknown size is taken for where bytes are compared
_ROWS = 64


class DifferentiableProducts:
    """Recurrent products, with their kernels, arguments, results and gradients.

    The gradient of a kernel is not taken here: that is done for all steps at once.
    """

    def __init__(self):
        self.kernels = []
        self.transposed = []
        self.arguments = []
        self.results = []
        self.gradients = []

    def __call__(self, states, kernel):
        place = len(self.kernels)
        self.kernels.append(tf.identity(kernel))
        kernel = tf.stop_gradient(self.kernels[place])
        self.transposed.append(tf.transpose(kernel))
        self.arguments.append(states)
        self.results.append(tf.matmul(tf.stop_gradient(states), kernel))
        # where nothing depends on the product, its gradient stays zero
        self.gradients.append(tf.zeros_like(self.results[place]))

        @tf.custom_gradient
        def product(states):
            def gradient(d_result):
                self.gradients[place] = d_result
                return tf.matmul(d_result, self.transposed[place])

            return tf.identity(self.results[place]), gradient

        return product(states)


class StepGradient:
    """A step and its gradient: two parts of one graph, which is traced once.

    What the gradient needs of the step is kept, in as few bytes as can be
    (:func:`seqtasks.recurrence.kept_values.choose_kept`). The result of a recurrent
    product is never computed again; element-wise work is, where that saves memory.

    Args:
        step: The step.
        inputs: Tensors like its inputs.
        states: Tensors like its states.
        values: Tensors like the values of the cell's variables.

    Attributes:
        kept: What the gradient reads, an array of all steps each: ``("input", i)``,
            ``("output", 0)``, or ``("kept", i)`` for what ``forward`` returns.
        summed: The positions of the weights used outside recurrent products: their
            gradient is a sum over steps.
        arguments: For each recurrent product what it multiplies: as in ``kept``, or
            ``("computed", i)`` for what ``backward`` returns.
        gradients: For each recurrent product the position in what ``backward`` returns
            of its gradient; ``None`` where it is that of the projected input, as where
            the two are added.
    """

    def __init__(self, step: Step, inputs, states, values):
        self._step = step
        like = tf.nest.map_structure(
            lambda x: tf.TensorSpec(x.shape, x.dtype), [inputs, states, values]
        )
        traced = tf.function(self._trace, autograph=False)
        self._graph = traced.get_concrete_function(*like).graph
        self._definition = self._graph.as_graph_def()
        self._same = self._find_same()
        products = self._products
        products.gradients = [self._resolve(d) for d in products.gradients]
        read = self._choose_read()
        at_hand = {self._output.name: ("output", 0)}
        at_hand |= {x.name: ("input", i) for i, x in enumerate(self._inputs)}
        # a state that a product multiplies is kept for the gradient of its kernel
        of_states = [s for s in self._states if _is_in(s, products.arguments)]
        self._written = of_states + [
            t for t in read if t.name not in at_hand and not _is_in(t, of_states)
        ]
        at_hand |= {t.name: ("kept", i) for i, t in enumerate(self._written)}
        self._read = read
        self.kept = [at_hand[t.name] for t in read]

        # an argument that is computed within the step, and its gradient, are written
        # by the backward loop, unless they are at hand: for an LSTM nothing is
        own = [u for u in products.arguments if u.name not in at_hand]
        at_hand |= {u.name: ("computed", i) for i, u in enumerate(own)}
        self.arguments = [at_hand[u.name] for u in products.arguments]
        self.gradients = []
        for d in products.gradients:
            same = d is self._resolve(self._d_projected)
            self.gradients.append(None if same else len(own))
            own += [] if same else [d]
        self._own = own

    def kernels(self, values) -> list:
        """The kernel of each recurrent product, which may be a part of a weight."""
        return self._evaluate(
            self._given([self._values, values]), self._products.kernels
        )

    def through_kernels(self, values, d_kernels) -> list:
        """The gradients of the values by those of the kernels, ``None`` without one."""
        given = self._given([self._values, values], [self._d_kernels, d_kernels])
        connected = [d for d in self._through_kernels if d is not None]
        found = iter(self._evaluate(given, connected))
        return [None if d is None else next(found) for d in self._through_kernels]

    def forward(self, inputs, states, values, kernels):
        """The output, the states after, and what is kept beside inputs and outputs."""
        given = self._given(
            [self._inputs, inputs],
            [self._states, states],
            [self._values, values],
            [self._products.kernels, kernels],
        )
        output, *rest = self._evaluate(
            given, [self._output, *self._after, *self._written]
        )
        return output, rest[: len(states)], rest[len(states) :]

    def backward(self, read, values, transposed, d_output, d_after):
        """The gradient of one step.

        Args:
            read: Slices of what ``kept`` names.
            values: The values of the cell's variables.
            transposed: The transposes of the kernels.
            d_output: The gradient of the output.
            d_after: The gradients of the new states.

        Returns:
            The gradients of the projected input, of the states, of the values named in
            ``summed``, and what ``arguments`` and ``gradients`` point to.
        """
        given = self._given(
            [self._read, read],
            [self._values, values],
            [self._products.transposed, transposed],
            [[self._d_output, *self._d_after], [d_output, *d_after]],
        )
        rows = tf.shape(d_output)[:1]
        for name, op in self._shapes.items():
            batch, *rest = _sizes(op.inputs[0])
            shape = tf.concat([rows if batch is None else [batch], rest], 0)
            dtype = op.outputs[0].dtype
            given[name] = (
                tf.cast(shape, dtype) if op.type == "Shape" else tf.zeros(shape, dtype)
            )
        d_projected, *rest = self._evaluate(
            given, [self._d_projected, *self._d_states, *self._d_values, *self._own]
        )
        states, summed = len(self._d_states), len(self._d_values)
        return (
            d_projected,
            rest[:states],
            rest[states : states + summed],
            rest[states + summed :],
        )

    def _trace(self, inputs, states, values):
        """One step, and its gradient as a function of those of its results."""
        products = DifferentiableProducts()
        projected = inputs[0]
        with tf.GradientTape(watch_accessed_variables=False) as of_kernels:
            of_kernels.watch(values)
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch([projected, states, values])
                output, after = self._step(inputs, states, values, products)
        # places of gradients, which are given later
        self._d_output = tf.identity(output)
        self._d_after = [tf.identity(state) for state in after]
        self._d_kernels = [tf.identity(kernel) for kernel in products.kernels]
        d_projected, d_states, d_values = tape.gradient(
            [output, *after],
            [projected, states, values],
            output_gradients=[self._d_output, *self._d_after],
        )
        # a kernel may be a part of a weight
        self._through_kernels = of_kernels.gradient(
            products.kernels, values, output_gradients=self._d_kernels
        )
        self._inputs, self._states, self._values = list(inputs), states, values
        self._output, self._after, self._products = output, after, products
        self._d_projected = (
            tf.zeros_like(projected) if d_projected is None else d_projected
        )
        self._d_states = [
            tf.zeros_like(state) if d is None else d
            for d, state in zip(d_states, states, strict=True)
        ]
        self.summed = [i for i, d in enumerate(d_values) if d is not None]
        self._d_values = [d_values[i] for i in self.summed]
        return output

    def _find_same(self) -> dict:
        """Tensors that are equal to others, by name.

        Where the size of the batch is not known, the gradient of a sum is summed over
        the dimensions that were broadcast, none, and reshaped to what it is already.
        """
        same = {}
        for op in self._graph.get_operations():
            if op.type != "Reshape" or op.inputs[0].op.type != "Sum":
                continue
            summed, over = op.inputs[0].op.inputs
            if over.op.type == "BroadcastGradientArgs" and (
                _sizes(summed) == _sizes(op.outputs[0]) != [1]
            ):
                same[op.outputs[0].name] = summed
        return same

    def _resolve(self, tensor):
        """The tensor of the graph to which this one is equal."""
        while tensor.name in self._same:
            tensor = self._same[tensor.name]
        return tensor

    def _choose_read(self) -> list:
        """The tensors of the first part that the second reads."""
        products = self._products
        places = _names([self._d_output, *self._d_after])
        later = set(places)  # what depends on the gradients given
        needed = _names(products.arguments)
        first: dict[str, tf.Tensor] = {}
        uses: list[tuple[str, str]] = []
        given = _names([*self._inputs, *self._states, *products.results])
        self._shapes = {}  # what depends on a shape alone, known but for the batch
        for op in self._graph.get_operations():
            arguments = _names(map(self._resolve, op.inputs))
            results = _names(op.outputs)
            if places & results or results <= set(self._same):
                continue
            if later & arguments:
                later |= results
                needed |= arguments
                continue
            first |= {t.name: t for t in op.outputs}
            if (
                op.type in ("Shape", "ZerosLike")
                and None not in _sizes(op.inputs[0])[1:]
            ):
                self._shapes[op.outputs[0].name] = op
            elif op.type != "Placeholder" and op.op_def.is_stateful:
                given |= results  # what is random is not drawn again
            else:
                uses += itertools.product(arguments, results)
        wanted = [self._d_projected, *self._d_states, *self._d_values]
        needed |= _names(map(self._resolve, [*wanted, *products.gradients]))
        sizes = {name: _bytes(t) for name, t in first.items()}
        # at hand anyway: the outputs, the mask, the states that a product multiplies
        states = [s for s in self._states if _is_in(s, products.arguments)]
        sizes |= dict.fromkeys(_names([self._output, *self._inputs[1:], *states]), 0.0)
        chosen = choose_kept(sizes, uses, given, needed - later)
        return [t for name, t in first.items() if name in chosen]

    def _given(self, *pairs) -> dict:
        """What stands for tensors of the graph, by their names."""
        given = {inner.name: outer for outer, inner in self._graph.captures}
        for tensors, values in pairs:
            for tensor, value in zip(tensors, values, strict=True):
                given[tensor.name] = value
        return given

    def _evaluate(self, given, wanted) -> list:
        """Tensors of the graph in the present one, from those that are given.

        Only what lies between them is copied: the rest would need what is not there.
        """
        wanted = [self._resolve(t) for t in wanted]
        missing = [t for t in wanted if t.name not in given]
        nodes, used, pending = {}, {}, list(missing)
        while pending:
            op = pending.pop().op
            if op.name in nodes:
                continue
            node = nodes[op.name] = type(op.node_def)()
            node.CopyFrom(op.node_def)
            # places and orders of execution mean nothing to XLA
            node.attr.pop("_class", None)
            del node.input[:]
            for tensor in map(self._resolve, op.inputs):
                name = tensor.name
                node.input.append(name)
                if name in given:
                    used[name] = given[name]
                else:
                    pending.append(tensor)
        definition = type(self._definition)(
            node=nodes.values(),
            versions=self._definition.versions,
            library=self._definition.library,
        )
        # of the present graph, also if they come from one around it
        used = {name: tf.identity(value) for name, value in used.items()}
        found = tf.graph_util.import_graph_def(
            definition, used, [t.name for t in missing], name="step"
        )
        for tensor, value in zip(missing, found, strict=True):
            value.set_shape(tensor.shape)  # what was known is not inferred again
            given[tensor.name] = value
        return [given[t.name] for t in wanted]


def _names(tensors) -> set[str]:
    return {tensor.name for tensor in tensors}


def _is_in(tensor, tensors) -> bool:
    return any(other is tensor for other in tensors)


def _sizes(tensor) -> list:
    """The sizes of its dimensions, ``None`` if not known; of a scalar ``[1]``."""
    rank = tensor.shape.rank
    return [None, None] if rank is None else tensor.shape.as_list() or [1]


def _bytes(tensor) -> float:
    """Bytes that a tensor takes; infinite for what is no array of a step's values.

    Whole numbers are sizes and places, which XLA must know when it compiles.
    """
    if tensor.shape.rank is None or not (
        tensor.dtype.is_floating or tensor.dtype.is_complex or tensor.dtype.is_bool
    ):
        return math.inf
    sizes = [_ROWS if size is None else size for size in tensor.shape]
    return float(math.prod(sizes) * tensor.dtype.size)
