"""Signals that end a run: Ctrl-C, and SIGTERM as ``timeout`` and job queues send it."""

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from types import FrameType

_AGAIN = (
    b"\nStopping after this step. Once more stops at once, "
    b"and goes back to the last checkpoint.\n"
)


class StoppedError(BaseException):
    """The run is to end, at a moment when its state is whole."""


class Signals:
    """What has arrived so far; made by :func:`watched`.

    Attributes:
        received: The first signal, ``None`` if there was none.
    """

    received: signal.Signals | None = None
    _shielded = False

    def stop_if_received(self) -> None:
        """Ends the run, if a signal has arrived.

        Raises:
            StoppedError: If one has.
        """
        if self.received is not None:
            raise StoppedError

    @property
    def word(self) -> str:
        """What happened to the run."""
        if self.received == signal.SIGTERM:
            return "Terminated (SIGTERM)"
        return "Interrupted"

    @contextlib.contextmanager
    def shield(self) -> Iterator[None]:
        """Lets no signal cut off the writing of a row."""
        self._shielded = True
        try:
            yield
        finally:
            self._shielded = False

    def _receive(self, number: int, frame: FrameType | None) -> None:
        # The first signal is noted only: the step goes on to its end, where the
        # callback finds it and the state is whole. An exception from here would break
        # off a step, and leave variables of two moments.
        again, self.received = self.received, self.received or signal.Signals(number)
        if self._shielded:
            return
        # The second may be a person in front of a step that never ends.
        if again is not None:
            raise KeyboardInterrupt
        if number == signal.SIGINT:
            os.write(2, _AGAIN)  # print may be in the middle of a line


@contextlib.contextmanager
def watched() -> Iterator[Signals]:
    """Notes signals instead of obeying them at once; a second one is obeyed.

    A signal that is handled already, or ignored as in a shell's background jobs, is
    left alone, and so are all of them outside the main thread.
    """
    signals = Signals()
    before = {}
    # Python lets the main thread alone set handlers
    if threading.current_thread() is threading.main_thread():
        for number, usual in (
            (signal.SIGINT, signal.default_int_handler),
            (signal.SIGTERM, signal.SIG_DFL),
        ):
            # Python's own handler stands for "nobody has chosen one": a job queue's
            # wrapper or a notebook keeps its own.
            if signal.getsignal(number) == usual:
                before[number] = signal.signal(number, signals._receive)
    try:
        yield signals
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
