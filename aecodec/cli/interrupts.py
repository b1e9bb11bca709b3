"""Ctrl-C and SIGTERM at every moment: no traceback, and no half file.

While a command works, a signal raises KeyboardInterrupt, so that temporary files are removed;
before and after it ends the process. Some modules catch exceptions while they are imported, so a
signal that comes then is delayed.
"""

# `_signal` is what `signal` is made of, without `enum`, which takes longer than all else here
import _signal as signal  # type: ignore[import-not-found] # typeshed does not know it
import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

INTERRUPTED = 130  # the exit code
MESSAGE = b"aecodec: interrupted\n"
SECONDS_TO_WAIT = 0.01


def end_at_once() -> None:
    """From now on signals end the process, with a message on standard error.

    A signal that is put off still comes too late: the work is done.
    """
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0)

    def end(_signal: int, _frame: "FrameType | None") -> None:
        try:
            os.write(2, MESSAGE)
        finally:
            os._exit(INTERRUPTED)

    _handle(end)


def ignore() -> None:
    """From now on signals change nothing: all is done and told but the interpreter's own end.

    It takes handlers away as it ends, and a signal would look as if the work had not been done.
    """
    _handle(signal.SIG_IGN)


def raise_interrupts() -> None:
    """From now on signals raise KeyboardInterrupt."""

    def interrupt(_signal: int, frame: "FrameType | None") -> None:
        if not _importing(frame):
            raise KeyboardInterrupt
        signal.signal(signal.SIGALRM, interrupt)
        signal.setitimer(signal.ITIMER_REAL, SECONDS_TO_WAIT)

    _handle(interrupt)


def _handle(handler: "Callable[[int, FrameType | None], None] | int") -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) != signal.SIG_IGN:  # as it is behind nohup
            signal.signal(number, handler)


def _importing(frame: "FrameType | None") -> bool:
    """Tell whether a module is being imported, where signals can be put off."""
    if not hasattr(signal, "setitimer"):  # Windows
        return False
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        frame = frame.f_back
    return frame is not None
