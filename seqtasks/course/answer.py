"""What a student answers, and what is said of it."""

import dataclasses
import re
from collections.abc import Sequence
from pathlib import Path

from seqtasks.course.student import Student
from seqtasks.errors import UsageError
from seqtasks.files import check_readable
from seqtasks.result import Result
from seqtasks.store import Store

_STUDENT = re.compile(r"#?\s*student:\s*(.+?)\s*", re.IGNORECASE)
_LARGEST = 2**20


class WrongAnswer(Exception):  # noqa: N818 (it is no error of the program)
    """An answer that is not right; the message says what differs."""


@dataclasses.dataclass(frozen=True)
class Quantity:
    """A number that is asked for.

    Args:
        name: Its name, as the exercise has it.
        value: The right value.
        how: How it is computed, for one whose number is another.
        mistakes: Values that come from a known mistake, each with its sentence.
        tolerance: How far off an answer may be; 0 for whole numbers.
    """

    name: str
    value: float
    how: str
    mistakes: tuple[tuple[float, str], ...] = ()
    tolerance: float = 0.005


@dataclasses.dataclass(frozen=True)
class Answer:
    """One answer: a value, a file, or the names of runs.

    Args:
        text: What was typed, or what stands in the answer's file.
        student: Whose it is.
        store: The folder of results, where runs are found.
    """

    text: str
    student: Student
    store: Store

    @property
    def parts(self) -> list[str]:
        """What commas, or line breaks of a file, divide."""
        return [part.strip() for part in re.split(r"[,\n]", self.text) if part.strip()]

    def check_numbers(self, quantities: Sequence[Quantity]) -> None:
        """Compares numbers in their order.

        Raises:
            WrongAnswer: Naming the first that differs, without its right value.
        """
        words = re.split(r"[\s,]+", self.text.strip())
        names = ", ".join(q.name for q in quantities)
        if len(words) != len(quantities):
            raise WrongAnswer(
                f"expected {len(quantities)} numbers, {names}, as in "
                f"{','.join('0.5' for _ in quantities)}; received {len(words)}."
            )
        for word, quantity in zip(words, quantities, strict=True):
            _check_number(word, quantity)

    def runs(self, count: int, what: str) -> list[Result]:
        """The results of the first parts, which name runs.

        Args:
            count: Number of runs.
            what: What they are, for the message.

        Raises:
            WrongAnswer: If there are fewer parts, or no such runs.
        """
        if len(self.parts) < count:
            raise WrongAnswer(
                f"expected {what}, with commas between; received {self.text.strip()!r}."
            )
        try:
            return [self.store.find(part) for part in self.parts[:count]]
        except UsageError as error:
            raise WrongAnswer(str(error)) from error


def _check_number(word: str, quantity: Quantity) -> None:
    try:
        value = float(word)
    except ValueError:
        raise WrongAnswer(
            f"expected a number for {quantity.name}; received {word!r}."
        ) from None

    def near(other: float) -> bool:
        return abs(value - other) <= quantity.tolerance

    if near(quantity.value):
        return
    for mistaken, sentence in quantity.mistakes:
        if near(mistaken):
            raise WrongAnswer(f"{quantity.name} is not {word}. {sentence}")
    raise WrongAnswer(f"{quantity.name} is not {word}. {quantity.how}")


def read_answer(text: str, student: str, store: Store) -> Answer:
    """The answer that was typed, or that stands in a file.

    A text file (``.txt``) holds the answer as it would be typed, and may name its
    student in a line ``student: NAME``, a cell's file (``.py``) in a comment of that
    form. The names of runs in a file are looked up in the folder of results.

    Args:
        text: A value, the name of a run or a path.
        student: The name given on the command line; empty for none.
        store: The folder of results.

    Raises:
        UsageError: If the file cannot be read, or names another student.
    """
    path = Path(text)
    if path.suffix not in (".txt", ".py"):
        return Answer(text, Student(student), store)
    check_readable(path, _LARGEST, "an answer")
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"Expected {path} to be a text file with an answer: {error}."
        ) from error
    named = [match[1] for line in lines if (match := _STUDENT.fullmatch(line.strip()))]
    if named and student and Student(student) != Student(named[0]):
        raise UsageError(
            f"{path} is the answer of {named[0]!r}; received --student {student!r}. "
            f"Leave --student out."
        )
    name = named[0] if named else student
    if path.suffix == ".txt":
        kept = [line for line in lines if not _STUDENT.fullmatch(line.strip())]
        text = "\n".join(kept)
    return Answer(text, Student(name), store)
