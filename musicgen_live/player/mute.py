"""Knows from which tick on the music, or a part of it, is muted."""

from __future__ import annotations

from dataclasses import replace

from musicgen_live.player.commands import SetMute


class Mute:
    """The latest `SetMute`, and what holds before its tick."""

    def __init__(self) -> None:
        self._is_muted_before = False
        self._command = SetMute(is_muted=False)

    def set(self, command: SetMute, now_tick: int) -> None:
        """Replace the latest command; one whose tick has not come yet never holds."""
        self._is_muted_before = self.at(now_tick)
        self._command = command

    def jump(self) -> None:
        """Have the latest command hold at every tick, because the music has jumped: its tick may come much later."""
        self._command = replace(self._command, tick=None)

    def at(self, tick: int) -> bool:
        """Return True if a note that begins at a tick is muted."""
        holds = self._command.tick is None or tick >= self._command.tick
        return self._command.is_muted if holds else self._is_muted_before


class Mutes:
    """The mute of all music, and that of each part."""

    def __init__(self) -> None:
        self._by_part: dict[str, Mute] = {}

    def set(self, command: SetMute, now_tick: int) -> None:
        """Replace the latest command for all music, or for a part."""
        self._by_part.setdefault(command.part, Mute()).set(command, now_tick)

    def jump(self) -> None:
        """Have the latest commands hold at every tick, because the music has jumped."""
        for mute in self._by_part.values():
            mute.jump()

    def at(self, tick: int, part: str = "") -> bool:
        """Return True if a note of a part that begins at a tick is muted; without a part, if all music is."""
        return any(mute.at(tick) for name, mute in self._by_part.items() if name in ("", part))
