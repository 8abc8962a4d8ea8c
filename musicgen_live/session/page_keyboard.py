"""Passes what is played on pages in the browser on to the player, each page as an input port of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from musicgen_live.errors import SettingsError
from musicgen_live.player.commands import Incoming, InputGone
from musicgen_live.player.config import PAGE_KEYBOARD, InputOptions

NOT_PLAYED = "nobody is listened to on the page; play with --input page"


class PageKeyboard:
    """Makes commands to the player of the messages of pages, which are numbered from 0. May be called by any thread."""

    def __init__(self, inputs: Sequence[InputOptions], put: Callable[[Incoming | InputGone], None]) -> None:
        """Have `put` take each command; `inputs` are those of the player."""
        self._options = next((options for options in inputs if options.name == PAGE_KEYBOARD), None)
        self._first_port = len(inputs)
        self._put = put

    def receive(self, page: int, at_s: float, message: bytes) -> None:
        """Take a channel message that was played on a page at a moment; SettingsError if nobody is listened to."""
        if self._options is None:
            raise SettingsError(NOT_PLAYED)
        self._put(Incoming(self._first_port + page, self._options.source, self._options.thru, at_s, message))

    def lose(self, page: int) -> None:
        """Release what is held on a page that is gone."""
        if self._options is not None:
            self._put(InputGone(self._first_port + page))
