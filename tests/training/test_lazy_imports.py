"""Modules that wait to be executed; what Keras and TensorFlow import besides."""

import gc
import importlib
import inspect
import subprocess
import sys

import pytest

from seqtasks.training.lazy_imports import OPTIONAL_PARTS, lazy_imports

NAME = "package_that_waits"


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of one module and one submodule, which say when they are executed."""
    folder = tmp_path / NAME
    folder.mkdir()
    (folder / "__init__.py").write_text(
        "import done, sys\ndir(sys.modules[__name__])\n"  # asks for its own names
        "done.append('package')\nvalue = 3"
    )
    (folder / "part.py").write_text("import done\ndone.append('part')")
    (tmp_path / "user.py").write_text(f"from {NAME} import value")
    done: list[str] = []
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(sys.modules, "done", done)
    yield done
    for name in (NAME, f"{NAME}.part", "user"):
        sys.modules.pop(name, None)


@pytest.fixture
def waiting(package):
    with lazy_imports([NAME]):
        module = importlib.import_module(NAME)
    assert not package
    return module


@pytest.mark.parametrize(
    ("use", "executed"),
    [
        (lambda module: module.value, ["package"]),
        (lambda module: dir(module), ["package"]),
        (lambda module: importlib.import_module("user"), ["package"]),
        (lambda module: importlib.import_module(f"{NAME}.part"), ["package", "part"]),
        (lambda module: hasattr(module, "no_such_name"), ["package"]),
        # what walks through all modules executes none
        (lambda module: (module.__file__, module.__spec__, module.__doc__), []),
        (lambda module: importlib.import_module(NAME), []),
        (lambda module: inspect.getmodule(lambda: 0), []),
    ],
)
def test_a_module_is_executed_at_its_first_use(package, waiting, use, executed):
    for _ in range(2):
        use(waiting)
        assert package == executed
    assert waiting.value == 3
    assert importlib.import_module(NAME) is waiting
    assert importlib.import_module(f"{NAME}.part").__name__ == f"{NAME}.part"


def test_a_module_that_fails_is_tried_again(package, waiting, tmp_path):
    path = tmp_path / NAME / "__init__.py"
    whole = path.read_text()
    path.write_text("raise ValueError('not now')")
    for _ in range(2):
        with pytest.raises(ValueError, match="not now"):
            waiting.value  # noqa: B018
    path.write_text(f"{whole} + 1")
    assert waiting.value == 4


def test_what_is_imported_or_not_named_is_left_alone(package):
    module = importlib.import_module(NAME)
    with lazy_imports([NAME, "no_such_module_anywhere"]):
        assert importlib.import_module(NAME) is module
        importlib.import_module(f"{NAME}.part")
        with pytest.raises(ModuleNotFoundError):
            importlib.import_module("no_such_module_anywhere")
    assert package == ["package", "part"]


def test_a_hidden_module_is_there_afterwards(package):
    with lazy_imports((), hidden=[NAME]):
        with pytest.raises(ImportError, match="not imported yet"):
            importlib.import_module(NAME)
        assert not gc.isenabled()
    assert gc.isenabled()
    assert importlib.import_module(NAME).value == 3


# Public names, and what their modules import.
USES = """
import sys
import seqtasks
seqtasks._classes_after_keras.remove()  # as the command line does
from seqtasks.training.machine import start
start()
import keras
import tensorflow as tf
heavy = {"sklearn", "scipy", "matplotlib", "pandas", "jax"} & {*sys.modules}
assert not heavy, heavy
assert tf.lite.Optimize.DEFAULT is tf.compat.v1.lite.Optimize.DEFAULT
assert keras.wrappers.SKLearnClassifier.__name__ == "SKLearnClassifier"
assert keras.visualization.plot_image_gallery.__module__.startswith("keras.src")
model = keras.Sequential([keras.layers.Dense(1)])
model.compile(loss="mse", optimizer="sgd")
import pandas
table = pandas.DataFrame({"x": [1.0, 2.0], "y": [1.0, 0.0]})
model.fit(table[["x"]], table["y"], verbose=0)
"""


@pytest.mark.slow
def test_keras_and_tensorflow_import_nothing_optional():
    subprocess.run([sys.executable, "-c", USES], check=True, timeout=300)


def test_the_parts_are_there():
    """A part that was renamed would be imported at once again, in silence."""
    missing = [
        name for name in OPTIONAL_PARTS if importlib.util.find_spec(name) is None
    ]
    assert not missing
