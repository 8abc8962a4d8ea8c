"""Opens the ports of a player process, polls them while it plays, and has each closed in the end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING

from musicgen_live.config.port_options import VIRTUAL_NAME, PortOptions
from musicgen_live.errors import PortError
from musicgen_live.midi.messages import NOTE_OFF, NOTE_ON
from musicgen_live.midi.port import PortOutput, open_port, open_virtual
from musicgen_live.midi.port_channels import PortChannels
from musicgen_live.midi.reconnecting_output import ReconnectingOutput
from musicgen_live.music.notes import PPQ
from musicgen_live.player.clock import Mailbox
from musicgen_live.player.commands import ChoosePort, ClockGone, ClockIn, Incoming, InputGone, LinkState
from musicgen_live.player.config import PAGE_KEYBOARD, InputOptions, PlayerConfig
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.guard import Guard
from musicgen_live.player.input import is_accepted
from musicgen_live.player.loopback import LoopbackFilter
from musicgen_live.player.part_sounds import with_part_sounds
from musicgen_live.player.reports import PortChosen, PortRefused, Report, Trouble

if TYPE_CHECKING:
    from musicgen_live.player.sound_output import SoundOutput

_CALLED = {"input": "The keyboard's", "chords": "The chords'", "control": "The controller's"}


class PlayerPorts:
    """All ports of a `PlayerConfig`. Incoming messages go into the mailbox, with the moment of their arrival."""

    def __init__(
        self,
        config: PlayerConfig,
        closing: ExitStack,
        mailbox: Mailbox,
        report: Callable[[Report], None],
        poll_soon: Callable[[], None],
    ) -> None:
        """Open the ports and register them with `closing`; PortError, SyncError or SoundError if one fails.

        `report` gets troubles. `poll_soon` has `poll` called as soon as the player waits.
        """
        self.loopback = LoopbackFilter(time.monotonic)
        self.routes: list[Route] = []
        self.outputs: tuple[str, ...] = ()
        self.clock: str | None = None
        self.inputs: tuple[str, ...] = ()
        self.sound: str | None = None
        self._config = config
        self._closing = closing
        self._mailbox = mailbox
        self._report = report
        self._poll_soon = poll_soon
        self._guard: Guard | None = None
        self._polls: list[Callable[[], None]] = []
        self._ports: list[ReconnectingOutput] = []
        self._virtual: set[int] = set()
        """The numbers of the ports that end with this process."""
        self._feedback: list[Callable[[bytes], None]] = []
        self._controllers: set[str] = set()
        """The names of the controllers' input ports."""
        if hasattr(os, "posix_spawn"):
            # Closed after the ports: until they are silent, the player may be killed.
            self._guard = Guard()
            closing.callback(self._close_guard)
        # First, because its process needs a second to begin, in which the ports are opened.
        sound = self._start_sound()
        self._open_outputs()
        if sound is not None and config.sound is not None:
            self.routes.append(Route(sound, config.sound.latency_ms / 1000))
        if config.timing.sync == "link":
            self._join_link()
        elif config.timing.sync == "clock":
            self._open_clock()
        for number, options in enumerate(config.inputs):
            if options.name == PAGE_KEYBOARD:
                self.inputs = (*self.inputs, PAGE_KEYBOARD)
            else:
                self._open_input(number, options)
        if sound is not None:
            sound.await_ready()
            self.sound = str(sound)

    def poll(self) -> None:
        """Check each port that may disappear and come back."""
        for poll in self._polls:
            poll()
        if self._guard is not None:
            self._guard.start([str(output) for output in self._ports])

    def send_feedback(self, message: bytes) -> None:
        """Send to all controllers that have an output."""
        for send in self._feedback:
            send(message)

    def move(self, channel: int) -> None:
        """Have the music, and with it musicians who play through, continue on another channel."""
        for output in self._ports:
            output.move(channel)

    @property
    def _may_be_missing(self) -> bool:
        """True if this player replaces another one, which had opened the ports."""
        return self._config.resume is not None

    def _notify(self, reason: str) -> None:
        self._report(Trouble(reason))

    def _start_sound(self) -> SoundOutput | None:
        options = self._config.sound
        if options is None:
            return None
        # Imported here: without it, the first note need not wait for the library of processes.
        from musicgen_live.player.sound_output import SoundOutput

        sound = SoundOutput(
            with_part_sounds(options, self._config.parts), self._notify, may_be_missing=self._may_be_missing
        )
        self._closing.callback(sound.close)
        if self._may_be_missing:
            # A take that has begun contains its programs.
            for message in self._config.programs:
                sound.send(0, message)
        return sound

    def _open_outputs(self) -> None:
        self._ports = [self._open_output(number, options) for number, options in enumerate(self._config.ports)]
        self.routes = [
            Route(output, options.latency_ms / 1000)
            for output, options in zip(self._ports, self._config.ports, strict=True)
        ]
        self._name_outputs()

    def _name_outputs(self) -> None:
        routes = [options.routes for options in self._config.ports]
        self.outputs = tuple(
            f"{output}, {_channels_named(output.channels, self._parts_of(dict(routed or ())))}"
            for output, routed in zip_longest(self._ports, routes)
        )

    def _parts_of(self, routes: dict[int, int]) -> list[str]:
        """Return the names of the parts that are routed to a port."""
        return [part.name for part in self._config.parts if part.channel in routes]

    def choose(self, command: ChoosePort) -> ReconnectingOutput | None:
        """Play to another port, and report it or why not; return the output if it is one more.

        To open a port delays notes by some 50 ms, once.
        """
        number, added = command.output, None
        try:
            if number < len(self._ports):
                self._ports[number].move_to(_opening(command.name or VIRTUAL_NAME, is_virtual=command.name is None))
            else:
                number = len(self._ports)
                options = PortOptions(command.name or VIRTUAL_NAME, is_virtual=command.name is None)
                added = self._open_output(number, options)
                self._ports.append(added)
        except PortError as error:
            self._report(PortRefused(str(error)))
            return None
        (self._virtual.discard if command.name else self._virtual.add)(number)
        self._guard_anew()
        self._name_outputs()
        sound = () if self.sound is None else (self.sound,)
        self._report(PortChosen(number, command.name and str(self._ports[number]), (*self.outputs, *sound)))
        return added

    def _close_guard(self) -> None:
        if self._guard is not None:
            self._guard.close()

    def _guard_anew(self) -> None:
        """Have another guard know the ports that there are now, and what sounds at them."""
        if self._guard is None:
            return
        self._guard.close()
        self._guard = Guard()
        for number, output in enumerate(self._ports):
            for release in output.sounding():
                if release[0] & 0xF0 == NOTE_OFF:
                    self._guard.record(number, bytes((NOTE_ON | release[0] & 0x0F, release[1], 1)))

    def _open_output(self, number: int, options: PortOptions) -> ReconnectingOutput:
        config = self._config
        if options.is_virtual:
            self._virtual.add(number)
        output = ReconnectingOutput(
            options,
            _opening(options.name, is_virtual=options.is_virtual),
            self._notify,
            channels=PortChannels(
                config.channel,
                replacement=options.channel,
                own=config.own_channel,
                routes=None if options.routes is None else dict(options.routes),
            ),
            programs=config.programs,
            may_be_missing=self._may_be_missing,
            hanging=tuple(bytes.fromhex(message) for message in config.resume.hanging) if config.resume else (),
            on_send=partial(self._record_sent, number),
        )
        self._closing.callback(output.close)
        self._polls.append(output.poll)
        return output

    def _record_sent(self, number: int, message: bytes) -> None:
        if self._config.inputs:
            self.loopback.record_sent(message)
        if self._guard is not None and number not in self._virtual:
            self._guard.record(number, message)
            if self._guard.awaits_start:
                # Until it runs, nobody would release the first notes.
                self._poll_soon()

    def _join_link(self) -> None:
        from musicgen_live.player.transport.link_session import LinkSession

        config = self._config
        tempo, beat_zero_s = config.tempo, None
        if config.resume and (position := config.resume.position):
            tempo, beat_zero_s = position.tempo, position.due_s(0)
        session = LinkSession(
            tempo,
            config.time_signature.bar_ticks / PPQ,
            lambda *state: self._mailbox.put(LinkState(*state)),
            beat_zero_s=beat_zero_s,
        )
        self._closing.callback(session.close)

    def _open_clock(self) -> None:
        from musicgen_live.midi.input_port import ClockInput

        clock = ClockInput(
            self._config.timing.clock_port,
            lambda at_s, message: self._mailbox.put(ClockIn(at_s, message)),
            lambda: self._mailbox.put(ClockGone()),
            self._notify,
            may_be_missing=self._may_be_missing,
        )
        self._closing.callback(clock.close)
        self._polls.append(clock.poll)
        self.clock = str(clock)

    def _open_input(self, number: int, options: InputOptions) -> None:
        from musicgen_live.midi.input_port import ReconnectingInput

        name = ""
        is_controller = options.source == "control"

        def on_message(at_s: float, message: bytes) -> None:
            # A keyboard's other messages, above all clock and active sensing, must not wake the player.
            if is_accepted(message) and (is_controller or not self._is_pad(name, message)):
                self._mailbox.put(Incoming(number, options.source, options.thru, at_s, message))

        port = ReconnectingInput(
            options.name,
            on_message,
            lambda: self._mailbox.put(InputGone(number)),
            self._notify,
            own_name=f"musicgen-live {options.source}",
            called=_CALLED[options.source],
            may_be_missing=self._may_be_missing,
            waits=True,
        )
        self._closing.callback(port.close)
        self._polls.append(port.poll)
        name = str(port)
        self.inputs = (*self.inputs, name)
        if is_controller:
            self._controllers.add(name)
            if options.name is not None:
                self._open_feedback(options.name)

    def _is_pad(self, port: str, message: bytes) -> bool:
        """Return True for a mapped note of a keyboard that is also a controller; its control port receives it too."""
        if port not in self._controllers or message[0] & 0xF0 not in (NOTE_ON, NOTE_OFF):
            return False
        channel = (message[0] & 0x0F) + 1
        return any((message[1], each) in self._config.pads for each in (channel, None))

    def _open_feedback(self, name: str) -> None:
        from musicgen_live.midi.feedback import Feedback

        feedback = Feedback(name, self.loopback.record_feedback)
        self._closing.callback(feedback.close)
        self._polls.append(feedback.poll)
        self._feedback.append(feedback.send)


def _opening(name: str, *, is_virtual: bool) -> Callable[[], PortOutput]:
    """Return the function that opens a port."""
    return partial(open_virtual if is_virtual else open_port, name)


def _channels_named(channels: list[int], parts: list[str]) -> str:
    """Return the channels of a port, and the parts there, for the user: `channel 1` or `channels 1, 2 (melody)`."""
    numbers = ", ".join(str(channel + 1) for channel in channels)
    return f"channel{'s' if channels[1:] else ''} {numbers}" + (f" ({', '.join(parts)})" if parts else "")
