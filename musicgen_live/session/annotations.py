"""Writes into the take what happens to it: first changes, and a musician who joins in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from musicgen_live.midi.takes.label import PLAYED_ALONG, TakeLabel, steered
from musicgen_live.player.commands import Annotate, Command


class Annotations:
    """The label of a take as it is by now; each thing is written once."""

    def __init__(self, label: TakeLabel, send: Callable[[Command], None]) -> None:
        self.label = label
        self._send = send

    def add_change(self, name: str) -> None:
        """Write that a parameter was changed."""
        if name not in self.label.steered:
            self.label = replace(self.label, steered=(*self.label.steered, name))
            self._send(Annotate(steered(name)))

    def add_musician(self) -> None:
        """Write that a musician played a note."""
        if not self.label.has_musician:
            self.label = replace(self.label, has_musician=True)
            self._send(Annotate(PLAYED_ALONG))
