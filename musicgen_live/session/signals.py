"""What Ctrl-C, SIGTERM and SIGHUP do for the length of a block."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def signals_as_interrupts() -> Iterator[None]:
    """SIGTERM and SIGHUP end a take as Ctrl-C does, and the first of them is the last one heard.

    One Ctrl-C may come twice, from the terminal and from a launcher that passes it on, and the second one would cut the
    good end short; that end is bounded by the watch over the player.
    """
    interrupted = False

    def interrupt() -> None:
        nonlocal interrupted
        if not interrupted:
            interrupted = True
            raise KeyboardInterrupt

    with signals_call(interrupt):
        yield


@contextmanager
def signals_call(react: Callable[[], None]) -> Iterator[None]:
    """Call this on Ctrl-C, SIGTERM and SIGHUP; outside the main thread, where no handler can be put, never."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        react()

    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        names = []
    before = {name: signal.signal(getattr(signal, name), handle) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
