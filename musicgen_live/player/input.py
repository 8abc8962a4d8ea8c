"""What musicians play at the input ports: told, played through where asked, and kept apart from our own echo."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from musicgen_live.midi.hanging_notes import HangingNotes
from musicgen_live.midi.messages import CONTROL_CHANGE, NOTE_OFF, NOTE_ON, PITCH_BEND, PROGRAM_CHANGE
from musicgen_live.player.loopback import LoopbackFilter
from musicgen_live.player.protocol import Incoming, Received, Report
from musicgen_live.player.sender import Sender
from musicgen_live.player.timing import PICKUP_TICKS
from musicgen_live.player.voices import Voices

PASSED_ON = (NOTE_ON, NOTE_OFF, CONTROL_CHANGE, PROGRAM_CHANGE, PITCH_BEND)
"""The kinds of messages that musicians are heard by."""

_EARLY_KEPT = 512


class MusicianInput:
    """Tells each message with its place, a release only after its strike.

    `place` is, each time, the tick of the music and the tick of the take, below 0 where what is struck is to be no part
    of the take.
    """

    def __init__(
        self, voices: Voices, sender: Sender, loopback: LoopbackFilter, report: Callable[[Report], None]
    ) -> None:
        self._voices = voices
        self._sender = sender
        self._loopback = loopback
        self._report = report
        self._ports: dict[int, tuple[Incoming, HangingNotes]] = {}
        """The last message of each port, and what the musician there still has to release."""
        self._early: deque[tuple[float, bytes]] = deque(maxlen=_EARLY_KEPT)
        """What was played through before the take, which may turn out to have begun then."""

    def receive(self, came: Incoming, place: tuple[int, int]) -> None:
        """Take a message that has come in."""
        message = came.message
        kind = message[0] & 0xF0
        if kind not in PASSED_ON or message[0] >= 0xF0:
            return
        if kind == NOTE_ON and not message[2]:
            kind, message = NOTE_OFF, bytes((NOTE_OFF | message[0] & 0x0F, message[1], 0))
        owed = self._ports[came.port][1] if came.port in self._ports else HangingNotes()
        self._ports[came.port] = came, owed
        release = bytes((NOTE_OFF | message[0] & 0x0F, message[1], 0))
        is_held = release in owed
        if kind == NOTE_OFF:
            if self._loopback.is_release(came.port, came.at_s, message[1], is_held=is_held) or not is_held:
                return
        elif self._is_echo(came, message, is_held=is_held):
            return
        elif kind == NOTE_ON and is_held:
            self._pass_on(came, release, place)
        owed.update(message)
        self._pass_on(came, message, place)

    def lose(self, port: int, at_s: float, place: tuple[int, int]) -> None:
        """A port is gone: whoever played there has let go."""
        self._loopback.forget(port)
        if port not in self._ports:
            return
        came, owed = self._ports.pop(port)
        for message in owed.messages():
            self._pass_on(Incoming(port, came.source, came.thru, at_s, message), message, place)

    def forget_early(self) -> None:
        """What was played through before the take is no part of it: it has been released aside."""
        self._early.clear()

    def begin(self, tick_at: Callable[[float], int]) -> None:
        """The take begins, or has begun: what was played through since then belongs to it."""
        for at_s, message in self._early:
            if (tick := tick_at(at_s)) >= -PICKUP_TICKS:
                self._sender.enter(max(0, tick), message)
                self._sender.report_if_sent()
                self._voices.recorded(message)
        self._early.clear()

    def _is_echo(self, came: Incoming, message: bytes, *, is_held: bool) -> bool:
        is_strike = message[0] & 0xF0 == NOTE_ON
        is_held = is_held and is_strike
        if self._loopback.is_light(came.port, came.at_s, message, is_held=is_held):
            return True
        # A knob of a keyboard that is played through comes in at its control port too, and must count there.
        may_be_played = is_strike or came.thru
        return may_be_played and self._loopback.is_ours(came.port, came.at_s, message, is_held=is_held)

    def _pass_on(self, came: Incoming, message: bytes, place: tuple[int, int]) -> None:
        self._report(Received(came.source, place[0], came.at_s, message))
        if came.thru:
            self._play(came, message, place)

    def _play(self, came: Incoming, message: bytes, place: tuple[int, int]) -> None:
        kind, owner = message[0] & 0xF0, (came.port, message[0] & 0x0F)
        send = partial(self._send, came.at_s)
        tick = max(self._sender.reached, place[1])
        if kind == NOTE_ON:
            self._voices.note_on(owner, (message[1], message[2]), tick, send, in_take=place[1] >= 0)
        elif kind == NOTE_OFF:
            self._voices.release(owner, message[1], tick, send)
        else:
            # Also while the music stands still: a pedal that goes up then must not stay down in the take.
            self._voices.control(message, place[1] if place[0] < 0 else tick, send)

    def _send(self, at_s: float, take_tick: int, message: bytes) -> None:
        if take_tick < 0:
            self._early.append((at_s, message))
        self._sender.send_at_once(take_tick, message)
