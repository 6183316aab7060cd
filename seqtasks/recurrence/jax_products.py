"""Recurrent products in the JAX loop: computed forwards, recalled backwards."""

import jax
import jax.numpy as jnp
import keras


class Note:
    """Recurrent products, computed; notes their kernels."""

    def __init__(self):
        self.kernels = []

    def __call__(self, states, kernel):
        self.kernels.append(keras.ops.convert_to_tensor(kernel))
        return keras.ops.matmul(states, self.kernels[-1])


class Compute:
    """Recurrent products with kernels made before the loop; notes their results."""

    def __init__(self, kernels):
        self._kernels = iter(kernels)
        self.results = []

    def __call__(self, states, kernel):
        self.results.append(keras.ops.matmul(states, next(self._kernels)))
        return self.results[-1]


class Recall:
    """Recurrent products as they were; notes their arguments.

    The kernels are given transposed, as the gradient needs them: once for all steps.
    The gradient of a result is that of the result which was given, so that
    differentiation by the results gives ``dz``.
    """

    def __init__(self, transposed, results):
        self._transposed = iter(transposed)
        self._results = iter(results)
        self.arguments = []

    def __call__(self, states, kernel):
        self.arguments.append(states)
        return _recalled(states, next(self._transposed), next(self._results))


@jax.custom_vjp
def _recalled(argument, transposed, result):
    return result


def _recalled_forward(argument, transposed, result):
    return result, (argument, transposed)


def _recalled_backward(factors, d_result):
    argument, transposed = factors
    d_argument = jnp.matmul(d_result, transposed).astype(argument.dtype)
    return d_argument, None, d_result


_recalled.defvjp(_recalled_forward, _recalled_backward)


def over_all_steps(arguments, gradients):
    """Σ_t u_t^T dz_t as one product over steps and rows together."""
    u = arguments.reshape(-1, arguments.shape[-1])
    dz = gradients.reshape(-1, gradients.shape[-1])
    return jnp.matmul(u.T, dz)
