"""Killed at random moments and resumed, a run ends in the bits of one never killed."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import kills
import numpy as np
import pytest

from seqtasks.training import callback
from seqtasks.training.experiment import build_task, find_task
from seqtasks.training.pipeline import Pipeline


@pytest.mark.parametrize("case", kills.CASES)
def test_many_kills_change_no_bit(case, tmp_path):
    killed, same = kills.compared(case, tmp_path, seed=3, trials=3)
    assert same == 3
    assert killed >= 9


def test_partial_sums_are_a_part_of_it(tmp_path, monkeypatch):
    """The comparison sees it if they are lost: an epoch's loss is another."""
    monkeypatch.setattr(callback.TrainingCallback, "on_epoch_begin", lambda *_: None)
    _, same = kills.compared("lengths that vary", tmp_path, seed=3, trials=1)
    assert same == 0


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="needs jax")
def test_many_kills_change_no_bit_on_jax(tmp_path):
    finished = subprocess.run(
        [sys.executable, str(Path(kills.__file__)), str(tmp_path)],
        env={**os.environ, "KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(finished.stdout.splitlines()[-1])
    assert found["backend"] == "jax"
    assert found["same"] == 1
    assert found["kills"] >= 3


@pytest.mark.parametrize("case", kills.CASES)
@pytest.mark.parametrize("limit", [None, 5])
def test_the_batches_after_a_number_of_them_are_those_of_the_whole(
    case, limit, tmp_path
):
    task, options, settings = kills.CASES[case](kills.text_of(tmp_path / "book.txt"))
    batch_size = settings.get("batch_size", 8)
    pipeline = Pipeline(build_task(*find_task(task, options), 0), batch_size, 4, limit)
    for epoch in range(2):
        whole = [*pipeline.train(epoch).as_numpy_iterator()]
        assert len(whole) == pipeline.steps
        for step in range(pipeline.steps):
            rest = pipeline.train(epoch).skip(step)
            assert int(rest.cardinality()) == pipeline.steps - step
            # the first and the last that are left say it of all between
            *_, last = found = [*rest.as_numpy_iterator()]
            for batch, expected in ((found[0], whole[step]), (last, whole[-1])):
                np.testing.assert_equal(batch, expected)
