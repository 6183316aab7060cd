"""A trained model as its task sees it."""

import keras
import numpy as np
import pytest
from tiny_task import tiny_task

from seqtasks.cells.gru import GRUCell
from seqtasks.training.model import build_model
from seqtasks.training.pipeline import Pipeline
from seqtasks.training.predict import ModelPredictor
from seqtasks.training.settings import resolve_settings


@pytest.fixture(scope="module", params=["fixed", "varying"])
def trained(request):
    keras.utils.set_random_seed(0)
    task = tiny_task(lengths=request.param, each_step=True)
    small = {"implementation": "projected"}
    settings = resolve_settings(task, "tiny_task", small)
    pipeline = Pipeline(task, settings.batch_size, 0)
    inputs = next(iter(pipeline.evaluation("train")))[0]
    model = build_model(task, GRUCell, settings, inputs)
    return ModelPredictor(model, task, pipeline, GRUCell, settings)


def test_each_example_comes_whole_and_without_padding(trained):
    loaded = list(trained._task.load("test").as_numpy_iterator())
    predicted = list(trained.predicted("test"))
    assert len(predicted) == len(loaded) == 21
    for one, (inputs, targets) in zip(predicted, loaded, strict=True):
        np.testing.assert_array_equal(one.inputs, inputs)
        np.testing.assert_array_equal(one.targets, targets)
        assert one.predictions.shape == (len(inputs), 2)
        assert one.weights.tolist() == [1.0] * len(inputs)


def test_one_example_alone_and_step_by_step_is_predicted_alike(trained):
    one, *_ = trained.predicted("validation")
    alone = trained.predict(one.inputs)
    np.testing.assert_allclose(alone, one.predictions, rtol=1e-5, atol=1e-6)
    for _ in range(2):  # each stepper begins anew
        step = trained.stepper()
        steps = [step(row[None, None])[0, 0] for row in one.inputs]
        np.testing.assert_allclose(steps, one.predictions, rtol=1e-5, atol=1e-6)
