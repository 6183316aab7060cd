"""What a task's file declares beside its function: tags, and a size for studies.

Both are plain assignments at the top of the file, read without importing it::

    TAGS = ("memory", "quick")
    STUDY_PARAMS = 15_000
"""

import dataclasses

from seqtasks.errors import UsageError, shortened
from seqtasks.loading import constants
from seqtasks.registry import TASKS, nearest


@dataclasses.dataclass(frozen=True)
class Declared:
    """What a task declares.

    Args:
        tags: Names of the groups that it is in, as in ``@memory``.
        study_params: Number of parameters of the whole model at which cells are
            compared; ``None`` if none is declared.
    """

    tags: tuple[str, ...] = ()
    study_params: int | None = None


def declared(task: str) -> Declared:
    """What a task declares, by its name or the path of its file.

    Raises:
        UsageError: If what it declares is of another type.
    """
    module = task if task.endswith(".py") else task.rpartition(".py:")[0] + ".py"
    attribute = task.rpartition(":")[2]
    if entry := TASKS.entries().get(task):
        module, _, attribute = entry.reference.rpartition(":")
    return _declared(task, module, attribute)


def _declared(task: str, module: str, attribute: str) -> Declared:
    found = constants(module, attribute)
    tags, params = found.get("TAGS", ()), found.get("STUDY_PARAMS")
    if not isinstance(tags, tuple) or not all(isinstance(one, str) for one in tags):
        raise UsageError(
            f"Expected TAGS of the task {task} to be a tuple of texts, as in "
            f'TAGS = ("memory",); received {shortened(tags)}.'
        )
    whole = isinstance(params, int) and not isinstance(params, bool) and params > 0
    if params is not None and not whole:
        raise UsageError(
            f"Expected STUDY_PARAMS of the task {task} to be a number of parameters, "
            f"as in STUDY_PARAMS = 15_000; received {shortened(params)}."
        )
    return Declared(tags, params)


def study_params(task: str) -> int:
    """The number of parameters at which cells are compared on a task.

    Raises:
        UsageError: If the task declares none.
    """
    found = declared(task).study_params
    if found is None:
        raise UsageError(
            f"Expected STUDY_PARAMS in the file of the task {task}, as --params task "
            f"asks for; it declares none. Add a line such as STUDY_PARAMS = 50_000, or "
            f"give a number, as in --params 50k."
        )
    return found


def groups() -> dict[str, list[str]]:
    """The installed tasks by the tags that they declare, both sorted."""
    found: dict[str, list[str]] = {}
    for name, entry in TASKS.entries().items():
        module, _, attribute = entry.reference.rpartition(":")
        for tag in _declared(name, module, attribute).tags:
            found.setdefault(tag, []).append(name)
    return dict(sorted(found.items()))


def group(tag: str) -> list[str]:
    """The installed tasks that declare a tag.

    Raises:
        UsageError: If none does.
    """
    known = groups()
    if tag not in known:
        raise UsageError(f"There is no group of tasks {tag!r}. {nearest(tag, known)}")
    return known[tag]
