"""Several devices share each batch: the numbers of one, on both Keras backends.

Each backend's runs are one process, as importing and compiling are most of the time.
"""

import importlib.util

import numpy as np
import pytest
from other_backend import output_of

from seqtasks.errors import UsageError
from seqtasks.training.devices import Devices, fits, write

_NO_JAX = importlib.util.find_spec("jax") is None
BACKENDS = (
    pytest.param("tensorflow", marks=pytest.mark.slow),
    pytest.param(
        "jax",
        marks=[pytest.mark.backend, pytest.mark.skipif(_NO_JAX, reason="needs jax")],
    ),
)


@pytest.fixture(scope="module", params=BACKENDS)
def found(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    printed = output_of(request.param, "training_on_devices.py", str(folder))
    return printed | {"backend": request.param}


def test_two_devices_give_the_numbers_of_one(found):
    one, two = found["one"], found["all"]
    assert two["device"] == f"2 devices: {one['device']}"
    assert two["implementation"] == one["implementation"] == "compiled"
    # with dropout, weights that differ between rows, and a clipped gradient
    for name in ("weights", "history", "metrics", "errors"):
        ours, theirs = (flat(of[name]) for of in (two, one))
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6, err_msg=name)


def test_a_kill_changes_no_bit(found):
    whole, killed = found["all"], found["killed"]
    assert (killed["killed"], killed["resumed"], whole["resumed"]) == (1, 1, 0)
    for name in ("weights", "history", "metrics", "errors"):
        assert killed[name] == whole[name], name


def test_a_carried_state_is_the_same_or_refused(found):
    if found["backend"] == "jax":
        one, two = found["carrying"]
        np.testing.assert_allclose(two, one, rtol=1e-5)
    else:
        assert "char_lm carries its state from batch to batch" in found["carrying"][0]
        assert "KERAS_BACKEND=jax" in found["carrying"][0]


def test_a_batch_that_does_not_divide_is_refused(found):
    assert "a batch size that 2 devices share evenly; received 7" in found["odd batch"]
    assert "Give --batch-size 6" in found["odd batch"]


def test_one_device_is_not_all():
    with pytest.raises(UsageError, match="Expected two devices or more for --devices"):
        Devices.of("all")
    with pytest.raises(UsageError, match="Expected --devices to be one or all"):
        Devices.of("2")


class OfMetric:
    """A metric's variable on one device."""

    shape, dtype, synchronization = (), "float32", "on_read"

    def assign(self, value):
        self.value = value


def test_sums_of_two_devices_go_on_on_one():
    variable, sums = OfMetric(), np.array([1.5, 2.0], np.float32)
    assert fits(variable, sums)
    write(variable, sums)
    assert variable.value == 3.5
    assert not fits(variable, sums.astype(np.float64))
    assert not fits(variable, sums[None])


def flat(value):
    """All numbers of nested values, in order."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [number for one in value for number in flat(one)]
    return [value]
