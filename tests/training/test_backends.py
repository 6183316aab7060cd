"""A run is the same on Keras' TensorFlow and JAX backends, a carried state included."""

import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest

# Two epochs over streams, all weights set by hand: initializers differ by backend.
_PROGRAM = """
import json, sys
import keras, numpy as np
from seqtasks.training.experiment import Experiment
from seqtasks.training.run import evaluate
from seqtasks.training.state import get_weights, set_weights

experiment = Experiment.resolve(
    "char_lm", "gru",
    options={"dataset": sys.argv[1], "sequence_length": 5, "embedding": 3, "dropout": 0.0},
    settings={"units": 4, "batch_size": 3, "epochs": 2},
)
pipeline, model = experiment.pipeline, experiment.model
set_weights(model, [
    np.cos(np.arange(value.size)).reshape(value.shape) for value in get_weights(model)
])
losses = []
for epoch in range(2):
    model.reset_carried_state()
    history = model.fit(pipeline.train(epoch), shuffle=False, verbose=0)
    losses.append(history.history["loss"][0])
    losses.append(evaluate(experiment, "test")["bits_per_character"])
carried = [float(np.sum(np.abs(state.numpy()))) for state in model.carried_state]
print(json.dumps({"losses": losses, "carried": carried}))
"""


def trained(backend, book):
    finished = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(book)],
        env={**os.environ, "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(finished.stdout.splitlines()[-1])


@pytest.mark.backend
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="needs jax")
def test_training_with_a_carried_state_is_the_same_on_both_backends(tmp_path):
    book = tmp_path / "book.txt"
    book.write_text("the quick brown fox jumps over the lazy dog\n" * 12)
    tensorflow, jax = trained("tensorflow", book), trained("jax", book)
    np.testing.assert_allclose(tensorflow["losses"], jax["losses"], rtol=1e-4)
    assert jax["losses"][2] < jax["losses"][0]
    assert jax["carried"][0] > 0
    np.testing.assert_allclose(tensorflow["carried"], jax["carried"], rtol=1e-3)
