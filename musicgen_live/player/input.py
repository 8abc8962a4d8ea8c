"""Handles messages of musicians at the input ports: reports, records and plays them, and drops our own echo."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from musicgen_live.midi.hanging_notes import HangingNotes
from musicgen_live.midi.messages import DATA_BYTES, NOTE_OFF, NOTE_ON, is_channel_mode, is_note_on, is_well_formed
from musicgen_live.player.commands import Incoming
from musicgen_live.player.loopback import LoopbackFilter
from musicgen_live.player.reports import Received, Report
from musicgen_live.player.sender import Sender
from musicgen_live.player.timing import PICKUP_TICKS
from musicgen_live.player.voices import Voices

_MAX_EARLY = 512


def is_accepted(message: bytes) -> bool:
    """Return True for a channel message; others, above all clock and active sensing, concern no musician."""
    return is_well_formed(message) and message[0] & 0xF0 in DATA_BYTES


class MusicianInput:
    """Reports each message with its tick, and note-offs only after their note-ons.

    What comes in at a port for notes goes to the take, on a channel of its own, and with thru to the outputs too.

    `ticks` are in every method the tick of the music and the tick of the take. The latter is below 0 for a note that is
    not part of the take.
    """

    def __init__(
        self, voices: Voices, sender: Sender, loopback: LoopbackFilter, report: Callable[[Report], None]
    ) -> None:
        """`voices` are those of musicians, on a channel that the music does not use."""
        self._voices = voices
        self._heard = HangingNotes()
        """The notes, pedals and bends that hold at the outputs."""
        self._sender = sender
        self._loopback = loopback
        self._report = report
        self._is_thru: bool | None = None
        """True if notes are played through, False if not; None as each port has it."""
        self._ports: dict[int, tuple[Incoming, HangingNotes]] = {}
        """The last message of each port, and the notes and pedals that are held there."""
        self._early: deque[tuple[float, bytes]] = deque(maxlen=_MAX_EARLY)
        """Messages before the take; if it begins with them, they become part of it."""

    def receive(self, incoming: Incoming, ticks: tuple[int, int]) -> None:
        """Handle a message from an input port."""
        message = incoming.message
        if not is_accepted(message):
            return
        if is_channel_mode(message):
            self._change_mode(incoming, ticks)
            return
        kind = message[0] & 0xF0
        note_off = bytes((NOTE_OFF | message[0] & 0x0F, message[1], 0))
        if kind == NOTE_ON and not message[2]:
            kind, message = NOTE_OFF, note_off
        hanging = self._ports[incoming.port][1] if incoming.port in self._ports else HangingNotes()
        self._ports[incoming.port] = incoming, hanging
        is_held = note_off in hanging
        if kind == NOTE_OFF:
            is_echo = self._loopback.is_echoed_release(incoming.port, incoming.at_s, message[1], is_held=is_held)
            if is_echo or not is_held:
                return
        elif self._is_echo(incoming, message, is_held=is_held):
            return
        elif kind == NOTE_ON and is_held:
            self._pass_on(incoming, note_off, ticks)
        hanging.update(message)
        self._pass_on(incoming, message, ticks)

    def _change_mode(self, incoming: Incoming, ticks: tuple[int, int]) -> None:
        """Release what a mode message such as All Notes Off ends at its port.

        The message itself goes no further: at the outputs it would end the notes of the music too.
        """
        if self._loopback.is_echo(incoming.port, incoming.at_s, incoming.message):
            return
        hanging = self._ports[incoming.port][1] if incoming.port in self._ports else HangingNotes()
        for release in hanging.ended_by(incoming.message):
            hanging.update(release)
            self._pass_on(incoming, release, ticks)

    def set_thru(self, *, is_thru: bool) -> None:
        """Play the notes of musicians through, or no longer: then their pedals go up and their bends back."""
        self._is_thru = is_thru
        for message in self._heard.messages():
            if not is_thru and message[0] & 0xF0 != NOTE_OFF:
                self._heard.update(message)
                # In the take the pedal stays down until the foot lifts it.
                self._sender.send_at_once(-1, message)

    def _passes_through(self, incoming: Incoming, is_thru: bool | None) -> bool:
        return incoming.thru if is_thru is None or incoming.source != "input" else is_thru

    def lose_port(self, port: int, at_s: float, ticks: tuple[int, int]) -> None:
        """Release the keys and pedals that were held at a port that is gone."""
        self._loopback.forget_port(port)
        if port not in self._ports:
            return
        last, hanging = self._ports.pop(port)
        for message in hanging.messages():
            self._pass_on(Incoming(port, last.source, last.thru, at_s, message), message, ticks)

    def release_all(self, at_s: float, ticks: tuple[int, int]) -> None:
        """Release the keys and pedals that are held at all ports; their own releases are ignored then."""
        for port in tuple(self._ports):
            self.lose_port(port, at_s, ticks)

    def end_notes(self, at_s: float, take_tick: int) -> None:
        """End what musicians hold; the take that may begin later has none of it."""
        tick = max(self._sender.reached, take_tick)
        self._voices.release_keys(tick, partial(self._send, at_s, is_through=False))
        self._early.clear()
        self._sender.report_if_sent()

    def begin(self, tick_at: Callable[[float], int]) -> None:
        """Record the messages since the take began, which may be earlier than now."""
        for at_s, message in self._early:
            if (tick := tick_at(at_s)) >= -PICKUP_TICKS:
                self._sender.record(max(0, tick), message)
                self._sender.report_if_sent()
                self._voices.mark_recorded(message)
        self._early.clear()

    def _is_echo(self, incoming: Incoming, message: bytes, *, is_held: bool) -> bool:
        is_held = is_held and is_note_on(message)
        if self._loopback.is_feedback_echo(incoming.port, incoming.at_s, message, is_held=is_held):
            return True
        # A knob of a keyboard with thru is also received at its control port, and must not be dropped there.
        may_be_echo = is_note_on(message) or self._passes_through(incoming, self._is_thru)
        return may_be_echo and self._loopback.is_echo(incoming.port, incoming.at_s, message, is_held=is_held)

    def _pass_on(self, incoming: Incoming, message: bytes, ticks: tuple[int, int]) -> None:
        self._report(Received(incoming.source, ticks[0], incoming.at_s, message))
        if incoming.source == "input":
            self._play(incoming, message, ticks)

    def _play(self, incoming: Incoming, message: bytes, ticks: tuple[int, int]) -> None:
        kind, owner = message[0] & 0xF0, (incoming.port, message[0] & 0x0F)
        music_tick, take_tick = ticks
        send = partial(self._send, incoming.at_s, is_through=self._passes_through(incoming, self._is_thru))
        tick = max(self._sender.reached, take_tick)
        if kind == NOTE_ON:
            self._voices.note_on(owner, (message[1], message[2]), tick, send, in_take=take_tick >= 0)
        elif kind == NOTE_OFF:
            self._voices.release(owner, message[1], tick, send)
        else:
            # Also while the music stands still: a pedal that goes up then must not stay down in the take.
            self._voices.control(message, take_tick if music_tick < 0 else tick, send)

    def _send(self, at_s: float, take_tick: int, message: bytes, *, is_through: bool) -> None:
        if take_tick < 0:
            self._early.append((at_s, message))
        # What was played through is released in any case, and no other key.
        is_release = message[0] & 0xF0 == NOTE_OFF
        if message in self._heard or (is_through and not is_release):
            self._heard.update(message)
            self._sender.send_at_once(take_tick, message)
        elif take_tick >= 0:
            self._sender.record(take_tick, message)
