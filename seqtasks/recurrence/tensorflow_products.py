"""Recurrent products in the TensorFlow loop: computed forwards, recalled backwards."""

import tensorflow as tf


class Compute:
    """Recurrent products, computed; notes their kernels and results.

    Args:
        kernels: The kernels, if they are at hand: one that is a part of a weight is
            then not cut out of it at each step.
    """

    def __init__(self, kernels=None):
        self._given = kernels
        self.kernels = []
        self.results = []

    def __call__(self, states, kernel):
        if self._given is not None:
            kernel = self._given[len(self.kernels)]
        self.kernels.append(tf.convert_to_tensor(kernel))
        self.results.append(tf.matmul(states, self.kernels[-1]))
        return self.results[-1]


class Recall:
    """Recurrent products as they were; notes arguments and gradients.

    Args:
        results: The results, in the order of the products.
        transposed: The transposes of the kernels, as the gradient needs them.
    """

    def __init__(self, results, transposed):
        self._given = zip(results, transposed, strict=True)
        self.arguments = []
        self.gradients = []

    def __call__(self, states, kernel):
        result, transposed = next(self._given)
        place = len(self.arguments)
        self.arguments.append(states)
        # where nothing depends on the product, its gradient stays zero
        self.gradients.append(tf.zeros_like(result))

        @tf.custom_gradient
        def recall(states):
            def gradient(d_result):
                self.gradients[place] = d_result
                return tf.matmul(d_result, transposed)

            return tf.identity(result), gradient

        return recall(states)


def over_all_steps(arguments, gradients):
    """Σ_t u_t^T dz_t as one product over steps and rows together."""
    u = tf.reshape(arguments, (-1, arguments.shape[-1]))
    dz = tf.reshape(gradients, (-1, gradients.shape[-1]))
    return tf.matmul(u, dz, transpose_a=True)
