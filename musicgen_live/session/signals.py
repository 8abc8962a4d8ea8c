"""Handles Ctrl-C, SIGTERM and SIGHUP for the length of a block."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from musicgen_live.config.signals import signals_handled


@contextmanager
def signals_as_interrupts() -> Iterator[None]:
    """Raise KeyboardInterrupt on SIGTERM and SIGHUP as on Ctrl-C, and ignore all but the first.

    One Ctrl-C may come twice, from the terminal and from a launcher that passes it on, and the second one would
    interrupt the orderly end, whose length the supervisor of the player limits.
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
    """Call a function on Ctrl-C, SIGTERM and SIGHUP; no effect outside the main thread, where no handler can be set."""
    with signals_handled(lambda _number, _frame: react(), "SIGINT", "SIGTERM", "SIGHUP"):
        yield
