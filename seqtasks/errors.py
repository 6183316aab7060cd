"""Errors that a person can act on, each with its exit code, and how they are shown."""

import sys


class SeqtasksError(Exception):
    """A run that could not be made; the message names the remedy."""

    exit_code = 1


class UsageError(SeqtasksError):
    """Something was asked for that cannot be: a name, a value, a file."""

    exit_code = 2


class DataUnavailableError(SeqtasksError):
    """The data is not on this machine and could not be fetched."""

    exit_code = 3


def printable(text: str) -> str:
    r"""The text with all that does not print written as an escape, as in ``\x1b``.

    A result, a file's name or an error's words may come from anyone. Terminal
    sequences, changes of the direction of writing, invisible characters and lone
    surrogates are shown as what they are. Line breaks and tabs stay.
    """
    if text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(
        c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode()
        for c in text
    )


def shortened(value: object, most: int = 80) -> str:
    """A value as Python writes it, for a sentence; of a long one the beginning."""
    try:
        text = repr(value)
    except RecursionError:
        return "a value of too many levels"
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return "a number of too many digits"
    return text if len(text) <= most else f"{text[:most]}…"


def notice(sentence: str) -> None:
    """Prints what a person should know to standard error, with escapes written out."""
    print(printable(sentence), file=sys.stderr)
