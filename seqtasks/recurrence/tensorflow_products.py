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
    """Recurrent products as they were; notes arguments, kernels and gradients.

    Args:
        results: The results, in the order of the products.
        transposed: The kernels' transposes, if they are at hand.
    """

    def __init__(self, results, transposed=None):
        self._results = iter(results)
        self._transposed = transposed
        self.arguments = []
        self.kernels = []
        self.gradients = []

    def __call__(self, states, kernel):
        result = next(self._results)
        kernel = tf.convert_to_tensor(kernel)
        place = len(self.arguments)
        if self._transposed is None:
            transposed = tf.transpose(kernel)
        else:
            transposed = self._transposed[place]
        self.arguments.append(states)
        self.kernels.append(kernel)
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
