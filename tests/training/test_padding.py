"""Padding changes no loss and no metric."""

import keras
import numpy as np
import pytest
from tiny_task import tiny_task

from seqtasks.cells.gru import GRUCell
from seqtasks.training.model import build_model, compile_model
from seqtasks.training.pipeline import Pipeline
from seqtasks.training.settings import resolve_settings


@pytest.mark.parametrize(
    ("each_step", "batch_size"),
    [(True, 4), pytest.param(False, 21, marks=pytest.mark.slow)],
)
def test_padded_batches_equal_the_examples_one_by_one(each_step, batch_size):
    keras.utils.set_random_seed(0)
    task = tiny_task("varying", each_step)
    settings = resolve_settings(task, "tiny", {})
    together = Pipeline(task, batch_size, seed=0).evaluation("test")
    apart = Pipeline(task, batch_size=1, seed=0).evaluation("test")
    features, targets, weights = next(iter(together))
    model = build_model(task, GRUCell, settings, features)
    compile_model(model, task, keras.optimizers.SGD())

    def loss_and_weight(features, targets, weights):
        loss = task.loss(targets, model(features), sample_weight=weights)
        return float(loss), float(np.sum(weights))

    loss, weight = loss_and_weight(features, targets, weights)
    singly = [loss_and_weight(*example) for example in apart.take(batch_size)]
    assert weight == sum(one for _, one in singly)
    assert loss == pytest.approx(
        sum(one * part for one, part in singly) / weight, abs=1e-6
    )

    hits = steps = 0
    for features, targets, _ in apart:
        hits += np.sum(np.argmax(model(features), axis=-1) == targets.numpy())
        steps += targets.numpy().size
    scores = model.evaluate(together, verbose=0, return_dict=True)
    assert scores["accuracy"] == pytest.approx(hits / steps)
