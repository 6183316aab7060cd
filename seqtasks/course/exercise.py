"""An exercise: what to do, the command to type, and the check of the answer."""

import dataclasses
from collections.abc import Callable

from seqtasks.course.answer import Answer
from seqtasks.course.student import Student


@dataclasses.dataclass(frozen=True)
class Exercise:
    """One of the ten.

    Args:
        title: What it is about, in a few words.
        form: Form of the answer, as typed after ``--check``.
        state: Gives the text for a student.
        solve: Gives what a teacher wants to see: the right answer, and why.
        check: Returns a sentence on a right answer, or raises
            :class:`~seqtasks.course.answer.WrongAnswer`.
    """

    title: str
    form: str
    state: Callable[[Student], str]
    solve: Callable[[Student], str]
    check: Callable[[Answer], str]
