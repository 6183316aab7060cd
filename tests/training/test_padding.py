"""Padding changes no loss and no metric."""

import keras
import numpy as np
import pytest
from tiny_task import tiny_task

from seqtasks.cells.gru import GRUCell
from seqtasks.training.model import build_model
from seqtasks.training.pipeline import Pipeline
from seqtasks.training.prepared import compile_model
from seqtasks.training.settings import resolve_settings


@pytest.mark.parametrize("each_step", [False, True])
def test_one_padded_batch_equals_the_examples_one_by_one(each_step):
    keras.utils.set_random_seed(0)
    task = tiny_task("varying", each_step)
    settings = resolve_settings(task, "tiny", {})
    together = Pipeline(task, batch_size=21, seed=0).evaluation("test")
    apart = Pipeline(task, batch_size=1, seed=0).evaluation("test")
    features, targets, weights = next(iter(together))
    model = build_model(task, GRUCell, settings, features)
    compile_model(model, task, keras.optimizers.SGD())

    padded = model.evaluate(together, verbose=0, return_dict=True)
    total = steps = 0.0
    for one, target, weight in apart:
        loss = task.loss(target, model(one), sample_weight=weight)
        total += float(loss) * float(np.sum(weight))
        steps += float(np.sum(weight))
    assert padded["loss"] == pytest.approx(total / steps, abs=1e-6)

    predicted = np.argmax(model(features), axis=-1)
    hits = (predicted == targets.numpy()) * weights.numpy()
    assert padded["accuracy"] == pytest.approx(hits.sum() / weights.numpy().sum())
