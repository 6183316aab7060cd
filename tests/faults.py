"""What each file of checks of cells is held to."""

from seqtasks.testing.cell_checks import OTHERS, REQUIRED
from seqtasks.testing.cell_subject import CellSubject


def sentence_of(check, cell) -> str:
    """Sentence of a check about a cell of 8 units; ``"passed"`` of a good one."""
    return check(CellSubject(cell, 8, {})) or "passed"


def checks_of(module) -> set:
    """The checks of all cells that stand in a module."""
    return {check for check in REQUIRED + OTHERS if check.__module__ == module.__name__}
