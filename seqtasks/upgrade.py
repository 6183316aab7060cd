"""Results of earlier schemas, brought to the present one: none is ever dropped."""

from collections.abc import Callable, Mapping
from typing import Any

# tasks that were renamed, by their earlier names
TASKS = {
    "recall": "associative_recall",
    "keyword": "keyword_spotting",
    "speech_frames": "speech_synthesis",
    "gesture": "gesture_recognition",
}
# tasks that are one file; every other one that is ours is a folder
_SINGLE_FILES = ("adding", "copy_memory", "associative_recall")
_IMPLEMENTATIONS = {"parallel": "scan"}


def upgrade(data: dict[str, Any]) -> dict[str, Any]:
    """The fields of a result of any schema that was ever written, as today's.

    Args:
        data: The fields of one result with its ``schema_version``.

    Returns:
        New fields; what was given is not changed. Fields that no schema had are left
        as they are, for the reader to refuse.
    """
    while (step := _STEPS.get(data.get("schema_version", 0))) is not None:
        data = step(data)
    return data


def _to_2(data: Mapping[str, Any]) -> dict[str, Any]:
    """Schema 2 added fields that have defaults."""
    return {**data, "schema_version": 2}


def _to_3(data: Mapping[str, Any]) -> dict[str, Any]:
    """Schema 3 gave fields, tasks, options and metrics the field's own names."""
    data = _renamed(
        data, {"floors": "baselines", "references": "published", "path": _PATH}
    )
    data["implementation"] = _IMPLEMENTATIONS.get(
        data.get("implementation", ""), data.get("implementation", "")
    )
    if isinstance(data.get("settings"), dict):
        data["settings"] = _renamed(
            data["settings"],
            {"loop": _PATH, "recompute_every": "gradient_checkpoint_every"},
        )
        loop = data["settings"].get("implementation")
        if isinstance(loop, str):
            data["settings"]["implementation"] = _IMPLEMENTATIONS.get(loop, loop)
    reference = data.get("task_reference")
    task = data.get("task")
    if isinstance(reference, str) and reference == f"seqtasks.tasks.{task}:{task}":
        data |= _built_in(str(task), data)
    data["schema_version"] = 3
    return data


def _built_in(task: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a result of one of our own tasks that its new names change."""
    name = TASKS.get(task, task)
    module = name if name in _SINGLE_FILES else f"{name}.task"
    return {"task": name, "task_reference": f"seqtasks.tasks.{module}:{name}"}


def _renamed(data: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {names.get(name, name): value for name, value in data.items()}


_PATH = "implementation"
_STEPS: dict[Any, Callable[[dict[str, Any]], dict[str, Any]]] = {1: _to_2, 2: _to_3}
