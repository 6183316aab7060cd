"""Cells that are not what they declare: sizes, states, projection."""

import keras
from keras import ops

from broken_cells.good import GoodCell, WithoutProject
from seqtasks.cells.min_gru import MinGRUCell


class NeedsMore(GoodCell):
    def __init__(self, units, width):
        super().__init__(units)


class NotALayer:
    def __init__(self, units):
        self.state_size = self.output_size = units


class WithoutCall(keras.layers.Layer):
    def __init__(self, units):
        super().__init__()


class WithoutStateSize(GoodCell):
    def __init__(self, units, **kwargs):
        super().__init__(units, **kwargs)
        self.state_size = None


class WithoutOutputSize(WithoutProject):
    def __init__(self, units, **kwargs):
        super().__init__(units, **kwargs)
        del self.output_size


class OddOutputSize(GoodCell):
    def __init__(self, units, **kwargs):
        super().__init__(units, **kwargs)
        self.output_size = (units,)


class FailsInCall(GoodCell):
    def step(self, projected, states):
        raise RuntimeError("no such gate")


class ReturnsOne(GoodCell):
    def step(self, projected, states):
        return super().step(projected, states)[0]


class OutputTooWide(GoodCell):
    def step(self, projected, states):
        output, states = super().step(projected, states)
        return ops.concatenate([output, output], axis=-1), states


class OutputNotUnits(OutputTooWide):
    def __init__(self, units, **kwargs):
        super().__init__(units, **kwargs)
        self.output_size = 2 * units


class ForgetsAState(GoodCell):
    def __init__(self, units, **kwargs):
        super().__init__(units, **kwargs)
        self.state_size = [units, units]

    def step(self, projected, states):
        return super().step(projected, states[:1])


class StateOfAnotherType(GoodCell):
    def step(self, projected, states):
        output, _ = super().step(projected, states)
        return output, [ops.cast(output, "float16")]


class InitialStateTooNarrow(GoodCell):
    def get_initial_state(self, batch_size=None):
        return [ops.zeros((batch_size, 1))]


class ProjectWithoutStep(WithoutProject):
    def project(self, inputs):
        return inputs


class CallIsAnother(GoodCell):
    def call(self, inputs, states, training=False):
        return super().call(2.0 * inputs, states)


class ProjectMixesTime(GoodCell):
    """It depends on the past alone: causal, and yet no step by itself."""

    def project(self, inputs):
        projected = super().project(inputs)
        if len(inputs.shape) == 3:
            projected = ops.cumsum(projected, axis=1)
        return projected


class WrongCoefficients(GoodCell):
    def coefficients(self, projected):
        return 0.5 * projected, projected


class WithoutReadout(MinGRUCell):
    def step(self, projected, states):
        h, states = super().step(projected, states)
        return 2 * h, states
