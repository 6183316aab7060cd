"""A run is the same on Keras' TensorFlow and JAX backends, a carried state included.

Run as a program, the file prints what the run gives on the backend of its process.
"""

import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest

from seqtasks.training.experiment import Experiment
from seqtasks.training.run import evaluate
from seqtasks.training.state import get_weights, set_weights


def losses_and_carried_state(book):
    """Two epochs over streams, all weights set by hand: initializers differ."""
    experiment = Experiment.resolve(
        "char_lm",
        "gru",
        options={
            "dataset": book,
            "sequence_length": 5,
            "embedding": 3,
            "dropout": 0.0,
        },
        settings={"units": 4, "batch_size": 3, "epochs": 2},
    )
    pipeline, model = experiment.pipeline, experiment.model
    set_weights(
        model,
        [
            np.cos(np.arange(value.size)).reshape(value.shape)
            for value in get_weights(model)
        ],
    )
    losses = []
    for epoch in range(2):
        model.reset_carried_state()
        history = model.fit(pipeline.train(epoch), shuffle=False, verbose=0)
        losses.append(history.history["loss"][0])
        losses.append(evaluate(experiment, "test")["bits_per_character"])
    carried = [float(np.sum(np.abs(state.numpy()))) for state in model.carried_state]
    return {"losses": losses, "carried": carried}


@pytest.mark.backend
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="needs jax")
def test_training_with_a_carried_state_is_the_same_on_both_backends(tmp_path):
    book = tmp_path / "book.txt"
    book.write_text("the quick brown fox jumps over the lazy dog\n" * 12)
    finished = subprocess.run(
        [sys.executable, __file__, str(book)],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=True,
    )
    jax = json.loads(finished.stdout.splitlines()[-1])
    tensorflow = losses_and_carried_state(str(book))
    np.testing.assert_allclose(tensorflow["losses"], jax["losses"], rtol=1e-4)
    assert jax["losses"][2] < jax["losses"][0]
    assert jax["carried"][0] > 0
    np.testing.assert_allclose(tensorflow["carried"], jax["carried"], rtol=1e-3)


if __name__ == "__main__":
    print(json.dumps(losses_and_carried_state(sys.argv[1])))
