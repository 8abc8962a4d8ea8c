"""Handles signals for the length of a block."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import FrameType


@contextmanager
def signals_handled(handle: Callable[[int, FrameType | None], object], *names: str) -> Iterator[None]:
    """Call a function with each signal of these names, such as `SIGINT`, and put the handlers before back at the end.

    A signal that the system lacks has no effect, nor has any outside the main thread, which alone can set handlers.
    """
    numbers = [signal.Signals[name] for name in names if hasattr(signal, name)]
    before: dict[signal.Signals, Callable[[int, FrameType | None], object] | int | None] = {}
    # ValueError: another thread.
    with suppress(ValueError):
        for number in numbers:
            before[number] = signal.signal(number, handle)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
