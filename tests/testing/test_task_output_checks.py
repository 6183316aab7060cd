import itertools
import math

import numpy as np
import pytest
import small_tasks as small

from seqtasks.task import Sample
from seqtasks.testing import task_output_checks as checks
from seqtasks.testing.task_subject import TaskSubject

COUNT = itertools.count()


def _sentence(check, **fields):
    task = small.changed(small.varying, **fields)
    return check(TaskSubject(task, {}))


def _scores(**values):
    return lambda trained, split: values


def _mean_length(trained, split):
    lengths = [len(example.predictions) for example in trained.predicted(split)]
    return {"length": sum(lengths) / len(lengths)}


UNITS_OF_VARYING = {"mean_squared_error": "1", "length": "steps"}


def test_scores_and_samples_that_keep_the_contract():
    def sample(trained, prompt, length, temperature, seed):
        step = trained.stepper(2)
        first, second = (step(np.ones((2, 1, 2), "float32")) for _ in range(2))
        assert first.shape == (2, 1, 1)
        assert not np.allclose(first, second), "the state is carried"
        return Sample(f"{first[0, 0, 0]:.6f}", {"numbers.txt": b"1"})

    fields = {"metric_units": UNITS_OF_VARYING, "scores": _mean_length}
    assert _sentence(checks.scores_are_declared, **fields) is None
    assert _sentence(checks.a_sample_can_be_made, sample=sample) is None


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        (_scores(), "Expected scores to give length, which metric_units holds"),
        (_scores(length=1.0, width=1.0), "received length, width."),
        (_scores(length=math.nan), "Expected a finite length of the untrained model"),
        (lambda trained, split: 1 / 0, "it raised ZeroDivisionError"),
    ],
)
def test_scores_that_do_not(scores, sentence):
    fields = {"metric_units": UNITS_OF_VARYING, "scores": scores}
    assert sentence in _sentence(checks.scores_are_declared, **fields)


@pytest.mark.parametrize(
    ("sample", "sentence"),
    [
        (lambda *_: "text", "Expected sample to give a seqtasks.Sample"),
        (lambda *_: Sample(" "), "with text or files"),
        (lambda *_: Sample("x", {"../x": b""}), "plain names of the sample's files"),
        (lambda *_: Sample(str(next(COUNT))), "Expected the same sample from the same"),
        (lambda *_: 1 / 0, "it raised ZeroDivisionError"),
    ],
)
def test_samples_that_do_not(sample, sentence):
    assert sentence in _sentence(checks.a_sample_can_be_made, sample=sample)
