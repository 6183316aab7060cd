"""A cell that keeps its contract, and one that breaks it in each way."""

import keras
import numpy as np
from keras import ops

from seqtasks import Cell


class GoodCell(Cell):
    """An Elman cell with an option of each kind."""

    def __init__(self, units, scale=1.0, steps=1, gated=False, activation="tanh", **kw):
        super().__init__(units, **kw)
        self.scale = scale
        self.steps = steps
        self.gated = gated
        self.activation = keras.activations.get(activation)

    def build(self, input_shape):
        features = input_shape[-1]
        self.kernel = self.add_weight(shape=(features, self.units), name="kernel")
        self.recurrent_kernel = self.add_weight(
            shape=(self.units, self.units), name="recurrent_kernel"
        )

    def project(self, inputs):
        return ops.matmul(inputs, self.kernel)

    def step(self, projected, states):
        (h,) = states
        h = self.activation(projected + ops.matmul(h, self.recurrent_kernel))
        return h, [h]

    def get_config(self):
        return {
            **super().get_config(),
            "scale": self.scale,
            "steps": self.steps,
            "gated": self.gated,
            "activation": keras.activations.serialize(self.activation),
        }


class WithoutProject(keras.layers.Layer):
    """The same for a cell that only ``keras.layers.RNN`` runs; its state is bare."""

    def __init__(self, units, **kwargs):
        super().__init__(**kwargs)
        self.units = self.state_size = self.output_size = units

    def build(self, input_shape):
        self.kernel = self.add_weight(
            shape=(input_shape[-1] + self.units, self.units), name="kernel"
        )

    def call(self, inputs, states):
        h = ops.tanh(ops.matmul(ops.concatenate([inputs, states[0]], -1), self.kernel))
        return h, h

    def get_config(self):
        return {**super().get_config(), "units": self.units}


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


class ProjectLooksAhead(GoodCell):
    def project(self, inputs):
        projected = super().project(inputs)
        if len(inputs.shape) == 3:
            projected = projected + ops.mean(projected, axis=1, keepdims=True)
        return projected


class ProjectMixesTime(GoodCell):
    """It looks back only: causal, and yet no step by itself."""

    def project(self, inputs):
        projected = super().project(inputs)
        if len(inputs.shape) == 3:
            projected = ops.cumsum(projected, axis=1)
        return projected


class WrongCoefficients(GoodCell):
    def coefficients(self, projected):
        return 0.5 * projected, projected


class Counts(GoodCell):
    def build(self, input_shape):
        super().build(input_shape)
        self.count = self.add_weight(
            shape=(), initializer="zeros", trainable=False, name="count"
        )

    def step(self, projected, states):
        self.count.assign(self.count + 0.1)
        return super().step(projected + self.count, states)


class MixesRows(GoodCell):
    def step(self, projected, states):
        return super().step(projected - ops.mean(projected, axis=0), states)


class MixesRowsInTraining(GoodCell):
    def call(self, inputs, states, training=False):
        if training:
            inputs = inputs - ops.mean(inputs, axis=0)
        return super().call(inputs, states)


class PythonState(WithoutProject):
    """It adds up what it has seen in an attribute, across steps."""

    seen = 0.0

    def call(self, inputs, states):
        total = self.seen + np.asarray(inputs).mean()
        self.seen = total
        output, states = super().call(inputs, states)
        return output + total, states


class Overflows(GoodCell):
    def step(self, projected, states):
        (h,) = states
        large = ops.exp(projected)
        h = large / (1.0 + large) + 0.1 * ops.matmul(h, self.recurrent_kernel)
        return h, [h]


class EagerOnly(GoodCell):
    def step(self, projected, states):
        output, states = super().step(projected, states)
        if not hasattr(projected, "numpy"):  # as an eager tensor has
            output = output + 1.0
        return output, states


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


class WithoutWeights(GoodCell):
    """A running mean: nothing in it is trained."""

    def build(self, input_shape):
        pass

    def project(self, inputs):
        return ops.repeat(ops.mean(inputs, axis=-1, keepdims=True), self.units, axis=-1)

    def step(self, projected, states):
        (h,) = states
        h = 0.5 * (h + projected)
        return h, [h]


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


class LosesAnArgument(GoodCell):
    def get_config(self):
        config = super().get_config()
        del config["scale"]
        return config


class FixedConfig(GoodCell):
    """Its configuration holds an argument, but always with the default's value."""

    argument, value = "gated", False

    def get_config(self):
        return {**super().get_config(), self.argument: self.value}


class FixedNumber(FixedConfig):
    argument, value = "steps", 1


class FixedActivation(FixedConfig):
    argument, value = "activation", "tanh"


class ConfigOfTooMuch(GoodCell):
    def get_config(self):
        return {**super().get_config(), "colour": "red"}


class ConfigDrifts(GoodCell):
    def get_config(self):
        return {**super().get_config(), "scale": self.scale + 1.0}


class HiddenSetting(GoodCell):
    """What ``call`` depends on is no argument: it is chosen where the cell is made."""

    shift = 0.0

    def step(self, projected, states):
        return super().step(projected + self.shift, states)


def shifted(units):
    """A factory of a cell that its configuration does not describe."""
    cell = HiddenSetting(units)
    cell.shift = 1.0
    return cell
