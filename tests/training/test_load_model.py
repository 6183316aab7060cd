"""Models that may be anyone's: each kind of bad ``.keras`` file is a sentence."""

import io
import json
import os
import warnings
import zipfile

import h5py
import keras
import numpy as np
import pytest
from keras.src.backend.common import global_state

from seqtasks.cells.lmu import LMUCell
from seqtasks.cells.lstm import LSTMCell
from seqtasks.errors import UsageError
from seqtasks.recurrence.rnn import RNN
from seqtasks.training.load_model import load_model

WEIGHTS = "model.weights.h5"


@pytest.fixture(scope="module")
def good(tmp_path_factory):
    """The members of a good file: name to bytes."""
    inputs = keras.Input((None, 2), name="inputs")
    outputs = keras.layers.Dense(2, activation="tanh")(RNN(LSTMCell(3))(inputs))
    path = tmp_path_factory.mktemp("good") / "good.keras"
    keras.Model(inputs, outputs).save(path)
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _written(path, members, compression=zipfile.ZIP_STORED):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a name twice
        with zipfile.ZipFile(path, "w", compression) as archive:
            for name, content in members:
                archive.writestr(name, content)


def test_a_good_file_is_loaded_and_predicts(good, tmp_path):
    path = tmp_path / "m.keras"
    _written(path, good.items())
    model = load_model(path)
    assert model(np.ones((1, 4, 2))).shape == (1, 2)


def test_a_model_of_keras_own_layers_is_loaded(tmp_path):
    path = tmp_path / "m.keras"
    model = keras.Sequential(
        [
            keras.Input((5,), dtype="int32"),
            keras.layers.Embedding(7, 3),
            keras.layers.Bidirectional(keras.layers.GRU(2, return_sequences=True)),
            keras.layers.LayerNormalization(),
            keras.layers.Dropout(0.5),
            keras.layers.GlobalAveragePooling1D(),
            keras.layers.Dense(1, activation="relu"),
        ]
    )
    model.compile(loss="mse")
    model.save(path)
    inputs = np.array([[1, 2, 3, 4, 5]])
    np.testing.assert_array_equal(load_model(path)(inputs), model(inputs))


# a change of the members of the archive, and the sentence
def _and(*more):
    return lambda members: [*members.items(), *more]


def _instead(name, content):
    return lambda members: [*(members | {name: content}).items()]


