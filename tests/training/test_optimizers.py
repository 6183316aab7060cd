"""One step from the same weights gives the same update on TensorFlow and on JAX."""

import importlib.util
import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from tiny_task import tiny_task

from seqtasks.training.optimizers import make_optimizer
from seqtasks.training.settings import OPTIMIZERS, resolve_settings

# Three steps of an embedding whose rows are looked up several times in a batch.
_PROGRAM = """
import json, sys
import keras, numpy as np
from seqtasks.training.optimizers import make_optimizer
from seqtasks.training.settings import Settings

updates = {}
for name in sys.argv[1].split(","):
    settings = Settings(
        units=1, layers=1, bidirectional=False, epochs=1, batch_size=4,
        optimizer=name, learning_rate=0.1, schedule="cosine", clip_norm=0.5,
    )
    model = keras.Sequential([keras.layers.Embedding(3, 2), keras.layers.Dense(1)])
    x = np.array([[0, 0, 1], [2, 0, 0]])
    y = np.arange(6, dtype="float32").reshape(2, 3, 1)
    model.build(x.shape)
    model.set_weights([
        np.linspace(-1, 1, int(np.prod(v.shape))).reshape(v.shape)
        for v in model.weights
    ])
    model.compile(make_optimizer(settings, steps=10), "mse")
    for _ in range(3):
        model.train_on_batch(x, y)
    updates[name] = [np.asarray(v).ravel().tolist() for v in model.get_weights()]
print(json.dumps(updates))
"""


def updates(backend):
    environment = {**os.environ, "KERAS_BACKEND": backend, "JAX_PLATFORMS": "cpu"}
    finished = subprocess.run(
        [sys.executable, "-c", _PROGRAM, ",".join(OPTIMIZERS)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(finished.stdout.splitlines()[-1])


@pytest.mark.backend
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="needs jax")
def test_tensorflow_and_jax_give_the_same_update():
    tensorflow, jax = updates("tensorflow"), updates("jax")
    for name in OPTIMIZERS:
        for ours, theirs in zip(tensorflow[name], jax[name], strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize(
    ("clip_norm", "updated"), [(0.0, [-3, -4]), (1.0, [-0.6, -0.8]), (10.0, [-3, -4])]
)
def test_clipping_clips(clip_norm, updated):
    given = {"optimizer": "sgd", "learning_rate": 1.0, "schedule": "constant"}
    settings = resolve_settings(tiny_task(), "tiny", {**given, "clip_norm": clip_norm})
    weight = keras.Variable([0.0, 0.0])
    make_optimizer(settings, steps=1).apply([np.array([3.0, 4.0])], [weight])
    np.testing.assert_allclose(np.asarray(weight), updated, atol=1e-6)
