"""On JAX the compiled loop equals the loop of Keras, and the numbers of TensorFlow."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from outcome import numbers

from seqtasks.registry import CELLS

pytestmark = [
    pytest.mark.backend,
    pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="needs jax"),
]

CASES = [
    *(
        f"cell {name}"
        for name, entry in CELLS.entries().items()
        if entry.reference.startswith("seqtasks")
    ),
    "cell gru, reset before",
    "last output",
    "states, mask",
    "backwards",
    "backwards, mask",
    "zero output, mask",
    "mixed_bfloat16",
    "scan",
    "scan, mask",
    "scan, complex",
    "scan, complex, mask",
    "checkpointed",
    "checkpointed, mask",
]


def output_of(program, backend):
    finished = subprocess.run(
        [sys.executable, str(Path(__file__).parents[1] / program)],
        env={
            **os.environ,
            "KERAS_BACKEND": backend,
            "JAX_PLATFORMS": "cpu",
            # compiling is most of the time
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    return json.loads(finished.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def on_jax():
    return output_of("loop_on_jax.py", "jax")


@pytest.fixture(scope="session")
def on_tensorflow():
    return numbers()


def assert_same_numbers(received, expected):
    for name in ("gru", "layer_norm_lstm", "lru"):
        for a, b in zip(received[name], expected[name], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(received["fit"][1], expected["fit"][1], rtol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_results_and_gradients_are_those_of_keras(on_jax, case):
    used, error = on_jax["agreement"][case]
    own = case.partition(",")[0]
    assert used == (own if own in ("scan", "checkpointed") else "compiled")
    assert error <= 1


def test_every_case_is_compared(on_jax):
    assert sorted(on_jax["agreement"]) == sorted(CASES)


def test_implementations(on_jax):
    assert on_jax["implementations"] == {
        "unroll": "projected",
        "implementation": "projected",
        "stacked": "compiled",
        "a cell of Keras": "keras",
        "forwards": "compiled",
        "backwards": "compiled",
    }


def test_eager_calls_are_compiled_once(on_jax):
    assert on_jax["eager"] == ["compiled", 0]


def test_a_loop_has_one_product_a_step_in_each_direction(on_jax):
    assert on_jax["products in loops"] == 2


def test_a_carried_state(on_jax):
    carried = on_jax["carried"]
    assert carried["implementation"] == "compiled"
    assert carried["called"] <= 1
    assert carried["fit"] <= 1


def test_tensorflow_and_jax_give_the_same_numbers(on_jax, on_tensorflow):
    assert_same_numbers(on_jax["numbers"], on_tensorflow)
    for found in (on_jax["numbers"], on_tensorflow):
        assert found["fit"][0] == found["how lru ran"] == "compiled"
        assert found["fit"][1][-1] < found["fit"][1][0]


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs torch")
def test_torch_gives_the_same_numbers_without_a_compiled_loop(on_tensorflow):
    on_torch = output_of("outcome.py", "torch")
    assert_same_numbers(on_torch, on_tensorflow)
    assert on_torch["how lru ran"] == "projected"
