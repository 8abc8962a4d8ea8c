"""Recognises our own messages at an input that is connected to one of our outputs. Knows bytes and moments."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from musicgen_live.midi.messages import NOTE_OFF, NOTE_ON, is_note_on

ECHO_S = 0.03
"""A message that arrives this soon after an equal one was sent is its echo: a DAW's monitoring takes two periods."""

HELD_ECHO_S = 0.5
"""The same for a key that is held, which nobody can press again: after a standstill an echo may be this late."""

_MAX_ENTRIES = 1024


@dataclass(frozen=True)
class _Sent:
    at_s: float
    message: bytes
    echoed_at: set[int] = field(default_factory=set)
    """The ports at which it was received."""


class LoopbackFilter:
    """The messages that were sent lately, and the echoed notes that still sound, by port.

    A note of the music may echo several times. Feedback to a light or a fader echoes once at most per port, so a pad
    pressed right after that echo still counts.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._sent: deque[_Sent] = deque(maxlen=_MAX_ENTRIES)
        """Music, without channels, because a DAW's track may change them, and without release velocities."""
        self._feedback: deque[_Sent] = deque(maxlen=_MAX_ENTRIES)
        self._sounding: set[tuple[int, int]] = set()

    def record_sent(self, message: bytes) -> None:
        """Record a message of the music; call it just before the message is sent."""
        if message[0] < 0xF0:
            self._sent.append(_Sent(self._now_s(), _without_channel(message)))

    def record_feedback(self, message: bytes) -> None:
        """Record a message for a light or a fader; call it just before the message is sent."""
        self._feedback.append(_Sent(self._now_s(), message))

    def is_echo(self, port: int, at_s: float, message: bytes, *, is_held: bool = False) -> bool:
        """Return True if a message received at `at_s` is music that we sent; for note-offs see `is_echoed_release`.

        `port` is the number of the input port. Set `is_held` if a musician holds this key at that port.
        """
        is_echo = any(_equal_ones(self._sent, _without_channel(message), at_s, is_held=is_held))
        if is_echo:
            self._add_echo(port, message)
        return is_echo

    def is_feedback_echo(self, port: int, at_s: float, message: bytes, *, is_held: bool = False) -> bool:
        """Return True if a message is our feedback to a light or a fader, False if it is received a second time."""
        candidates = _equal_ones(self._feedback, message, at_s, is_held=is_held)
        unechoed = [sent for sent in candidates if port not in sent.echoed_at]
        if not unechoed:
            return False
        unechoed[-1].echoed_at.add(port)
        self._add_echo(port, message)
        return True

    def is_echoed_release(self, port: int, at_s: float, pitch: int, *, is_held: bool) -> bool:
        """Return True if a note-off is our own; set `is_held` if a musician also holds the pitch at that port.

        If it is held, the note-off is ours only if we sent one just before: a musician's note that ends too early is
        better than one that never ends.
        """
        if (port, pitch) not in self._sounding or (is_held and not self._was_released(at_s, pitch)):
            return False
        self._sounding.discard((port, pitch))
        return True

    def forget_port(self, port: int) -> None:
        """Forget the notes that sound at a port that is gone."""
        self._sounding = {(number, pitch) for number, pitch in self._sounding if number != port}

    def _add_echo(self, port: int, message: bytes) -> None:
        if is_note_on(message):
            self._sounding.add((port, message[1]))

    def _was_released(self, at_s: float, pitch: int) -> bool:
        return any(
            _released_pitch(sent.message) == pitch
            for log in (self._sent, self._feedback)
            for sent in _latest(log, at_s - ECHO_S, at_s)
        )


def _equal_ones(log: deque[_Sent], message: bytes, at_s: float, *, is_held: bool) -> Iterator[_Sent]:
    latest = _latest(log, at_s - (HELD_ECHO_S if is_held else ECHO_S), at_s)
    return (sent for sent in latest if sent.message == message)


def _latest(log: deque[_Sent], from_s: float, until_s: float) -> Iterator[_Sent]:
    """Return the messages sent from one moment to another, the latest first."""
    # Times rise to the right. A message that was sent after another one was received is not its cause.
    return (sent for sent in takewhile(lambda sent: sent.at_s >= from_s, reversed(log)) if sent.at_s <= until_s)


def _released_pitch(message: bytes) -> int | None:
    """Return the pitch that a message releases, None if it releases none."""
    kind = message[0] & 0xF0
    return message[1] if kind == NOTE_OFF or (kind == NOTE_ON and not message[2]) else None


def _without_channel(message: bytes) -> bytes:
    kind = message[0] & 0xF0
    return bytes((kind,)) + (message[1:2] if kind == NOTE_OFF else message[1:])
