"""How a command ends that trains many runs, and goes on when it is typed again."""

import contextlib
import signal
from collections.abc import Callable, Iterator
from typing import Any

import click

from seqtasks.cli.parameters import echo


@contextlib.contextmanager
def stopping() -> Iterator[Callable[[int, Any], None]]:
    """Within it SIGTERM does what Ctrl-C does, as a job queue's; both end the command.

    Yields:
        The handler of SIGTERM, to be set again where a library sets its own.

    Raises:
        Exit: With 143 after SIGTERM, with 130 after Ctrl-C.
    """
    received = []

    def receive(number: int, frame: Any) -> None:
        received.append(number)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, receive)
    try:
        yield receive
    except KeyboardInterrupt:
        echo("Stopped. The same command goes on.", err=True)
        raise click.exceptions.Exit(143 if received else 130) from None
    finally:
        signal.signal(signal.SIGTERM, before)
