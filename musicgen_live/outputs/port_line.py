"""The way to one port: its channel and transposition, and what happens when the port goes and comes back."""

from __future__ import annotations

from collections.abc import Callable

from musicgen_live.errors import PortError
from musicgen_live.outputs.base import NOTE_OFF, NOTE_ON
from musicgen_live.outputs.port import PortOutput
from musicgen_live.outputs.silence import silence

OPEN_AGAIN_AFTER = 4
"""Calls of `attend` between two tries to open a port that has no client: it takes 25 to 60 ms, and holds up notes."""


class PortLine:
    """An output that survives its port.

    Messages for a port that is not there are let go; `attend`, called a few times a second, notices that it went and
    opens it again when it is back. The first thing sent then is silence, with the note-offs that were owed.
    """

    def __init__(
        self,
        name: str,
        open_port: Callable[[], PortOutput],
        tell: Callable[[str], None],
        *,
        channel: int,
        program: int | None,
        transpose: int = 0,
        may_be_missing: bool = False,
        owed: tuple[int, ...] = (),
    ) -> None:
        """Open the port; PortError if it is not there, unless it `may_be_missing`.

        `channel` 0 to 15 and `program` 0 to 127 are this port's own, `transpose` is in semitones. A port that may be
        missing is one that was open before: it too is silenced first, and `owed` are the pitches, as fed, to release.
        """
        self.name = name
        self._open_port = open_port
        self._tell = tell
        self._channel = channel
        self._program = program
        self._transpose = transpose
        self._owed = {pitch + transpose for pitch in owed if 0 <= pitch + transpose <= 127}
        self._port: PortOutput | None = None
        self._is_lost = False
        self._tries = 0
        try:
            self._port = open_port()
        except PortError:
            if not may_be_missing:
                raise
            self._lose(f'The MIDI port "{self}" is not there.')
        else:
            self.name = str(self._port)
            if may_be_missing:
                self._send_silence()

    def __str__(self) -> str:
        return self.name

    @property
    def channel(self) -> int:
        """0 to 15."""
        return self._channel

    def send(self, tick: int, message: bytes) -> None:
        """Send one channel message, on this port's channel and transposed, if the port is there.

        Clicks, which are at ticks below 0, stay as they are.
        """
        kind = message[0] & 0xF0 if message[0] < 0xF0 else message[0]
        is_click = tick < 0
        if kind < 0xF0 and not is_click:
            message = bytes((kind | self._channel,)) + message[1:]
        if kind in (NOTE_ON, NOTE_OFF) and not is_click:
            pitch = message[1] + self._transpose
            if not 0 <= pitch <= 127:
                return
            message = bytes((message[0], pitch, message[2]))
        if self._is_lost or self._port is None:
            return
        try:
            self._port.send(tick, message)
        except PortError as error:
            self._lose(str(error))
            return
        if is_click:
            return
        if kind == NOTE_ON:
            self._owed.add(message[1])
        elif kind == NOTE_OFF:
            self._owed.discard(message[1])

    def attend(self) -> None:
        """See whether the port is there: 0.3 ms if nothing has changed."""
        if self._port is None:
            self._tries += 1
            if self._tries % OPEN_AGAIN_AFTER == 0:
                self._open_anew()
        elif self._port.is_there():
            if self._is_lost:
                self._reopen(self._port)
        elif not self._is_lost:
            self._lose(f'The MIDI port "{self}" is gone.')

    def close(self) -> None:
        """Close the port if there is one."""
        if self._port is not None:
            self._port.close()

    def _lose(self, reason: str) -> None:
        self._is_lost = True
        self._tell(f"{reason} The music goes on; the port is opened again as soon as it is back.")

    def _open_anew(self) -> None:
        try:
            self._port = self._open_port()
        except PortError:
            return  # still missing, which has been said
        self.name = str(self._port)
        self._come_back()

    def _reopen(self, port: PortOutput) -> None:
        try:
            port.reopen()
        except PortError:
            return  # gone again before it could be opened; it stays lost
        self._come_back()

    def _come_back(self) -> None:
        try:
            self._send_silence()
        except PortError:
            return  # gone again while it was silenced; it stays lost, and what it is owed stays owed
        self._is_lost = False
        self._tell(f'The MIDI port "{self}" is back.')

    def _send_silence(self) -> None:
        assert self._port is not None
        releases = [bytes((NOTE_OFF | self._channel, pitch, 0)) for pitch in sorted(self._owed)]
        program = [] if self._program is None else [bytes((0xC0 | self._channel, self._program))]
        for message in [*silence([self._channel], releases), *program]:
            self._port.send(0, message)
        self._owed.clear()
