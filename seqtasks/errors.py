"""Errors that a person can act on: each carries the exit code of the command line."""


class SeqtasksError(Exception):
    """A run that could not be done; the message says what to do about it."""

    exit_code = 1


class UsageError(SeqtasksError):
    """Something was asked for that cannot be: a name, a value, a file."""

    exit_code = 2


class DataUnavailableError(SeqtasksError):
    """The data is not on this machine and could not be fetched."""

    exit_code = 3
