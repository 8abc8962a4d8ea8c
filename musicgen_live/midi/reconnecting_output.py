"""The output to one port, on its own channels and transposed, which survives a loss of the port."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress

from musicgen_live.config.port_options import PortOptions
from musicgen_live.errors import PortError
from musicgen_live.midi.hanging_notes import HangingNotes, silence
from musicgen_live.midi.messages import (
    CLICK_CHANNEL,
    CLICK_PITCH,
    NOTE_OFF,
    NOTE_ON,
    POLY_PRESSURE,
    is_channel_mode,
    is_program,
)
from musicgen_live.midi.port import POLLS_PER_OPENING, PortOutput
from musicgen_live.midi.port_channels import PortChannels, SharedKeys


class ReconnectingOutput:
    """An output that survives the loss of its port.

    Messages for a missing port are dropped. `poll`, called a few times per second, notices the loss and opens the port
    again when it is back; it then sends silence first, with the note-offs of hanging notes.
    """

    def __init__(
        self,
        options: PortOptions,
        open_port: Callable[[], PortOutput],
        notify: Callable[[str], None],
        *,
        channels: PortChannels,
        programs: Iterable[bytes] = (),
        may_be_missing: bool = False,
        hanging: tuple[bytes, ...] = (),
        on_send: Callable[[bytes], None] | None = None,
    ) -> None:
        """Open the port; PortError if it is missing, unless it `may_be_missing`.

        `programs` are the messages that choose bank and program on the channels of the music. A port that may be
        missing was open before: it too is silenced first, on all channels of `hanging`, the messages that release what
        may still sound (see `HangingNotes`). `on_send` is called with each message just before it is sent.
        """
        self.name = options.name
        self._open_port = open_port
        self._notify = notify
        self._channels = channels
        self._keys = SharedKeys()
        self._transpose = options.transpose
        self._on_send = on_send
        self._programs: dict[bytes, bytes] = {}
        """The latest program and bank of each channel."""
        for message in programs:
            self._remember_program(self._adapted(message))
        self._hanging = HangingNotes(adapted for message in hanging if (adapted := self._adapted(message)))
        self._port: PortOutput | None = None
        self._left_port: PortOutput | None = None
        self._is_lost = False
        self._missing_polls = 0
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
    def channels(self) -> list[int]:
        """The channels of the port that the music goes to now, 0 to 15."""
        return self._channels.used

    def move(self, channel: int) -> None:
        """Continue on another channel of the music, unless the port has its own."""
        self._channels.move(channel)

    def send(self, tick: int, message: bytes) -> None:
        """Send one message, on this port's channel and transposed, if the port is open and the message is for it.

        Clicks and the silence of a panic, which are at ticks below 0, and clock messages are not changed.
        """
        is_click = tick < 0 and (message[0] & 0x0F, message[1:2]) == (CLICK_CHANNEL, bytes((CLICK_PITCH,)))
        is_unchanged = is_click or message[0] >= 0xF0 or (tick < 0 and is_channel_mode(message))
        if is_unchanged:
            self._send(tick, message)
        elif (adapted := self._adapted(message)) is not None:
            self._remember_program(adapted)
            for each in self._keys.messages(message[0] & 0x0F, adapted):
                self._send(tick, each)

    def _send(self, tick: int, message: bytes) -> None:
        """Send a message as it is."""
        if self._is_lost or self._port is None:
            return
        if self._on_send:
            self._on_send(message)
        try:
            self._port.send(tick, message)
        except PortError as error:
            self._lose(str(error))
            return
        self._hanging.update(message)

    def _remember_program(self, message: bytes | None) -> None:
        if message is not None and is_program(message):
            self._programs[message[: len(message) - 1]] = message

    def _adapted(self, message: bytes) -> bytes | None:
        """Return a channel message with this port's channel and pitch.

        None for a note that is out of range here, and for a channel that does not go to this port.
        """
        channel = self._channels.of(message[0] & 0x0F)
        if channel is None:
            return None
        kind = message[0] & 0xF0
        if kind not in (NOTE_ON, NOTE_OFF, POLY_PRESSURE):
            return bytes((kind | channel,)) + message[1:]
        pitch = message[1] + self._transpose
        return bytes((kind | channel, pitch, message[2])) if 0 <= pitch <= 127 else None

    def move_to(self, open_port: Callable[[], PortOutput]) -> None:
        """Play to another port from now on, and end what sounds at the present one; PortError if it cannot be opened.

        The present one is closed by the next `poll`, when its last messages have left.
        """
        port = open_port()
        if self._port is not None and not self._is_lost:
            with suppress(PortError):
                self._send_silence()
        self._left_port, self._port = self._port, port
        self._hanging.clear()
        self._open_port, self._is_lost, self.name = open_port, False, str(port)
        for message in self._programs_in_use():
            self._send_to_port(message)

    def sounding(self) -> list[bytes]:
        """Return the messages that release what sounds at the port."""
        return self._hanging.messages()

    def poll(self) -> None:
        """Check if the port exists; this takes 0.3 ms if nothing has changed."""
        self._close_left_port()
        if self._port is None:
            self._missing_polls += 1
            if self._missing_polls % POLLS_PER_OPENING == 0:
                self._open_missing()
        elif self._port.is_there():
            if self._is_lost:
                self._reopen(self._port)
        elif not self._is_lost:
            self._lose(f'The MIDI port "{self}" is gone.')

    def close(self) -> None:
        """Close the port if there is one."""
        self._close_left_port()
        if self._port is not None:
            self._port.close()

    def _close_left_port(self) -> None:
        if self._left_port is not None:
            self._left_port.close()
            self._left_port = None

    def _lose(self, reason: str) -> None:
        self._is_lost = True
        self._notify(f"{reason} The music goes on; the port is opened again as soon as it is back.")

    def _open_missing(self) -> None:
        try:
            self._port = self._open_port()
        except PortError:
            return  # still missing; the user knows already
        self.name = str(self._port)
        self._resume()

    def _reopen(self, port: PortOutput) -> None:
        try:
            port.reopen()
        except PortError:
            return  # gone again before it could be opened; it stays lost
        self._resume()

    def _resume(self) -> None:
        try:
            self._send_silence()
        except PortError:
            return  # gone again during the silence; it stays lost, and its notes stay hanging
        self._is_lost = False
        self._notify(f'The MIDI port "{self}" is back.')

    def _send_silence(self) -> None:
        releases = self._hanging.messages()
        used = self._channels.used
        channels = sorted({*used, *(message[0] & 0x0F for message in releases)})
        for message in [*silence(channels, releases), *self._programs_in_use()]:
            self._send_to_port(message)
        self._hanging.clear()

    def _programs_in_use(self) -> list[bytes]:
        """Return the latest banks and programs of the channels that the music goes to; sorted, banks come first."""
        return sorted(message for message in self._programs.values() if message[0] & 0x0F in self._channels.used)

    def _send_to_port(self, message: bytes) -> None:
        assert self._port is not None
        if self._on_send:
            self._on_send(message)
        self._port.send(0, message)
