"""The same seed gives all cells the same encoder, head, order and dropout."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import pytest
import tensorflow as tf

from seqtasks.registry import CELLS
from seqtasks.training.experiment import Experiment
from seqtasks.training.run import run

FILE = Path(__file__).parents[1] / "lazy_task.py"
GREEDY = f"{FILE}:GreedyCell"
UNITS = 4


def _prepared(task, cell, seed, **options):
    settings = {"units": UNITS, "batch_size": 4, "limit": 2, "optimizer": "sgd"}
    one = Experiment.resolve(task, cell, options=options, settings=settings, seed=seed)
    one.prepare()
    return one


def _drawn(prepared):
    """All that chance decides, but for the cell's own weights."""
    model, pipeline = prepared.model, prepared.pipeline
    parts = [
        value
        for layer in (model.encoder, model.head)
        if layer is not None
        for value in layer.get_weights()
    ]
    batches = [
        part
        for epoch in (0, 1)
        for batch in pipeline.train(epoch).as_numpy_iterator()
        for part in tf.nest.flatten(batch)
    ]
    shape = (2, 3, UNITS) if prepared.task.return_sequences else (2, UNITS)
    dropped = [np.asarray(model.head(np.ones(shape, "float32"), training=True))]
    return [*parts, *batches, *dropped, *_more(model, shape)]


def _more(model, shape):
    """A second draw, and one of Keras' own generator."""
    again = np.asarray(model.head(np.ones(shape, "float32"), training=True))
    return [again, np.asarray(keras.random.normal((3,)))]


def _assert_same(one, other):
    assert len(one) == len(other)
    for first, second in zip(one, other, strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "book.txt"
    path.write_text("all work and no play makes jack a dull boy\n" * 4)
    return {"dataset": str(path), "sequence_length": 3, "dropout": 0.5}


@pytest.fixture(scope="module")
def of_an_elman_cell(book):
    return {
        "char_lm": _drawn(_prepared("char_lm", "elman", 3, **book)),
        "lazy": _drawn(_prepared(str(FILE), "elman", 3)),
    }


FAST = {"lstm", "keras_gru", "lru"}
EVERY = [
    GREEDY,
    *(
        pytest.param(cell, marks=[] if cell in FAST else [pytest.mark.slow])
        for cell in CELLS.entries()
    ),
]


@pytest.mark.parametrize("cell", EVERY)
def test_an_encoder_and_a_head_with_dropout(cell, book, of_an_elman_cell):
    drawn = _drawn(_prepared("char_lm", cell, 3, **book))
    _assert_same(drawn, of_an_elman_cell["char_lm"])


@pytest.mark.parametrize("cell", ["keras_gru", GREEDY])
def test_layers_that_draw_late(cell, of_an_elman_cell):
    _assert_same(_drawn(_prepared(str(FILE), cell, 3)), of_an_elman_cell["lazy"])


@pytest.mark.parametrize("task", ["char_lm", "lazy"])
def test_another_seed_draws_all_of_it_anew(task, book, of_an_elman_cell):
    if task == "char_lm":
        other = _drawn(_prepared("char_lm", "elman", 4, **book))
    else:
        other = _drawn(_prepared(str(FILE), "elman", 4))
    first = of_an_elman_cell[task]
    assert any(not np.array_equal(a, b) for a, b in zip(first, other, strict=True))
    # the encoder, which comes first, and the dropout of the head, which comes last
    assert not np.array_equal(first[0], other[0])
    assert not np.array_equal(first[-2], other[-2])


def test_the_parts_of_a_model_do_not_share_their_numbers():
    model = _prepared(str(FILE), "elman", 3).model
    kernels = [model.encoder.embedding.embeddings, model.head.dense.kernel]
    flat = [np.ravel(kernel)[:3] for kernel in kernels]
    assert not np.allclose(flat[0] / flat[0][0], flat[1] / flat[1][0])


@pytest.mark.slow
def test_threads_change_no_number():
    def trained(seed):
        settings = {"units": UNITS, "limit": 2, "implementation": "projected"}
        result = run(str(FILE.with_name("tiny_task.py")), "gru", seed=seed, **settings)
        return result.metrics, result.last_loss

    alone = [trained(seed) for seed in range(2)]
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(trained, range(2))) == alone
