"""Has the player carry out the changes that need no other music: tempo, channel, program, mute, pause."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.music.meter_map import BAR_LINES, Grid
from musicgen_live.music.notes import PPQ
from musicgen_live.player.commands import Command, Panic, SetChannel, SetMute, SetPause, SetProgram, SetTempo
from musicgen_live.session.context import SessionContext
from musicgen_live.session.part_values import muted_parts
from musicgen_live.session.playhead import Playhead
from musicgen_live.session.state import LiveState

BEAT_MARGIN_S = 0.03
"""A beat that is nearer keeps its tempo."""


class ImmediateChanges:
    """Sends the values of the parameters that apply at once."""

    def __init__(self, playhead: Playhead, context: SessionContext) -> None:
        self._playhead = playhead
        self._context = context
        self._functions: dict[str, Callable[[LiveState], int]] = {
            "tempo": self._set_tempo_soon,
            "channel": lambda state: self._send(SetChannel(state.settings.channel - 1)),
            **dict.fromkeys(("program", "bank"), self.set_program),
            "mute": self._set_mute,
            **dict.fromkeys(("mute-at", "quantise"), lambda _: self._now_tick()),
            "pause": lambda state: self._send(SetPause(state.pause)),
            "panic": lambda _: self._send(Panic()),
        }
        for name, row in PARAMETERS.items():
            if row.field_of_part in ("mute", "solo") and row.part:
                self._functions[name] = self._set_part_mutes
            elif row.field_of_part in ("program", "bank") and row.part:
                self._functions[name] = partial(self.set_program, part=row.part)
        self._muted_parts: frozenset[str] = frozenset()

    def carry_out(self, name: str, state: LiveState) -> int:
        """Send the value that a parameter has in a state, and return the tick from which it holds."""
        return self._functions[name](state)

    def set_tempo(self, at_tick: int, tempo: float) -> None:
        """Set the tempo from a tick on."""
        self._context.send(SetTempo(at_tick, tempo))
        self._context.publish(self._playhead.change_tempo(at_tick, tempo))

    def _send(self, command: Command) -> int:
        self._context.send(command)
        return self._now_tick()

    def _now_tick(self) -> int:
        return self._playhead.tick_at(self._context.now_s())

    def _set_mute(self, state: LiveState) -> int:
        if state.mute_at == "now":
            return self._send(SetMute(state.mute))
        at_tick = self._next_place()
        self._context.send(SetMute(state.mute, at_tick))
        return at_tick

    def _set_part_mutes(self, state: LiveState) -> int:
        """Mute the parts that are to be silent, and let the others sound, at the moment that holds for mute."""
        at_tick = None if state.mute_at == "now" else self._next_place()
        self._mute_parts(state, at_tick)
        return self._now_tick() if at_tick is None else at_tick

    def _mute_parts(self, state: LiveState, at_tick: int | None) -> None:
        muted = muted_parts(state.parts)
        for part in sorted(muted ^ self._muted_parts):
            self._context.send(SetMute(part in muted, at_tick, part))
        self._muted_parts = muted

    def settle_parts(self, state: LiveState, was: LiveState, at_tick: int) -> None:
        """Mute parts, or let them sound, from a tick on, and set their programs now, a little before."""
        self._mute_parts(state, at_tick)
        for part, values in state.parts.items():
            if (values.program, values.bank) != (was.parts[part].program, was.parts[part].bank):
                self.set_program(state, part)

    def set_program(self, state: LiveState, part: str = "") -> int:
        """Choose program and bank of a part, or of music that is not split; return the present tick."""
        values = state.parts[part] if part else state.settings
        program = None if values.program is None else values.program - 1
        return self._send(SetProgram(program, values.bank, part))

    def _set_tempo_soon(self, state: LiveState) -> int:
        at_tick = self._next_place(Grid(ticks=PPQ))
        self.set_tempo(at_tick, state.settings.tempo)
        return at_tick

    def _next_place(self, grid: Grid = BAR_LINES) -> int:
        """Return the first bar line, or place of another grid, that the player can still act on."""
        return self._playhead.place_after(self._context.now_s() + self._context.ahead_s + BEAT_MARGIN_S, grid)
