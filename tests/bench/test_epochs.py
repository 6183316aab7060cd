from pathlib import Path

import numpy as np
import pytest

from seqtasks.bench.epochs import BareEpoch, RunnerEpoch
from seqtasks.training.state import get_weights

TINY = str(Path(__file__).parents[1] / "tiny_task.py")


def settings(**options):
    return {
        "task": TINY,
        "cell": None,
        "options": options,
        "units": None,
        "batch_size": None,
        "steps": None,
    }


@pytest.mark.parametrize("lengths", ["fixed", "varying"])
def test_the_bare_loop_does_what_the_runner_does(lengths):
    """One epoch of either gives the same weights."""
    chosen = settings(lengths=lengths, each_step=True)
    runner, bare, waiting = RunnerEpoch(chosen), BareEpoch(chosen), BareEpoch(chosen)
    samples = [
        runner.modes["epoch"](1),
        bare.modes["epoch"](1),
        waiting.modes["waiting"](1),
    ]
    expected = get_weights(runner._experiment.model)
    for other in (bare, waiting):
        for a, b in zip(expected, get_weights(other._experiment.model), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert samples[0].steps == samples[1].steps == samples[2].steps + 1
    assert samples[0].tokens == pytest.approx(samples[1].tokens)
    assert 0 < samples[2].waited_seconds < samples[2].seconds
    assert bare.about()["settings"]["cell"] == "gru"
