"""The optimizer of a run."""

import keras
import numpy as np
import pytest
from tiny_task import tiny_task

from seqtasks.training.optimizers import make_optimizer
from seqtasks.training.settings import resolve_settings


@pytest.mark.parametrize(
    ("clip_norm", "updated"), [(0.0, [-3, -4]), (1.0, [-0.6, -0.8]), (10.0, [-3, -4])]
)
def test_clipping_clips(clip_norm, updated):
    given = {"optimizer": "sgd", "learning_rate": 1.0, "schedule": "constant"}
    settings = resolve_settings(tiny_task(), "tiny", {**given, "clip_norm": clip_norm})
    weight = keras.Variable([0.0, 0.0])
    make_optimizer(settings, steps=1).apply([np.array([3.0, 4.0])], [weight])
    np.testing.assert_allclose(np.asarray(weight), updated, atol=1e-6)
