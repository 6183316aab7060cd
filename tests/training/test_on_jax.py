"""On Keras' JAX backend training gives the numbers of TensorFlow, and goes on exactly.

All of it is run by one process, as importing and compiling are most of the time.
"""

import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest
import training_on_jax as program
from kills import text_of

from seqtasks.training.settings import OPTIMIZERS

pytestmark = [
    pytest.mark.backend,
    pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="needs jax"),
]


@pytest.fixture(scope="module")
def jax(tmp_path_factory):
    folder = tmp_path_factory.mktemp("jax")
    finished = subprocess.run(
        [sys.executable, program.__file__, str(folder), *OPTIMIZERS],
        env={
            **os.environ,
            "KERAS_BACKEND": "jax",
            "JAX_PLATFORMS": "cpu",
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    found = json.loads(finished.stdout.splitlines()[-1])
    assert found["backend"] == "jax"
    return found


def test_training_with_a_carried_state_is_the_same(jax, tmp_path):
    on_jax = jax["training"]
    here = program.losses_and_carried_state(text_of(tmp_path / "text.txt"))
    np.testing.assert_allclose(here["losses"], on_jax["losses"], rtol=1e-4)
    assert on_jax["losses"][2] < on_jax["losses"][0]
    assert on_jax["carried"][0] > 0
    np.testing.assert_allclose(here["carried"], on_jax["carried"], rtol=1e-3)


def test_one_step_from_the_same_weights_gives_the_same_update(jax):
    here = program.updates([*OPTIMIZERS])
    assert {*jax["updates"]} == {*OPTIMIZERS}
    for name in OPTIMIZERS:
        for ours, theirs in zip(here[name], jax["updates"][name], strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=2e-5, atol=2e-6)


def test_many_kills_change_no_bit(jax):
    killed, same = jax["resumed"]
    assert same == 1
    assert killed >= 3
