"""RUN.keras: the model of a run, its weights to the bit, and what it says of itself."""

import json
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

import seqtasks as package
from seqtasks.errors import UsageError
from seqtasks.result import from_json
from seqtasks.store import Store
from seqtasks.training.load_model import ABOUT, read_members
from seqtasks.training.model_file import as_inputs, read_about, read_weights
from seqtasks.training.predict import load_run
from seqtasks.training.state import get_weights

HERE = Path(__file__).parents[1]
TINY = str(HERE / "tiny_task.py")


def test_a_run_leaves_a_model_that_predicts_what_the_run_does(trained):
    store, result = trained
    assert not store.weights_path(result.run).exists()
    experiment = load_run(result, store)
    model = package.load_model(store.model_path(result.run))
    batch = keras.tree.map_structure(np.asarray, experiment.first_batch[0])
    np.testing.assert_array_equal(
        model(as_inputs(model, batch)), experiment.model(batch)
    )


def test_its_weights_are_read_without_the_model_to_the_bit(trained):
    store, result = trained
    arrays = read_weights(store.model_path(result.run))
    own = get_weights(load_run(result, store).model)
    assert len(arrays) == len(own)
    for array, value in zip(arrays, own, strict=True):
        np.testing.assert_array_equal(array, value)


def test_it_holds_the_row_and_the_processor(trained):
    store, result = trained
    path = store.model_path(result.run)
    about = read_about(path, read_members(path))
    assert from_json(json.dumps(about.row)) == result
    # dropout's generator is no part of the model that Keras writes
    assert [*about.others] == [str(about.weights.index(""))]


@pytest.mark.slow
def test_what_keras_cannot_describe_leaves_its_weights_alone(tmp_path, capsys):
    file = tmp_path / "mine.py"
    file.write_text(
        "from seqtasks.cells.elman import ElmanCell\n"
        'class Mine(ElmanCell):\n    "Without a configuration."\n'
        '    def get_config(self):\n        raise NotImplementedError("no config")\n'
    )
    store = Store(tmp_path / "results")
    settings = {"units": 2, "limit": 1, "implementation": "projected"}
    result = package.run(TINY, str(file), store=store, **settings)
    assert result.status == "finished"
    assert store.weights_file(result.run) == store.weights_path(result.run)
    assert not store.model_path(result.run).exists()
    assert "its weights alone are in" in capsys.readouterr().err
    assert load_run(result, store, allow_code=True).model.count_params() > 0


BAD = {
    "no JSON": (b"{", "none of this suite: Expecting"),
    "another type": (b"[]", "none of this suite: Expected `object`, got `array`"),
    "a place that is none": (
        b'{"row": {}, "processor": {}, "weights": ["x"], "others": {}}',
        "lacks the weights 'x' of its run",
    ),
    "a part less": (b'{"row": {}}', "missing required field `processor`"),
    "nothing": (None, "has no member seqtasks.json, which says what a model"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_description_that_is_none(trained, tmp_path, kind):
    content, sentence = BAD[kind]
    store, result = trained
    members = read_members(store.model_path(result.run))
    path = tmp_path / "m.keras"
    with zipfile.ZipFile(path, "w") as archive:
        for name, value in members.items():
            if name != ABOUT:
                archive.writestr(name, value)
        if content is not None:
            archive.writestr(ABOUT, content)
    with pytest.raises(UsageError) as error:
        read_weights(path)
    assert sentence in str(error.value)
