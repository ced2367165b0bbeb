"""Signals that end a command, held back from work that must not be cut in two."""

import contextlib
import signal
import threading
from collections.abc import Iterator

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def held_signals() -> Iterator[None]:
    """Hold back signals until the end of the context, then raise the first that came.

    Python runs handlers in the main thread only, so in other threads there is nothing to hold.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    with contextlib.ExitStack() as handlers:
        for number in SIGNALS:
            handler = signal.getsignal(number)
            if handler is None:  # not installed by Python, which cannot restore it
                continue
            handlers.callback(signal.signal, number, handler)  # the work may install others
            if callable(handler):
                signal.signal(number, lambda number, frame: came.append(number))
        yield
    if came:
        signal.raise_signal(came[0])
