"""The command ``seqtasks``: finds the commands, turns errors into exit codes."""

import contextlib
import difflib
import errno
import importlib
import os
import sys
from typing import Any

import click

import seqtasks
from seqtasks.cli.parameters import echo, refuse_repeated
from seqtasks.errors import SeqtasksError
from seqtasks.loading import TRACEBACK, place_of

# in the order in which a newcomer meets them; each is loaded when it is called
_COMMANDS = (
    *(
        "list",
        "show",
        "run",
        "sweep",
        "tune",
        "status",
        "rerun",
        "table",
        "plot",
        "report",
        "compare",
        "merge",
    ),
    *("verify", "predict", "sample", "export", "score", "trace", "xray", "check"),
    *("new", "bench", "selftest"),
    *("ablate", "horizon", "exercise"),
)

INTERRUPTED = 130

# likeness of an option that may have been meant, of at most 1
_NEAR = 0.75

# of a stream: a full disk, a failing one, a pipe that nobody reads
_OUTPUT_ERRORS = (errno.ENOSPC, errno.EIO, errno.EPIPE)


class _LazyGroup(click.Group):
    """Commands by file: ``seqtasks/cli/<name>.py`` defines ``command``."""

    def list_commands(self, context):
        return list(_COMMANDS)

    def get_command(self, context, name):
        if name not in _COMMANDS:
            return None
        return importlib.import_module(f"seqtasks.cli.{name}").command

    def resolve_command(self, context, args):
        name, command, words = super().resolve_command(context, args)
        if command is not None:
            refuse_repeated(command, words, context)
        return name, command, words

    def main(self, *args: Any, **kwargs: Any) -> Any:
        # no command needs all classes, and to import them takes a second
        seqtasks._classes_after_keras.remove()
        with _whole_output():
            return super().main(*args, **kwargs)

    def invoke(self, context):
        try:
            return super().invoke(context)
        except SeqtasksError as error:
            echo(f"Error: {error}", err=True)
            context.exit(error.exit_code)
        except click.NoSuchOption as error:
            # click also names what is as near as --once is to --cel
            near = difflib.get_close_matches(
                error.option_name, error.possibilities or (), cutoff=_NEAR
            )
            raise click.NoSuchOption(
                error.option_name, possibilities=near, ctx=error.ctx
            ) from None
        except OSError as error:
            # a file's, for which no command has a better sentence
            if error.filename is None or os.environ.get(TRACEBACK):
                raise
            echo(f"Error: Could not use {error.filename}: {error.strerror}.", err=True)
            context.exit(1)
        except SystemExit as error:
            # click ends by exceptions of its own: this is code of a task or a cell
            if error.code not in (None, 0):
                raise
            echo(
                f"Error: Code of a task or a cell ended the program by "
                f"sys.exit{place_of(error)}, before the command was done.",
                err=True,
            )
            context.exit(1)
        except KeyboardInterrupt:
            echo("Interrupted.", err=True)
            context.exit(INTERRUPTED)


@contextlib.contextmanager
def _whole_output():
    """No character and no full disk ends a command with a traceback.

    A character that the output's encoding lacks is written as an escape: Windows gives
    a pipe its old code page, and ``LC_ALL=C`` is ASCII.
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        yield
    except OSError as error:
        if error.filename is not None or error.errno not in _OUTPUT_ERRORS:
            raise
        # the interpreter flushes both once more when it ends
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        with contextlib.suppress(OSError):
            echo(f"Error: Could not write the output: {error.strerror}.", err=True)
        os.dup2(nowhere, sys.stderr.fileno())
        sys.exit(1)


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="seqtasks", prog_name="seqtasks")
def main() -> None:
    """Train recurrent cells on sequence tasks, and compare what they reach.

    \b
    Begin with    seqtasks list
    then          seqtasks run char_lm

    Exit codes: 0 done, 1 the run failed, 2 wrong usage or bad input, 3 the data is not
    available, 4 the run diverged, 130 interrupted, 143 terminated.
    """  # noqa: D301 (click reads the backspace)


if __name__ == "__main__":
    sys.exit(main())
