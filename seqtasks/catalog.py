"""TASKS and CELLS: what the package brings, what others add, what a path names."""

import importlib.util
import inspect
from pathlib import Path
from typing import Any

from seqtasks.registry import Registry


def _built_in_tasks() -> dict[str, str]:
    """Each file or folder of ``tasks`` is one: file or folder = function = name."""
    spec = importlib.util.find_spec("seqtasks.tasks")
    assert spec is not None
    found = {}
    for folder in spec.submodule_search_locations or ():
        for path in Path(folder).glob("*.py"):
            if not path.stem.startswith("_"):
                found[path.stem] = f"seqtasks.tasks.{path.stem}:{path.stem}"
        for path in Path(folder).glob("*/task.py"):
            name = path.parent.name
            found[name] = f"seqtasks.tasks.{name}.task:{name}"
    return found


def _built_in_cells() -> dict[str, str]:
    return {
        "elman": "seqtasks.cells.elman:ElmanCell",
        "lstm": "seqtasks.cells.lstm:LSTMCell",
        "gru": "seqtasks.cells.gru:GRUCell",
        "min_gru": "seqtasks.cells.min_gru:MinGRUCell",
        "min_lstm": "seqtasks.cells.min_lstm:MinLSTMCell",
        "peephole_lstm": "seqtasks.cells.peephole_lstm:PeepholeLSTMCell",
        "layer_norm_lstm": "seqtasks.cells.layer_norm_lstm:LayerNormLSTMCell",
        "slstm": "seqtasks.cells.slstm:SLSTMCell",
        "janet": "seqtasks.cells.janet:JANETCell",
        "ugrnn": "seqtasks.cells.ugrnn:UGRNNCell",
        "rhn": "seqtasks.cells.rhn:RHNCell",
        "ind_rnn": "seqtasks.cells.ind_rnn:IndRNNCell",
        "fast_grnn": "seqtasks.cells.fast_grnn:FastGRNNCell",
        "co_rnn": "seqtasks.cells.co_rnn:CoRNNCell",
        "lem": "seqtasks.cells.lem:LEMCell",
        "cfc": "seqtasks.cells.cfc:CfCCell",
        "lmu": "seqtasks.cells.lmu:LMUCell",
        "lru": "seqtasks.cells.lru:LRUCell",
        "rg_lru": "seqtasks.cells.rg_lru:RGLRUCell",
        # Keras' own, as contenders at the same price
        "keras_simple_rnn": "keras.layers:SimpleRNNCell",
        "keras_lstm": "keras.layers:LSTMCell",
        "keras_gru": "keras.layers:GRUCell",
    }


def _is_task_function(value: Any) -> bool:
    return inspect.isfunction(value)


def _is_cell_class(value: Any) -> bool:
    return inspect.isclass(value) and hasattr(value, "call")


TASKS = Registry("task", _built_in_tasks, "seqtasks.tasks", _is_task_function)
CELLS = Registry("cell", _built_in_cells, "seqtasks.cells", _is_cell_class)
