"""Clock: when the steps of Keras' ``fit`` and ``evaluate`` ended."""

import time

import keras

from seqtasks.bench.sample import Sample


class Clock(keras.callbacks.Callback):
    """Looks at the loss of each step, as the runner's callback does, and at the time.

    The time from the end of the first step to the end of the last is that of all
    others, without what ``fit`` does before and after them.
    """

    def on_train_batch_begin(self, batch, logs=None):
        if batch == 0:
            self._start, self._ends = time.perf_counter(), []

    def on_train_batch_end(self, batch, logs=None):
        float((logs or {})["loss"])
        self._ends.append(time.perf_counter())

    on_test_batch_begin = on_train_batch_begin
    on_test_batch_end = on_train_batch_end

    def sample(self, tokens: float) -> Sample:
        """What was seen.

        Args:
            tokens: The time steps of all steps but the first.
        """
        first, *others = self._ends
        return Sample(first - self._start, others[-1] - first, len(others), tokens)
