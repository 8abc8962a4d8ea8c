"""Counts the ticks in a command to the player as the player does, which knows of no other time signature."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from musicgen_live.music.notes import Note
from musicgen_live.music.pedal import PedalPress
from musicgen_live.player.commands import Command, Cut, Feed, Finish, Replace, SetMeter, SetMute, SetTempo, YieldTo


def earlier(command: Command, ticks: int) -> Command:
    """Return a command whose ticks are lower by so many."""
    if isinstance(command, Feed):
        return Feed(_notes(command.notes, ticks), _pedal(command.pedal, ticks))
    if isinstance(command, Replace):
        notes, pedal = _notes(command.notes, ticks), _pedal(command.pedal, ticks)
        return Replace(command.from_tick - ticks, command.until_tick - ticks, notes, pedal)
    if isinstance(command, YieldTo):
        return YieldTo(command.from_tick - ticks, command.until_tick - ticks)
    if isinstance(command, Cut | Finish | SetTempo | SetMeter) or (
        isinstance(command, SetMute) and command.tick is not None
    ):
        return replace(command, tick=(command.tick or 0) - ticks)
    return command


def _notes(notes: Iterable[Note], ticks: int) -> tuple[Note, ...]:
    return tuple(replace(note, start_tick=note.start_tick - ticks) for note in notes)


def _pedal(pedal: Iterable[PedalPress], ticks: int) -> tuple[PedalPress, ...]:
    return tuple(replace(press, start_tick=press.start_tick - ticks) for press in pedal)
