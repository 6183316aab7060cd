"""Who ran a run, if a person wants it in the result."""

import os
import subprocess

from seqtasks.errors import UsageError

VARIABLE = "SEQTASKS_AUTHOR"

# stands for the name that git has
_GIT = "git"

_LONGEST = 80


def author_of(given: str | None = None) -> str:
    """The author of a run; empty if none is given, and nothing is then found out.

    Args:
        given: A name, or ``"git"`` for the user of git; ``None`` for that of the
            environment variable ``SEQTASKS_AUTHOR``.

    Raises:
        UsageError: If git has no user, or the name is none.
    """
    name = os.environ.get(VARIABLE, "") if given is None else given
    name = " ".join(name.split())
    if name == _GIT:
        name = _git_user()
    if len(name) > _LONGEST or not name.isprintable():
        raise UsageError(
            f"Expected an author of at most {_LONGEST} characters that can be printed; "
            f"received {name[:_LONGEST]!r}. Give another with --author or {VARIABLE}."
        )
    return name


def _git_user() -> str:
    command = ["git", "config", "user.name"]
    try:
        found = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=10
        )
        name = found.stdout.strip()
    except (OSError, subprocess.SubprocessError):
        name = ""
    if not name:
        raise UsageError(
            "Expected git to know the author; `git config user.name` gives none. Set "
            'it with `git config --global user.name "NAME"`, or write --author NAME.'
        )
    return name
