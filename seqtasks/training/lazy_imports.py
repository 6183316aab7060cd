"""Lazy imports: parts of Keras and TensorFlow that are loaded at their first use.

Keras and TensorFlow import optional libraries that no run needs, if they are installed:
scikit-learn with SciPy's statistics, Matplotlib, pandas, JAX. That is half of the
processor time of ``import keras``. Each comes in through a module of theirs of which
nothing is used before a user asks for it. Such a module is put in its place without
being executed; the first attribute that is read of it executes it, in the same module
object, so that whoever uses it finds what an ordinary import gives.
"""

import contextlib
import gc
import importlib.abc
import importlib.machinery
import importlib.util
import sys
import threading
import types
from collections.abc import Collection, Iterator
from typing import Any

# each with what it would import, beside itself
OPTIONAL_PARTS = (
    "keras.wrappers",  # scikit-learn, and SciPy's statistics for it
    "keras.src.visualization",  # Matplotlib
    "keras.visualization",
    "keras.src.trainers.data_adapters.array_slicing",  # pandas
    "tensorflow.python.keras.engine.training_v1",  # SciPy's sparse arrays
    "tensorflow._api.v2.lite",  # JAX
    "tensorflow._api.v2.compat",  # all of TensorFlow twice more, under older names
)

# Keras on TensorFlow imports JAX for one line, which gives one older than any that the
# suite takes a function that it lacks.
UNUSED_WITH_TENSORFLOW = ("jax",)

_LOADING = threading.RLock()


@contextlib.contextmanager
def lazy_imports(
    names: Collection[str], hidden: Collection[str] = ()
) -> Iterator[None]:
    """Within it, an import of a module of these names does not execute it yet.

    Python's garbage collector rests meanwhile, and never looks again at what was made:
    an import leaves a million objects that stay, which it would go through many times.

    Args:
        names: Full names of modules. Those that are imported already stay as they are.
        hidden: Names of modules that are, within it, as if they were not installed.
    """
    finder = _LazyFinder(names, hidden)
    collects = gc.isenabled()
    gc.disable()
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        gc.freeze()
        if collects:
            gc.enable()


class _LazyFinder(importlib.abc.MetaPathFinder):
    """Finds modules of some names as others do, with a loader that waits."""

    def __init__(self, names: Collection[str], hidden: Collection[str]):
        self._names, self._hidden = frozenset(names), frozenset(hidden)

    def find_spec(self, name, path=None, target=None):
        if name in self._hidden:
            raise ModuleNotFoundError(f"{name} is not imported yet", name=name)
        if name not in self._names:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _LazyLoader(spec.loader)
        return spec


class _LazyLoader(importlib.abc.Loader):
    """Makes a module that its first use executes with the loader given."""

    def __init__(self, loader: Any):
        self._loader = loader

    def create_module(self, spec):
        return self._loader.create_module(spec)

    def exec_module(self, module):
        module.__spec__.loader = module.__loader__ = self._loader
        _wait(module)


def _wait(module: types.ModuleType) -> None:
    """The module is executed when an attribute is read that it does not have."""
    # a submodule's import asks for the path, by which its package is executed first
    vars(module).pop("__path__", None)
    module.__class__ = _LazyModule


def _execute(module: types.ModuleType) -> None:
    spec = module.__spec__
    assert spec is not None
    assert spec.loader is not None
    vars(module)["__executing__"] = True
    if spec.submodule_search_locations is not None:
        module.__path__ = spec.submodule_search_locations
    try:
        spec.loader.exec_module(module)
    except BaseException:
        vars(module).pop("__path__", None)
        raise
    finally:
        del vars(module)["__executing__"]
    module.__class__ = types.ModuleType


class _LazyModule(types.ModuleType):
    """A module that is executed when an attribute is read that it does not have yet.

    Its name, file and spec are there from the start: who walks through ``sys.modules``,
    as ``inspect`` does, executes nothing.
    """

    def __getattr__(self, name: str) -> Any:
        with _LOADING:  # another thread waits until it is executed
            if type(self) is _LazyModule:
                if "__executing__" in vars(self):
                    raise AttributeError(f"{self.__name__} has no {name} yet")
                _execute(self)
        return getattr(self, name)

    def __dir__(self) -> list[str]:
        with contextlib.suppress(AttributeError):  # it may ask for its own names
            self.__getattr__("__doc__")
        return list(types.ModuleType.__dir__(self))
