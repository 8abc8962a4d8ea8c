"""Our own messages, told apart from a musician's where an output is connected to an input. Knows bytes and moments."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import takewhile

from musicgen_live.midi.messages import NOTE_OFF, NOTE_ON

ECHO_S = 0.03
"""A message that comes in so soon after one like it went out is that one: a DAW's monitoring takes two periods."""

HELD_ECHO_S = 0.5
"""The same of a key that is held, which nobody can strike again: a machine that stood still may be that late."""

_KEPT = 1024


@dataclass(frozen=True)
class _Sent:
    at_s: float
    likeness: bytes
    back_at: set[int] = field(default_factory=set)
    """The ports where it has come in."""


class LoopbackFilter:
    """What went out lately, and which of it has come back and not ended.

    Music may come back several times. What goes to a light or a fader comes back once at most, so a pad that is pressed
    right after its light came back counts.
    """

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._played: deque[_Sent] = deque(maxlen=_KEPT)
        """Without channels, as a DAW's track may have another one, and without the velocities of releases."""
        self._shown: deque[_Sent] = deque(maxlen=_KEPT)
        self._sounding: set[tuple[int, int]] = set()

    def sent(self, message: bytes) -> None:
        """Note what goes out to an output, as it does; to be told just before."""
        if message[0] < 0xF0:
            self._played.append(_Sent(self._now_s(), _without_channel(message)))

    def shown(self, message: bytes) -> None:
        """Note what goes to a light or a fader; to be told just before."""
        self._shown.append(_Sent(self._now_s(), message))

    def is_ours(self, port: int, at_s: float, message: bytes, *, is_held: bool = False) -> bool:
        """Whether what came in at a port, by its number, at `at_s` is what we played; for releases see `is_release`.

        `is_held` says that a musician holds this key at that port.
        """
        is_ours = any(_like(self._played, _without_channel(message), at_s, is_held=is_held))
        if is_ours:
            self._enter_back(port, message)
        return is_ours

    def is_light(self, port: int, at_s: float, message: bytes, *, is_held: bool = False) -> bool:
        """Whether what came in is what we sent to a light or a fader; a second time, it is not."""
        due = [sent for sent in _like(self._shown, message, at_s, is_held=is_held) if port not in sent.back_at]
        if not due:
            return False
        due[-1].back_at.add(port)
        self._enter_back(port, message)
        return True

    def is_release(self, port: int, at_s: float, pitch: int, *, is_held: bool) -> bool:
        """Whether a release is ours; `is_held` says that a musician, too, holds the pitch at that port.

        Then it is ours only if one went out just before: a note of theirs that ends too early is better than one that
        never ends.
        """
        if (port, pitch) not in self._sounding or (is_held and not self._was_released(at_s, pitch)):
            return False
        self._sounding.discard((port, pitch))
        return True

    def forget(self, port: int) -> None:
        """A port is gone, and what sounded there."""
        self._sounding = {(number, pitch) for number, pitch in self._sounding if number != port}

    def _enter_back(self, port: int, message: bytes) -> None:
        if message[0] & 0xF0 == NOTE_ON:
            self._sounding.add((port, message[1]))

    def _was_released(self, at_s: float, pitch: int) -> bool:
        return any(
            _released(sent.likeness) == pitch
            for log in (self._played, self._shown)
            for sent in _latest(log, at_s - ECHO_S, at_s)
        )


def _like(log: deque[_Sent], likeness: bytes, at_s: float, *, is_held: bool) -> Iterator[_Sent]:
    latest = _latest(log, at_s - (HELD_ECHO_S if is_held else ECHO_S), at_s)
    return (sent for sent in latest if sent.likeness == likeness)


def _latest(log: deque[_Sent], from_s: float, until_s: float) -> Iterator[_Sent]:
    """What went out from one moment to another, the latest first."""
    # Times rise to the right. What went out after a message came in is no cause of it.
    return (sent for sent in takewhile(lambda sent: sent.at_s >= from_s, reversed(log)) if sent.at_s <= until_s)


def _released(message: bytes) -> int | None:
    """The pitch that a message releases."""
    kind = message[0] & 0xF0
    return message[1] if kind == NOTE_OFF or (kind == NOTE_ON and not message[2]) else None


def _without_channel(message: bytes) -> bytes:
    kind = message[0] & 0xF0
    return bytes((kind,)) + (message[1:2] if kind == NOTE_OFF else message[1:])
