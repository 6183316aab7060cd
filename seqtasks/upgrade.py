"""Results of earlier schemas, brought to the present one: none is ever dropped.

Schema 1 (November 2026) had no optimum, conversions, last loss, ``resumed`` and
``rerun_of``. Schema 2 added them. Schema 3 has the field's own names: ``baselines`` for
floors, ``published`` for references, ``implementation`` for a path or a loop, and the
names of tasks, options and metrics below. Schema 4 added ``task_code`` and
``cell_code``. Schema 5 added ``search``, ``purpose``
and the status ``pruned``.
"""

import functools
import importlib.util
from collections.abc import Iterator, Mapping
from typing import Any

# earlier names of tasks
TASKS = {
    "recall": "associative_recall",
    "keyword": "keyword_spotting",
    "speech_frames": "speech_synthesis",
    "gesture": "gesture_recognition",
}
# earlier names of options and of metrics, by the task's present name
_OPTIONS = {
    "forecast": {
        "history": "lookback",
        "segment": "patch_length",
        "variables": "channel_independent",
        "origin": "normalization",
    },
}
_METRICS = {"music_lm": {"frame_accuracy": "multipitch_accuracy"}}
_SETTINGS = {"loop": "implementation", "recompute_every": "gradient_checkpoint_every"}
_FIELDS = {"floors": "baselines", "references": "published", "path": "implementation"}

# options that a task got later, with the defaults that change nothing of earlier runs
_OWN_SPLITS = {
    "train": 0.7,
    "validation": 0.0,
    "split_seed": 0,
    "fold": 0,
    "folds": 0,
}
_ADDED_OPTIONS: dict[str, dict[str, Any]] = {
    "captioning": _OWN_SPLITS,
    "char_lm": {
        "split": "auto",
        "files": "*",
        "text": "",
        "train": 0.9,
        "validation": 0.0,
        "split_seed": 0,
    },
    "chords": _OWN_SPLITS,
    "forecast": {
        "time": "",
        "dates": "auto",
        "decimal": "auto",
        "missing": "",
        "series": "",
        "train": 0.6,
        "validation": 0.2,
    },
    "gesture_recognition": {
        "columns": "",
        "decimal": "auto",
        "person": "",
        **_OWN_SPLITS,
    },
    "keyword_spotting": _OWN_SPLITS,
    "music_lm": _OWN_SPLITS,
    "speech_synthesis": _OWN_SPLITS,
    "text_classification": {"text": "", "label": "", "split": "", **_OWN_SPLITS},
    "video_frames": _OWN_SPLITS,
}

# any earlier name, for a person who still types it
EARLIER_NAMES = {
    earlier: present
    for names in (TASKS, _SETTINGS, *_OPTIONS.values(), *_METRICS.values())
    for earlier, present in names.items()
}

# values that were renamed, by the present name of what has them
_VALUES: dict[str, dict[str, Any]] = {
    "channel_independent": {"together": False, "apart": True},
    "implementation": {"parallel": "scan"},
}


def upgrade(data: dict[str, Any]) -> None:
    """Brings the fields of a result of any earlier schema to the present one, in place.

    Fields that no schema had, and values of another type, are left as they are, for the
    reader to refuse.

    Args:
        data: Fields of one result with its ``schema_version``.
    """
    # schema 2 added fields that have defaults, and renamed none
    if data["schema_version"] in (1, 2):
        _to_3(data)
    # schemas 4 and 5 as well only added fields
    data["schema_version"] = 5
    task = data.get("task")
    if isinstance(task, str) and _is_ours(task, data.get("task_reference")):
        # in a file or in a folder: a task may have moved since
        data["task_reference"] = _reference(task)
        if isinstance(data.get("options"), dict):
            data["options"] = {**_ADDED_OPTIONS.get(task, {}), **data["options"]}


def _to_3(data: dict[str, Any]) -> None:
    """Gives all that was renamed its present name, in place."""
    _rename(data, _FIELDS)
    task = data.get("task")
    options: dict[str, str] = {}
    metrics: dict[str, str] = {}
    if isinstance(task, str) and _is_ours(task, data.get("task_reference")):
        task = TASKS.get(task, task)
        data |= {"task": task, "task_reference": _reference(task)}
        options, metrics = _OPTIONS.get(task, {}), _METRICS.get(task, {})
    published = [*_objects(data.get("published"))]
    for run in (data, *published):
        _rename(run.get("settings"), _SETTINGS)
        _rename(run.get("options"), options)
    in_history = {f"validation_{old}": f"validation_{metrics[old]}" for old in metrics}
    splits = data.get("metrics")
    for values in splits.values() if isinstance(splits, dict) else ():
        _rename(values, metrics)
    _rename(data.get("metric_units"), metrics)
    for epoch in _objects(data.get("history")):
        _rename(epoch, in_history)
    known = (*_objects(data.get("baselines")), *_objects(data.get("conversions")))
    for one in (*known, *published, *_objects([data.get("optimum")])):
        if isinstance(one.get("metric"), str):
            one["metric"] = metrics.get(one["metric"], one["metric"])
    if isinstance(data.get("monitor"), str):
        data["monitor"] = metrics.get(data["monitor"], data["monitor"])


def _is_ours(task: str, reference: Any) -> bool:
    modules = (f"seqtasks.tasks.{task}", f"seqtasks.tasks.{task}.task")
    return reference in [f"{module}:{task}" for module in modules]


@functools.cache
def _reference(task: str) -> str:
    """The place of a task of ours, found without importing the task."""
    module = f"seqtasks.tasks.{task}"
    spec = importlib.util.find_spec(module) if task.isidentifier() else None
    is_folder = spec is not None and spec.submodule_search_locations is not None
    return f"{module}.task:{task}" if is_folder else f"{module}:{task}"


def _rename(holder: Any, names: Mapping[str, str]) -> None:
    """Renames keys of an object, and renamed values, in place and in order."""
    if not isinstance(holder, dict):
        return
    items = [*holder.items()]
    holder.clear()
    for name, value in items:
        present = names.get(name, name)
        values = _VALUES.get(present, {}) if name in names else {}
        known = isinstance(value, str)
        holder[present] = values.get(value, value) if known else value


def _objects(items: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list."""
    if isinstance(items, list):
        yield from (item for item in items if isinstance(item, dict))
