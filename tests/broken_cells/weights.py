"""Cells whose weights are wrong."""

from keras import ops

from broken_cells.good import GoodCell


class SameNames(GoodCell):
    def build(self, input_shape):
        super().build(input_shape)
        self.again = self.add_weight(shape=(self.units,), name="kernel")

    def project(self, inputs):
        return super().project(inputs) + self.again


class UnusedWeight(GoodCell):
    def build(self, input_shape):
        super().build(input_shape)
        self.unused = self.add_weight(shape=(self.units,), name="unused")


class RoundedWeight(GoodCell):
    def step(self, projected, states):
        return super().step(projected, [ops.stop_gradient(states[0])])

    def project(self, inputs):
        return ops.matmul(inputs, ops.stop_gradient(self.kernel))


class Deaf(GoodCell):
    """No weight of it has a gradient."""

    def step(self, projected, states):
        output, states = super().step(projected, states)
        return ops.stop_gradient(output), states


class GradientOfARoot(GoodCell):
    def project(self, inputs):
        return super().project(inputs) + ops.sqrt(0.0 * ops.sum(self.kernel))


class DividesByTheNorm(GoodCell):
    def project(self, inputs):
        projected = super().project(inputs)
        return projected / ops.norm(projected, axis=-1, keepdims=True)


class WidensToFloat32(GoodCell):
    def step(self, projected, states):
        output, states = super().step(projected, states)
        return ops.cast(output, "float32"), states


class NarrowWeights(GoodCell):
    def add_weight(self, *args, **kwargs):
        return super().add_weight(*args, dtype=self.compute_dtype, **kwargs)
