"""Our own messages, told apart from a musician's where an output is connected to an input. Knows bytes and moments.

What comes in less than `ECHO_S` after one like it went out is that one. On a machine that stands still for a quarter of
a second, ours come back later than that, and no other clock reading helps: the message lies that long in the MIDI
server, between the moment at which it was handed over and the one at which it is handed back, and both are read
rightly. So more is asked of a strike or a controller that comes later, up to `LATE_ECHO_S`. It is ours if it has not
come back at this port before, and if

- lately, a third of what went out did come back at this port, so that there is a loop; or
- the musician holds that very key already, and cannot strike it again.

In a loop this swallows nobody's note: one strike like it will still come in, ours, and is then taken for theirs. Where
there is no loop, only what agrees with ours within `ECHO_S` by chance is lost.

A release is ours where ours sounds and the musician does not hold that key as well. If they do, it is ours only within
`ECHO_S` of one that went out: a note of theirs that ends too early is better than one that never ends.

What goes to lights and faders is kept apart from music, because it is only there that each message comes back at most
once: a pad that is pressed right after its light came back counts, even within `ECHO_S`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from musicgen_live.outputs.base import NOTE_OFF, NOTE_ON

ECHO_S = 0.03
"""How soon ours is back on a machine that runs: a DAW's monitoring takes two periods."""

LATE_ECHO_S = 0.5
"""How late ours may be back: two standstills of 0.25 s, beyond which notes are left out anyway."""

LATELY_S = 10.0
"""How long it is kept what went out, and whether it came back."""

LOOPED_SHARE = 1 / 3
"""What share comes back where there is a loop: of two or three outputs, one may be in it."""

_KEPT = 4096


@dataclass
class _Sent:
    at_s: float
    likeness: bytes
    to: int
    back_at: set[int] = field(default_factory=set)
    """The ports where it has come in."""


_Log = deque[_Sent]
"""In the order of sending."""


class Echoes:
    """What went out lately, and which of it has come back and not ended."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._played: _Log = deque(maxlen=_KEPT)
        """What went to outputs, without channels: a DAW's track may have another one."""
        self._shown: _Log = deque(maxlen=_KEPT)
        """What went to lights and faders."""
        self._sounding: set[tuple[int, int]] = set()

    def sent(self, message: bytes, to: int = 0) -> None:
        """Note what goes out to an output, by its number, as it does; to be told just before."""
        if message[0] < 0xF0:
            self._enter(self._played, _without_channel(message), to)

    def shown(self, message: bytes, to: int = 0) -> None:
        """Note what goes to a light or a fader of a device, by its number; to be told just before."""
        self._enter(self._shown, message, to)

    def is_ours(self, port: int, at_s: float, message: bytes, *, is_held: bool = False) -> bool:
        """Whether what came in at a port, by its number, at `at_s`, is what we played; for releases see `is_release`.

        `is_held` says that a musician holds this key at that port.
        """
        return self._is_back(self._played, port, at_s, message, is_held=is_held)

    def is_light(self, port: int, at_s: float, message: bytes, *, is_held: bool = False) -> bool:
        """Whether what came in is what we sent to a light or a fader."""
        return self._is_back(self._shown, port, at_s, message, is_held=is_held)

    def is_release(self, port: int, at_s: float, pitch: int, *, is_held: bool) -> bool:
        """Whether a release is ours; `is_held` says that a musician, too, holds the pitch at that port."""
        if (port, pitch) not in self._sounding or (is_held and not self._was_released(at_s, pitch)):
            return False
        self._sounding.discard((port, pitch))
        return True

    def forget(self, port: int) -> None:
        """A port is gone, and what sounded there."""
        self._sounding = {(number, pitch) for number, pitch in self._sounding if number != port}

    def _enter(self, log: _Log, likeness: bytes, to: int) -> None:
        now_s = self._now_s()
        while log and log[0].at_s < now_s - LATELY_S:
            log.popleft()
        log.append(_Sent(now_s, likeness, to))

    def _is_back(self, log: _Log, port: int, at_s: float, message: bytes, *, is_held: bool) -> bool:
        likeness = _without_channel(message) if log is self._played else message
        # What went out after a message came in is no cause of it.
        like = [sent for sent in log if sent.likeness == likeness and at_s - LATE_ECHO_S <= sent.at_s <= at_s]
        if not like:
            return False
        is_soon = like[-1].at_s >= at_s - ECHO_S
        from_s = at_s - (LATE_ECHO_S if is_held or _is_looped(log, port, at_s) else ECHO_S)
        due = next((sent for sent in like if sent.at_s >= from_s and port not in sent.back_at), None)
        if due is None and (log is self._shown or not is_soon):
            return False
        if due is not None:
            _enter_back(like, due, port)
        if message[0] & 0xF0 == NOTE_ON:
            self._sounding.add((port, message[1]))
        return True

    def _was_released(self, at_s: float, pitch: int) -> bool:
        return any(
            at_s - ECHO_S <= sent.at_s <= at_s and _released(sent.likeness) == pitch
            for log in (self._played, self._shown)
            for sent in log
        )


def _enter_back(like: list[_Sent], due: _Sent, port: int) -> None:
    """Enter that one is back, and what was given to other outputs together with it: one of them may be in a loop."""
    outputs = {due.to}
    due.back_at.add(port)
    for sent in like:
        if due.at_s <= sent.at_s <= due.at_s + ECHO_S and sent.to not in outputs:
            outputs.add(sent.to)
            sent.back_at.add(port)


def _is_looped(log: _Log, port: int, at_s: float) -> bool:
    """Whether what went out comes back at a port, by what had the time to."""
    old = [sent for sent in log if sent.at_s < at_s - ECHO_S and _released(sent.likeness) is None]
    return bool(old) and sum(port in sent.back_at for sent in old) >= LOOPED_SHARE * len(old)


def _released(message: bytes) -> int | None:
    """The pitch that a message releases."""
    kind = message[0] & 0xF0
    return message[1] if kind == NOTE_OFF or (kind == NOTE_ON and not message[2]) else None


def _without_channel(message: bytes) -> bytes:
    kind = message[0] & 0xF0
    return bytes((kind,)) + (message[1:2] if kind == NOTE_OFF else message[1:])
