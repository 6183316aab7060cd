"""The contracts of a task and of a cell, as checks that anyone can run."""

from seqtasks.testing.cell_checks import cell_outcomes, check_cell
from seqtasks.testing.checking import CheckError, Outcome
from seqtasks.testing.task_checks import check_task, task_outcomes

__all__ = [
    "CheckError",
    "Outcome",
    "cell_outcomes",
    "check_cell",
    "check_task",
    "task_outcomes",
]
