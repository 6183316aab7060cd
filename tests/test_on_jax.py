"""On Keras' JAX backend loops and training give the numbers of TensorFlow.

All of it is run by one process, as importing and compiling are most of the time.
"""

import importlib.util

import numpy as np
import pytest
import training_on_jax as program
from kills import text_of
from other_backend import output_of
from outcome import BATCH, JAX_CELLS, UNITS, numbers

from seqtasks.registry import CELLS
from seqtasks.training.settings import OPTIMIZERS

pytestmark = [
    pytest.mark.backend,
    pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="needs jax"),
]


@pytest.fixture(scope="module")
def jax(tmp_path_factory):
    folder = str(tmp_path_factory.mktemp("jax"))
    found = output_of("jax", "training_on_jax.py", folder, *OPTIMIZERS)
    assert found["backend"] == "jax"
    return found


@pytest.fixture(scope="module")
def loops(jax):
    return jax["loops"]


# Training.


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


# The loops, beside those of Keras.

CASES = [
    *(f"cell {name}" for name in JAX_CELLS),
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


@pytest.fixture(scope="module")
def on_tensorflow():
    return numbers()


def assert_same_numbers(received, expected):
    for name in ("gru", "layer_norm_lstm", "lru"):
        for a, b in zip(received[name], expected[name], strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(received["fit"][1], expected["fit"][1], rtol=1e-5)


@pytest.mark.parametrize("case", CASES)
def test_results_and_gradients_are_those_of_keras(loops, case):
    used, error = loops["agreement"][case]
    own = case.partition(",")[0]
    assert used == (own if own in ("scan", "checkpointed") else "compiled")
    assert error <= 1


def test_every_case_is_compared(loops):
    assert sorted(loops["agreement"]) == sorted(CASES)


def test_implementations(loops):
    others = [
        name
        for name, entry in CELLS.entries().items()
        if entry.reference.startswith("seqtasks") and name not in JAX_CELLS
    ]
    assert len(others) == 12
    assert loops["implementations"] == dict.fromkeys(others, "compiled") | {
        "unroll": "projected",
        "implementation": "projected",
        "stacked": "compiled",
        "a cell of Keras": "keras",
        "forwards": "compiled",
        "backwards": "compiled",
    }


def test_eager_calls_are_compiled_once(loops):
    assert loops["eager"] == ["compiled", 0]


def test_a_loop_has_one_product_a_step_in_each_direction(loops):
    assert loops["in loops"]["products"] == 2


def test_of_an_lstm_its_states_and_gates_are_kept(loops):
    # and the outputs, which the layer returns
    assert loops["in loops"]["kept"] == BATCH * 7 * UNITS


def test_a_carried_state(loops):
    carried = loops["carried"]
    assert carried["implementation"] == "compiled"
    assert carried["called"] <= 1
    assert carried["fit"] <= 1


def test_tensorflow_and_jax_give_the_same_numbers(loops, on_tensorflow):
    assert_same_numbers(loops["numbers"], on_tensorflow)
    for found in (loops["numbers"], on_tensorflow):
        assert found["fit"][0] == found["how lru ran"] == "compiled"
        assert found["fit"][1][-1] < found["fit"][1][0]


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="needs torch")
def test_torch_gives_the_same_numbers_without_a_compiled_loop(on_tensorflow):
    on_torch = output_of("torch", "outcome.py")
    assert_same_numbers(on_torch, on_tensorflow)
    assert on_torch["how lru ran"] == "projected"
