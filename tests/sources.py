"""Every file of the package and of the tasks, parsed once for all tests."""

import ast
import functools
import gc
from pathlib import Path

import seqtasks

PACKAGE = Path(seqtasks.__file__).parent
TASKS = PACKAGE.parent / "tasks"


@functools.cache
def sources() -> dict[str, tuple[Path, ast.Module]]:
    """Each module with its file and its tree."""
    found = {}
    gc.disable()  # which would search all of these nodes again and again
    for folder, name in ((PACKAGE, "seqtasks"), (TASKS, "seqtasks.tasks")):
        for path in sorted(folder.rglob("*.py")):
            parts = path.relative_to(folder).with_suffix("").parts
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found[".".join((name, *parts))] = path, tree
    gc.enable()
    assert len(found) > 200
    return found
