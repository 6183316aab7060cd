"""The gradient of one step of a cell on JAX, and what is kept for it.

In the comments B is the batch, T the time steps, W the width of a product.
"""

import itertools
import math
from typing import Any

import jax
import jax.numpy as jnp
from jax.extend.core import ClosedJaxpr, Literal, jaxpr_as_fun

from seqtasks.recurrence.kept_values import choose_kept


class DifferentiableProducts:
    """Recurrent products; keeps their arguments and results.

    The gradient of a result is that of its probe, zeros that nothing reads. That of a
    kernel is not taken here: it is done for all steps at once.
    """

    def __init__(self, kernels, transposed, probes):
        self._given = iter(zip(kernels, transposed, probes, strict=True))
        self.arguments = []
        self.results = []

    def __call__(self, states, kernel):
        self.arguments.append(states)
        self.results.append(_product(states, *next(self._given)))
        return self.results[-1]


@jax.custom_vjp
def _product(states, kernel, transposed, probe):
    return jnp.matmul(states, kernel)


def _product_forward(states, kernel, transposed, probe):
    # an array has a type, and a type alone cannot be kept
    return jnp.matmul(states, kernel), (transposed, jnp.zeros((), states.dtype))


def _product_backward(factors, d_result):
    transposed, like = factors
    d_states = jnp.matmul(d_result, transposed).astype(like.dtype)
    return d_states, None, None, d_result


_product.defvjp(_product_forward, _product_backward)


