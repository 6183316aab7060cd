"""Cells that do what a cell must not."""

import numpy as np
from keras import ops

from broken_cells.good import GoodCell, WithoutProject
from seqtasks.testing.cell_subject import BATCH


class ProjectLooksAhead(GoodCell):
    def project(self, inputs):
        projected = super().project(inputs)
        if len(inputs.shape) == 3:
            return projected + ops.mean(projected, axis=1, keepdims=True)
        if inputs.shape[0] > BATCH:  # the rows of all steps
            return projected + ops.mean(projected, axis=0, keepdims=True)
        return projected


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


class KeepsItsOldState(GoodCell):
    """The lecture's cell, which forgets to hand its new state on."""

    def step(self, projected, states):
        output, _ = super().step(projected, states)
        return output, states


class IgnoresItsState(GoodCell):
    def step(self, projected, states):
        h = self.activation(projected) + 0.0 * ops.sum(self.recurrent_kernel)
        return h, [h]
