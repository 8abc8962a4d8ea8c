"""Notices that the JACK server has died, by what the JACK library prints then: rtmidi tells nobody."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_LAST_WORDS = "JackSocketClientChannel read fail"
"""Printed within 10 ms of the server's end by the libjack that python-rtmidi brings along, and at no other time."""

_printed = logging.getLogger("musicgen_live.midi.c_output")


@contextmanager
def watching_for_jack_death(notice: Callable[[], None]) -> Iterator[None]:
    """Call `notice`, from a thread that does nothing else, if the JACK server dies inside the block.

    Works within `diverted_c_output`, whose log it reads.
    """
    handler = _Handler(notice)
    level = _printed.level
    _printed.setLevel(logging.DEBUG)
    _printed.addHandler(handler)
    try:
        yield
    finally:
        _printed.removeHandler(handler)
        _printed.setLevel(level)


class _Handler(logging.Handler):
    def __init__(self, notice: Callable[[], None]) -> None:
        super().__init__(logging.DEBUG)
        self._notice = notice

    def emit(self, record: logging.LogRecord) -> None:
        if _LAST_WORDS in record.getMessage():
            self._notice()
