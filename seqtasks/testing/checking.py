"""What a check is: a function of a subject that returns a sentence if it fails."""

import dataclasses
import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import tensorflow as tf

from seqtasks.errors import DataUnavailableError, UsageError
from seqtasks.loading import describe, meant, own_line, without_marks

Subject = TypeVar("Subject")


@dataclasses.dataclass(frozen=True)
class NotApplicable:
    """What a check returns of a subject that lacks what it is about.

    Args:
        reason: Reason, as the end of "not applicable: …".
    """

    reason: str


Check = Callable[[Subject], str | NotApplicable | None]


class Outcome(NamedTuple):
    """What one check found.

    Args:
        name: The property, as in ``"rows do not mix"``.
        sentence: What was expected, what was received and what to do about it, or
            ``None`` if the property holds.
        not_applicable: Reason why there is nothing to check; else empty.
    """

    name: str
    sentence: str | None
    not_applicable: str = ""


class CheckError(AssertionError):
    """A cell or a task does not keep its contract.

    Args:
        subject: The name of the cell or the task.
        failed: The checks that failed; all of their sentences are in the message.
    """

    def __init__(self, subject: str, failed: Sequence[Outcome]):
        self.failed = tuple(failed)
        lines = [f"- {outcome.name}: {outcome.sentence}" for outcome in failed]
        super().__init__(
            "\n".join([f"{subject} fails {len(failed)} check(s):", *lines])
        )


def run_checks(
    subject: Subject,
    required: Sequence[Check[Subject]],
    others: Sequence[Check[Subject]],
) -> Iterator[Outcome]:
    """Runs checks one by one, so that each can be shown when it is done.

    Args:
        subject: What is checked.
        required: Without these nothing else can be checked: the first failure ends it.
        others: These are all run.

    Yields:
        The outcome of each check, in order.
    """
    for check in required:
        outcome = _run(check, subject)
        yield outcome
        if outcome.sentence is not None:
            return
    for check in others:
        yield _run(check, subject)


def raise_if_any_failed(subject: str, outcomes: Iterator[Outcome]) -> None:
    """Runs all checks and raises one error with the sentences of all that failed.

    Raises:
        CheckError: If a check failed.
    """
    failed = [outcome for outcome in outcomes if outcome.sentence is not None]
    if failed:
        raise CheckError(subject, failed)


def raised(error: BaseException) -> str:
    """An exception in one line: its message, and the line of the user's file."""
    if isinstance(error, SystemExit | tf.errors.OpError):
        # TensorFlow quotes what a generator raised at the end of its own message
        return describe(error)
    own = own_line(error)
    where = f" (line {own[1]} of {own[0].name})" if own else ""
    message = f"{_message(str(error)).rstrip('.')}{meant(error)}"
    return f"{type(error).__name__}: {message}{where}"


# Keras wraps what a layer raised in a text of its own.
_WRAPPED = re.compile(
    r"\x1b\[1m(?P<call>.+?)\x1b\[0m|Exception encountered: (?P<config>.+)"
)


def _message(message: str) -> str:
    """The first line of what was raised first."""
    wrapped = _WRAPPED.search(message)
    if wrapped:
        message = wrapped["call"] or wrapped["config"]
    return without_marks(message.strip().partition("\n")[0])


def _run(check: Check[Subject], subject: Subject) -> Outcome:
    name = check.__name__.replace("_", " ")
    try:
        with warnings.catch_warnings():
            # a check has a sentence about it
            warnings.filterwarnings("ignore", ".* received `from_logits=True`")
            found = check(subject)
    except (UsageError, DataUnavailableError):
        # an answer to what was asked for, not a fault of the subject
        raise
    except (Exception, SystemExit) as error:
        return Outcome(name, f"This could not be checked; it raised {raised(error)}.")
    if isinstance(found, NotApplicable):
        return Outcome(name, None, found.reason)
    return Outcome(name, found)
