"""Notices the death of the JACK server by a line that the JACK library prints, because rtmidi does not report it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_DEATH_MESSAGE = "JackSocketClientChannel read fail"
"""Printed within 10 ms of the server's end by the libjack inside python-rtmidi, and at no other time."""

_c_output_log = logging.getLogger("musicgen_live.midi.c_output")


@contextmanager
def watching_for_jack_death(on_death: Callable[[], None]) -> Iterator[None]:
    """Call `on_death`, from a thread that does nothing else, if the JACK server dies inside the block.

    Use it within `diverted_c_output`, because it reads the log of that.
    """
    handler = _Handler(on_death)
    level = _c_output_log.level
    _c_output_log.setLevel(logging.DEBUG)
    _c_output_log.addHandler(handler)
    try:
        yield
    finally:
        _c_output_log.removeHandler(handler)
        _c_output_log.setLevel(level)


class _Handler(logging.Handler):
    def __init__(self, on_death: Callable[[], None]) -> None:
        super().__init__(logging.DEBUG)
        self._on_death = on_death

    def emit(self, record: logging.LogRecord) -> None:
        if _DEATH_MESSAGE in record.getMessage():
            self._on_death()