class StepGradient:
    """A step and its gradient: two parts of one program, which is traced once.

    What the gradient needs of the step is kept, in as few bytes as can be
    (:func:`seqtasks.recurrence.kept_values.choose_kept`). The result of a product is
    never computed again; element-wise work is, where that saves memory.

    Args:
        step: A function of ``inputs`` and of what takes the place of recurrent
            products. It returns the output, the new states, and the last output, which
            a masked step repeats, or ``None``.
        inputs: Arrays like what is given to a step: the projected input, ``(B, P)``,
            the states, the last output or ``None``, the values of the cell's variables,
            and the mask of the rows, ``(B,)``, or ``None``.
        kernels: Arrays like the kernels of its products.

    Attributes:
        kept: What the gradient reads, an array of all steps each: ``("input", 0)``,
            ``("mask", 0)``, ``("output", 0)``, or ``("kept", i)`` for what ``forward``
            returns.
        summed: The positions of the weights used outside recurrent products: their
            gradient is a sum over steps.
        arguments: For each recurrent product what it multiplies: as in ``kept``, or
            ``("computed", i)`` for what ``backward`` returns.
        gradients: For each recurrent product the position in what ``backward`` returns
            of its gradient; ``None`` where it is that of the projected input, as where
            the two are added.
        repeats: Whether a masked step repeats the last output.
    """

    def __init__(self, step, inputs, kernels):
        self._step = step
        inputs, kernels = _like((inputs, kernels))
        transposed = [jax.ShapeDtypeStruct(k.shape[::-1], k.dtype) for k in kernels]
        found, results = jax.eval_shape(self._run_step, inputs, kernels)
        given = inputs, kernels, transposed, found
        # what is compiled apart, as a choice by a mask, would hide what it reads
        with jax.disable_jit():
            trace = jax.make_jaxpr(self._trace, return_shape=True)
            program, shapes = trace(*given, results)
        self._program = program
        places = program.jaxpr.invars[: len(jax.tree.leaves(given))]
        self._given = jax.tree.unflatten(jax.tree.structure(given), places)
        self._inputs, self._kernels, self._transposed, self._d_found = self._given
        projected, states, last, values, present = self._inputs
        self.repeats = last is not None
        named = jax.tree.unflatten(jax.tree.structure(shapes), program.jaxpr.outvars)
        self._found = named["found"]
        self._d_projected, self._d_states, self._d_last, d_values = named["gradients"]
        d_values = dict(zip(_floats(values), d_values, strict=True))

        later = self._find_later()
        self.summed = [i for i, d in d_values.items() if _is_in(d, later)]
        self._d_values = [d_values[i] for i in self.summed]
        # a state that a product multiplies is kept for the gradient of its kernel
        arguments = named["arguments"]
        self._written = [s for s in states if _is_in(s, arguments)]
        self._read = self._choose_read(later, arguments, named["results"])
        at_hand = [(projected, ("input", 0)), (self._found[0], ("output", 0))]
        at_hand += [] if present is None else [(present, ("mask", 0))]
        known = [*self._written, *(place for place, _ in at_hand)]
        self._written += [t for t in self._read if not _is_in(t, known)]
        at_hand += [(t, ("kept", i)) for i, t in enumerate(self._written)]
        self.kept = [_name_of(t, at_hand) for t in self._read]

        # an argument that is computed within the step, and its gradient, are written
        # by the backward loop, unless they are at hand: for an LSTM nothing is
        own = [u for u in arguments if _name_of(u, at_hand) is None]
        at_hand += [(u, ("computed", i)) for i, u in enumerate(own)]
        self.arguments = [_name_of(u, at_hand) for u in arguments]
        self.gradients = []
        for d in named["gradients of products"]:
            same = d is self._d_projected
            self.gradients.append(None if same else len(own))
            own += [] if same else [d]
        self._own = own

    def forward(self, inputs, kernels):
        """The results of the step, and what is kept beside inputs and outputs."""
        given = [(self._inputs, inputs), (self._kernels, kernels)]
        return self._evaluate(given, (self._found, self._written))

    def backward(self, read, values, transposed, d_found):
        """The gradient of one step.

        Args:
            read: Slices of what ``kept`` names.
            values: The values of the cell's variables.
            transposed: The transposes of the kernels.
            d_found: The gradients of what the step returns.

        Returns:
            The gradients of the projected input, of the states, of the last output of
            the step before, of the values named in ``summed``, and what ``arguments``
            and ``gradients`` point to.
        """
        given = [
            (self._read, read),
            (self._inputs[3], values),
            (self._transposed, transposed),
            (self._d_found, d_found),
        ]
        of_inputs = self._d_projected, self._d_states, self._d_last
        return self._evaluate(given, (*of_inputs, self._d_values, self._own))

    def _run_step(self, inputs, kernels):
        transposed = [kernel.T for kernel in kernels]
        products = DifferentiableProducts(kernels, transposed, kernels)
        return self._step(inputs, products), products.results

    def _trace(self, inputs, kernels, transposed, d_found, probes):
        """One step, and its gradient as a function of those of its results."""
        projected, states, last, values, present = inputs
        floats = _floats(values)

        def step(projected, states, last, of_floats, probes):
            whole = list(values)
            for place, value in zip(floats, of_floats, strict=True):
                whole[place] = value
            products = DifferentiableProducts(kernels, transposed, probes)
            found = self._step((projected, states, last, whole, present), products)
            return found, (products.arguments, products.results)

        probes = [jnp.zeros(probe.shape, probe.dtype) for probe in probes]
        found, differentiate, (arguments, results) = jax.vjp(
            step,
            *(projected, states, last, [values[i] for i in floats], probes),
            has_aux=True,
        )
        *gradients, d_results = differentiate(d_found)
        return {
            "found": found,
            "arguments": arguments,
            "results": results,
            "gradients": gradients,
            "gradients of products": d_results,
        }

    def _find_later(self) -> set:
        """What depends on the gradients given."""
        later = set(_variables(jax.tree.leaves(self._d_found)))
        for operation in self._program.jaxpr.eqns:
            if not later.isdisjoint(_variables(operation.invars)):
                later |= set(operation.outvars)
        return later

    def _choose_read(self, later, arguments, results) -> list:
        """The values of the step that its gradient reads."""
        projected, states, last, _, present = self._inputs
        given = set(_variables([projected, *states, last, present]))
        sizes = {x: _bytes(x) for x in given}
        wanted = [self._d_projected, self._d_states, self._d_last, self._d_values]
        needed = {*_variables(arguments), *_variables(jax.tree.leaves(wanted))}
        uses: list[tuple] = []
        for operation in self._program.jaxpr.eqns:
            read = set(_variables(operation.invars))
            if later.isdisjoint(operation.outvars):
                sizes |= {x: _bytes(x) for x in operation.outvars}
                uses += itertools.product(read, operation.outvars)
            else:
                needed |= read
        # at hand anyway: the output, the mask, the states that a product multiplies
        at_hand = [self._found[0], present, *self._written]
        sizes |= {x: 0.0 for x in _variables(at_hand) if x in sizes}
        # weights, constants and what is computed from them alone are free
        uses = [(a, b) for a, b in uses if a in sizes]
        needed = {x for x in needed - later if x in sizes}
        given |= set(_variables(results))
        chosen = choose_kept(sizes, uses, given, needed)
        return [x for x in sizes if x in chosen]

    def _evaluate(self, given, wanted):
        """Values of the program, from those that are given.

        Args:
            given: Pairs of places in the program and the values that they have.
            wanted: Nested places.
        """
        known: dict[Any, Any] = {}
        for places, values in given:
            leaves = jax.tree.leaves(places), jax.tree.leaves(values)
            known |= dict(zip(*leaves, strict=True))
        wanted, structure = jax.tree.flatten(wanted)
        missing = set(_variables(wanted)) - known.keys()
        run: list[Any] = []
        for operation in reversed(self._program.jaxpr.eqns):
            if not missing.isdisjoint(operation.outvars):
                run.insert(0, operation)
                missing |= set(_variables(operation.invars)) - known.keys()
        part = self._program.jaxpr.replace(
            invars=[*known], outvars=wanted, eqns=run, debug_info=None
        )
        part = jaxpr_as_fun(ClosedJaxpr(part, self._program.consts))
        return jax.tree.unflatten(structure, part(*known.values()))


def _like(arrays):
    return jax.tree.map(lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype), arrays)


def _floats(values) -> list[int]:
    """The positions of the values that have a gradient; a seed has none."""

    def is_float(value) -> bool:
        return jnp.issubdtype(getattr(value, "aval", value).dtype, jnp.floating)

    return [i for i, value in enumerate(values) if is_float(value)]


def _variables(places) -> list:
    return [x for x in places if x is not None and not isinstance(x, Literal)]


def _is_in(place, places) -> bool:
    return any(other is place for other in places)


def _name_of(place, named):
    return next((name for other, name in named if other is place), None)


def _bytes(place) -> float:
    return float(math.prod(place.aval.shape) * place.aval.dtype.itemsize)
