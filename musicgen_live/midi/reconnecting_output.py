"""The way to one port: its channel and transposition, and what happens when the port goes and comes back."""

from __future__ import annotations

from collections.abc import Callable

from musicgen_live.errors import PortError
from musicgen_live.midi.hanging_notes import HangingNotes, silence
from musicgen_live.midi.messages import CLICK_CHANNEL, CLICK_PITCH, NOTE_OFF, NOTE_ON, PROGRAM_CHANGE
from musicgen_live.midi.port import PortOutput

OPEN_AGAIN_AFTER = 4
"""Calls of `attend` between two tries to open a port that has no client: it takes 25 to 60 ms, and holds up notes."""


class ReconnectingOutput:
    """An output that survives its port.

    Messages for a port that is not there are let go; `poll`, called a few times a second, notices that it went and
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
        own_channel: int | None = None,
        transpose: int = 0,
        may_be_missing: bool = False,
        owed: tuple[bytes, ...] = (),
        sent: Callable[[bytes], None] | None = None,
    ) -> None:
        """Open the port; PortError if it is not there, unless it `may_be_missing`.

        `channel` is that of the music, 0 to 15, which may change; `own_channel` is this port's instead. `program`
        is 0 to 127, `transpose` in semitones. A port that may be missing is one that was open before: it too is
        silenced first, on all channels of `owed`, which are the messages that have to be sent so that nothing sounds
        on. `sent` is called with each message as it goes out, just before it does.
        """
        self.name = name
        self._open_port = open_port
        self._tell = tell
        self._own_channel = own_channel
        self._channel = channel if own_channel is None else own_channel
        self._program = program
        self._transpose = transpose
        self._sent = sent
        self._owed = HangingNotes(placed for message in owed if (placed := self._placed(message)))
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

        Clicks, which are at ticks below 0, and messages of the clock stay as they are.
        """
        is_click = tick < 0 and (message[0] & 0x0F, message[1:2]) == (CLICK_CHANNEL, bytes((CLICK_PITCH,)))
        placed = message if is_click or message[0] >= 0xF0 else self._placed(message)
        if placed is None:
            return
        if placed[0] < 0xF0 and not is_click:
            self._channel = placed[0] & 0x0F
            if placed[0] & 0xF0 == PROGRAM_CHANGE:
                self._program = placed[1]
        if self._is_lost or self._port is None:
            return
        if self._sent:
            self._sent(placed)
        try:
            self._port.send(tick, placed)
        except PortError as error:
            self._lose(str(error))
            return
        self._owed.update(placed)

    def _placed(self, message: bytes) -> bytes | None:
        """A channel message as this port has it; None for a note that is out of range here."""
        channel = message[0] & 0x0F if self._own_channel is None else self._own_channel
        kind = message[0] & 0xF0
        if kind not in (NOTE_ON, NOTE_OFF):
            return bytes((kind | channel,)) + message[1:]
        pitch = message[1] + self._transpose
        return bytes((kind | channel, pitch, message[2])) if 0 <= pitch <= 127 else None

    def poll(self) -> None:
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
        releases = self._owed.messages()
        channels = sorted({self._channel, *(message[0] & 0x0F for message in releases)})
        program = [] if self._program is None else [bytes((PROGRAM_CHANGE | self._channel, self._program))]
        for message in [*silence(channels, releases), *program]:
            self._port.send(0, message)
        self._owed.clear()
