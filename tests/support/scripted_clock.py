"""A player's clock with a script of commands, and literals for messages."""

from __future__ import annotations

from musicgen_live.music.tempo_map import TempoMap
from musicgen_live.player.clock import Mailbox, ManualClock
from musicgen_live.player.commands import Command
from musicgen_live.player.transport.internal import InternalTransport

ON, OFF, ALL_OFF = 0x90, 0x80, bytes((0xB0, 123, 0))


def on(tick: int, pitch: int, velocity: int = 80) -> tuple[int, bytes]:
    return tick, bytes((ON, pitch, velocity))


def off(tick: int, pitch: int) -> tuple[int, bytes]:
    return tick, bytes((OFF, pitch, 0))


def at_tempo(tempo: float, origin_s: float | None = None) -> InternalTransport:
    return InternalTransport(TempoMap(((0, tempo),)), origin_s)


class Scripted(ManualClock):
    """A manual clock on which commands arrive at given seconds."""

    def __init__(self, script: list[tuple[float, Command]]) -> None:
        super().__init__()
        self._script = script

    def put(self, at_s: float, command: Command) -> None:
        """Add a command to the script."""
        self._script.append((at_s, command))
        self._script.sort(key=lambda entry: entry[0])

    def wait(self, mailbox: Mailbox, until_s: float | None) -> Command | None:
        if self._script and (until_s is None or self._script[0][0] < until_s):
            at_s, command = self._script.pop(0)
            self._now_s = max(self._now_s, at_s)
            return command
        return super().wait(mailbox, until_s)
