"""Keeps what a player has behind its playhead as it will sound when the DAW goes back there, after changes too."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from musicgen_live.generation.composer import Bar
from musicgen_live.music.notes import Note
from musicgen_live.music.pedal import PedalPress
from musicgen_live.player.commands import Command, Replace

BARS_AT_ONCE = 16
"""So many bars are replaced together: the player must not be busy with hundreds of them while a note is due."""

Sent = tuple[tuple[Note, ...], tuple[PedalPress, ...]]
"""The notes and the pedal of bars."""


@dataclass(frozen=True)
class _Stale:
    """A bar that the player has, and that is to be replaced by its notes as they are sent now, or by none."""

    bar: Bar
    comes_again: bool


class PassedMusic:
    """The bars that a player still has as they were before a change.

    A bar that has not passed yet sounds on as it is. It is replaced as soon as it has, or when the DAW jumps.
    """

    def __init__(self, send: Callable[[Command], None], sent: Callable[[list[Bar]], Sent]) -> None:
        """`sent` returns the notes and the pedal of bars as they are sent now."""
        self._send = send
        self._sent = sent
        self._stale: dict[int, _Stale] = {}

    def outdate(self, bars: Iterable[Bar]) -> None:
        """Have bars not come again."""
        self._stale.update((bar.start_tick, _Stale(bar, comes_again=False)) for bar in bars)

    def send_again(self, bars: Iterable[Bar]) -> None:
        """Have bars come again as they are sent from now on."""
        self._stale.update((bar.start_tick, _Stale(bar, comes_again=True)) for bar in bars)

    def replace_before(self, tick: int) -> None:
        """Replace some of the bars that end by a tick."""
        found = [stale for stale in self._stale.values() if stale.bar.end_tick <= tick]
        self._replace(found[:BARS_AT_ONCE])

    def replace_all(self) -> None:
        """Replace all bars, as the DAW has gone to another place."""
        self._replace(list(self._stale.values()))

    def _replace(self, found: list[_Stale]) -> None:
        for stale in found:
            del self._stale[stale.bar.start_tick]
            sent: Sent = self._sent([stale.bar]) if stale.comes_again else ((), ())
            self._send(Replace(stale.bar.start_tick, stale.bar.end_tick, *sent))