ARCHIVES = {
    "a path out of the folder": (_and(("../evil", b"")), "'../evil' is missing, twice"),
    "an absolute path": (_and(("/etc/evil", b"")), "'/etc/evil' is missing, twice or"),
    "assets": (_and(("assets/vocabulary.txt", b"a")), "'assets/vocabulary.txt' is"),
    "a member twice": (_and(("config.json", b"{}")), "'config.json' is missing, twice"),
    "a member less": (
        lambda members: [*members.items()][:2],
        "'model.weights.h5' is missing",
    ),
    "text that is no JSON": (_instead("config.json", b"{"), "is not loaded: Expecting"),
    "bytes for text": (_instead("config.json", b"\xff\xfe"), "can't decode byte 0xff"),
    "a list": (_instead("config.json", b"[]"), "config.json is no object"),
    "deep lists": (_instead("config.json", b"[" * 10**5), "nests deeper than 200"),
    "a key twice": (_instead("config.json", b'{"a": 1, "a": 2}'), "the key 'a' twice"),
    "NaN": (_instead("config.json", b'{"a": NaN}'), "NaN is no number of JSON"),
    "a huge text": (_instead("config.json", b" " * (2**24 + 1)), "16,777,216 is the"),
    "weights that are none": (_instead(WEIGHTS, b"weights"), "is not loaded: "),
    "no weights": (_instead(WEIGHTS, b""), "is not loaded: "),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_a_bad_archive(good, tmp_path, kind):
    change, sentence = ARCHIVES[kind]
    path = tmp_path / "m.keras"
    _written(path, change(good))
    _assert_refused(path, sentence)
    assert [file.name for file in tmp_path.iterdir()] == ["m.keras"]


def test_an_archive_that_unpacks_to_far_more(good, tmp_path):
    members = good | {WEIGHTS: bytes(2**25)}
    _written(tmp_path / "m.keras", members.items(), zipfile.ZIP_DEFLATED)
    _assert_refused(tmp_path / "m.keras", "to 33,554,432 bytes")


FILES = {
    "nothing": (lambda path: path.touch(), "which is a zip archive; it is none"),
    "text": (lambda path: path.write_text("model"), "which is a zip archive"),
    "a folder": (lambda path: path.mkdir(), "Is a directory"),
    "a pipe": (lambda path: os.mkfifo(path), "it is no ordinary file"),
    "no file": (lambda path: None, "No such file or directory"),
}


@pytest.mark.parametrize("kind", FILES)
def test_what_is_no_archive(tmp_path, kind):
    make, sentence = FILES[kind]
    make(tmp_path / "m.keras")
    _assert_refused(tmp_path / "m.keras", sentence)


# what the HDF5 file of weights is made to hold, and the sentence
def _raw(file, size):
    return file.create_dataset("x", (4,), "f4", external=[("/etc/passwd", 0, size)])


def _virtual(file):
    layout = h5py.VirtualLayout((4,), "f4")
    layout[:] = h5py.VirtualSource("/tmp/other.h5", "x", (4,))
    file.create_virtual_dataset("x", layout)


def _set(file, value):
    file["x"] = value


ARRAYS = {
    "a link to a file": (
        lambda file: _set(file, h5py.ExternalLink("/tmp/other.h5", "/x")),
        "'x' are a link, perhaps to a file",
    ),
    "a soft link": (lambda file: _set(file, h5py.SoftLink("/layers")), "are a link"),
    "numbers in another file": (lambda file: _raw(file, 16), "are in another file"),
    "numbers of other files": (_virtual, "are in another file"),
    "a circle": (lambda file: _set(file, file["/layers"]), "are there twice"),
    "texts": (lambda file: _set(file, "text"), "are no plain numbers"),
    "objects": (
        lambda file: file.create_dataset("x", (2,), h5py.special_dtype(vlen=int)),
        "are no plain numbers",
    ),
    "a type": (lambda file: _set(file, np.dtype("f4")), "are no plain numbers"),
    "terabytes that are not there": (
        lambda file: file.create_dataset("x", (10**6, 10**6), "f4", chunks=(64, 64)),
        "declare 4,000,000,000,000 bytes and have 0",
    ),
    "compressed zeros": (
        lambda file: file.create_dataset(
            "x", data=np.zeros(2**20, "f4"), compression="gzip"
        ),
        "declare 4,194,304 bytes and have",
    ),
}


@pytest.mark.parametrize("kind", ARRAYS)
def test_bad_weights(good, tmp_path, kind):
    change, sentence = ARRAYS[kind]
    weights = io.BytesIO(good[WEIGHTS])
    with h5py.File(weights, "r+") as file:
        change(file)
    path = tmp_path / "m.keras"
    _written(path, (good | {WEIGHTS: weights.getvalue()}).items())
    _assert_refused(path, sentence)


def _layer(config, name):
    return next(
        layer for layer in config["config"]["layers"] if layer["class_name"] == name
    )


def _dense(**values):
    return lambda config: _layer(config, "Dense")["config"].update(values)


def _cell(**values):
    return lambda config: _layer(config, "RNN")["config"]["cell"]["config"].update(
        values
    )


def _named(**values):
    return lambda config: _layer(config, "Dense").update(values)


def _function(module, name):
    return {"module": module, "class_name": "function", "config": name}


def _lmu(config):
    cell = keras.saving.serialize_keras_object(LMUCell(3, order=4))
    cell["config"]["order"] = 40_000
    _layer(config, "RNN")["config"]["cell"] = cell


def _wide(config):
    _cell(units=5_000)(config)
    # they hold the old widths
    for layer in config["config"]["layers"]:
        layer.pop("build_config", None)
    _layer(config, "RNN")["config"]["cell"].pop("build_config", None)


def _states(config):
    _layer(config, "RNN")["build_config"] = {"input_shape": [60_000, None, 2]}
    _layer(config, "RNN")["config"]["stateful"] = True
    _layer(config, "InputLayer")["config"]["batch_shape"][0] = 60_000
    _layer(config, "RNN")["config"]["cell"]["config"]["units"] = 3


CONFIGS = {
    "a Lambda layer": (
        _named(module="keras.layers", class_name="Lambda"),
        "it has a Lambda, which could run code or open files",
    ),
    "a lambda": (
        _dense(activation={"class_name": "__lambda__", "config": {"value": "4w=="}}),
        "it has a lambda, which could run code",
    ),
    "a layer of another file": (_named(class_name="TFSMLayer"), "it has a TFSMLayer"),
    "a pickled module": (
        _named(class_name="TorchModuleWrapper"),
        "it has a TorchModuleWrapper",
    ),
    "a file to be read": (_named(class_name="StringLookup"), "it has a StringLookup"),
    "a type of TensorFlow": (_named(class_name="__typespec__"), "it has a typespec"),
    "a function of the system": (
        _dense(activation=_function("os", "system")),
        "it names os.function, which is neither Keras' own",
    ),
    "a class of Python": (
        _named(module="subprocess", class_name="Popen"),
        "it names subprocess.Popen, which is neither Keras' own",
    ),
    "a download": (
        _dense(activation=_function("keras.utils", "get_file")),
        "it names keras.utils.function, which is neither",
    ),
    "the switch of the safe mode": (
        _dense(activation=_function("keras.config", "enable_unsafe_deserialization")),
        "it names keras.config.function, which is neither",
    ),
    "an inner module of Keras": (
        _named(module="keras.src.utils.python_utils", class_name="func_load"),
        "it names keras.src.utils.python_utils.func_load",
    ),
    "no module": (_named(module=None, class_name="Popen"), "it names None.Popen"),
    "a class that nothing registers": (
        _named(registered_name="other>Thing"),
        "needs other>Thing, a class that nothing here registers",
    ),
    "a class without a name": (_named(class_name=["Dense"]), "a class in it has no"),
    "a billion units": (
        _cell(units=10**9),
        "declares units=1000000000, and its weights hold 80 numbers",
    ),
    "units for more weights than there are": (
        _wide,
        "its model needs 100,0",
    ),
    "a wide layer": (_dense(units=60_000), "and the file holds 80 numbers"),
    "a huge batch": (
        lambda config: _layer(config, "InputLayer")["config"].update(
            batch_shape=[10**9, None, 2]
        ),
        "declares batch_shape=1000000000",
    ),
    "weights that the file lacks": (_states, "loads: Skipping nested container"),
    "a square of an option": (_lmu, "order must be from 1 to 2048; received 40000"),
    "a negative size": (_dense(units=-3), "is no model that Keras loads"),
    "an unknown option": (_dense(evil=1), "is no model that Keras loads"),
    "text for a number": (_dense(units="3"), "is no model that Keras loads"),
    "fewer units than weights": (_dense(units=1), "is no model that Keras loads"),
    "no model": (
        lambda config: config.update(_layer(config, "Dense")),
        "to hold a model; it holds Dense",
    ),
    "an empty object": (
        lambda config: config.clear(),
        "to hold a model; it holds dict",
    ),
    "an optimizer of an inner model": (
        _named(compile_config={"loss": _function("os", "system")}),
        "it names os.function",
    ),
}


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_bad_description(good, tmp_path, kind):
    change, sentence = CONFIGS[kind]
    config = json.loads(good["config.json"])
    change(config)
    path = tmp_path / "m.keras"
    _written(path, (good | {"config.json": json.dumps(config)}).items())
    _assert_refused(path, sentence)


def test_the_states_of_a_huge_batch(good, tmp_path, monkeypatch):
    monkeypatch.setattr("seqtasks.training.load_model._LARGEST_STATES", 1_000)
    config = json.loads(good["config.json"])
    _states(config)
    path = tmp_path / "m.keras"
    _written(path, (good | {"config.json": json.dumps(config)}).items())
    _assert_refused(path, "the states of its layers are 360,000 numbers")


def test_no_kind_was_dropped():
    counts = [len(kinds) for kinds in (ARCHIVES, FILES, ARRAYS, CONFIGS)]
    assert counts == [14, 5, 10, 27]


def _waiting():
    """The number of variables that Keras makes room for at the next opportunity."""
    name = "uninitialized_variables"
    return len(global_state.get_global_attribute(name, [], set_to_default=True))


def _assert_refused(path, sentence):
    before = _waiting()
    with pytest.raises(UsageError) as error:
        load_model(path)
    assert _waiting() == before
    assert str(path) in str(error.value)
    assert sentence in str(error.value)
