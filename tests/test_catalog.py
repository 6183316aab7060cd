import importlib.util
from pathlib import Path

import pytest

from seqtasks.catalog import CELLS, TASKS


def test_each_file_of_the_folder_of_tasks_is_a_task():
    spec = importlib.util.find_spec("seqtasks.tasks")
    assert spec is not None
    (folder,) = spec.submodule_search_locations or ()
    files = {path.stem for path in Path(folder).glob("*.py")} - {"__init__"}
    own = {n for n, entry in TASKS.entries().items() if entry.origin == "seqtasks"}
    assert own == files


@pytest.mark.parametrize("registry", [TASKS, CELLS], ids=["tasks", "cells"])
def test_everything_has_a_summary_of_one_sentence(registry):
    for entry in registry.entries().values():
        assert entry.summary().endswith("."), entry
