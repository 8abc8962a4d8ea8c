"""The ports of a player process, opened as it is told, each closed in the end and looked after meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from musicgen_live.midi.messages import NOTE_OFF, NOTE_ON
from musicgen_live.midi.port import open_port, open_virtual
from musicgen_live.midi.reconnecting_output import ReconnectingOutput
from musicgen_live.player.clock import Mailbox
from musicgen_live.player.config import InputOptions, PlayerConfig
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.input import PASSED_ON
from musicgen_live.player.loopback import LoopbackFilter
from musicgen_live.player.protocol import ClockGone, ClockIn, Incoming, InputGone, LinkState, Report, Trouble

_CALLED = {"input": "The keyboard's", "chords": "The chords'", "control": "The controller's"}


class PlayerPorts:
    """All ports that a `PlayerConfig` names. What comes in goes into the mailbox, with the moment it came."""

    def __init__(
        self, config: PlayerConfig, closing: ExitStack, mailbox: Mailbox, tell: Callable[[Report], None]
    ) -> None:
        """Open them and have `closing` close them; PortError or SyncError where something cannot be.

        `tell` is called with troubles.
        """
        self.loopback = LoopbackFilter(time.monotonic)
        self.routes: list[Route] = []
        self.outputs: tuple[str, ...] = ()
        self.clock: str | None = None
        self.inputs: tuple[str, ...] = ()
        self._config = config
        self._closing = closing
        self._mailbox = mailbox
        self._tell = tell
        self._looks: list[Callable[[], None]] = []
        self._feedback: list[Callable[[bytes], None]] = []
        self._controllers: set[str] = set()
        """The ports that bring knobs and pads."""
        self._open_outputs()
        if config.timing.sync == "link":
            self._join_link()
        elif config.timing.sync == "clock":
            self._listen_to_clock()
        for number, plan in enumerate(config.inputs):
            self._listen_to(number, plan)

    def poll(self) -> None:
        """See after each port that may go and come back."""
        for look in self._looks:
            look()

    def send_control(self, message: bytes) -> None:
        """Send to the devices that control."""
        for send in self._feedback:
            send(message)

    @property
    def _has_been_open(self) -> bool:
        return self._config.resume is not None

    def _say(self, reason: str) -> None:
        self._tell(Trouble(reason))

    def _open_outputs(self) -> None:
        config, lines = self._config, list[ReconnectingOutput]()
        owed = tuple(bytes.fromhex(message) for message in config.resume.hanging) if config.resume else ()
        for plan in config.ports:
            line = ReconnectingOutput(
                plan.name,
                partial(open_virtual if plan.is_virtual else open_port, plan.name),
                self._say,
                channel=config.channel,
                own_channel=plan.channel,
                program=config.program,
                transpose=plan.transpose,
                may_be_missing=self._has_been_open,
                hanging=owed,
                on_send=self.loopback.sent if config.inputs else None,
            )
            self._closing.callback(line.close)
            self._looks.append(line.poll)
            self.routes.append(Route(line, plan.latency_ms / 1000))
            lines.append(line)
        self.outputs = tuple(f"{line}, channel {line.channel + 1}" for line in lines)

    def _join_link(self) -> None:
        from musicgen_live.player.transport.link_session import LinkSession

        session = LinkSession(self._config.tempo, lambda *state: self._mailbox.put(LinkState(*state)))
        self._closing.callback(session.close)

    def _listen_to_clock(self) -> None:
        from musicgen_live.midi.input_port import ClockInput

        clock = ClockInput(
            self._config.timing.clock_port,
            lambda at_s, message: self._mailbox.put(ClockIn(at_s, message)),
            lambda: self._mailbox.put(ClockGone()),
            self._say,
            may_be_missing=self._has_been_open,
        )
        self._closing.callback(clock.close)
        self._looks.append(clock.poll)
        self.clock = str(clock)

    def _listen_to(self, number: int, plan: InputOptions) -> None:
        from musicgen_live.midi.input_port import ReconnectingInput

        name = ""

        def heard(at_s: float, message: bytes) -> None:
            # What else a keyboard sends, clock and sensing above all, must not wake the player.
            if message[0] & 0xF0 in PASSED_ON and not (plan.source != "control" and self._is_pad(name, message)):
                self._mailbox.put(Incoming(number, plan.source, plan.thru, at_s, message))

        port = ReconnectingInput(
            plan.name,
            heard,
            lambda: self._mailbox.put(InputGone(number)),
            self._say,
            own_name=f"musicgen-live {plan.source}",
            called=_CALLED[plan.source],
            is_virtual=plan.virtual,
            may_be_missing=self._has_been_open,
        )
        self._closing.callback(port.close)
        self._looks.append(port.poll)
        name = str(port)
        self.inputs = (*self.inputs, name)
        if plan.source == "control":
            self._controllers.add(name)
        if plan.source == "control" and plan.name is not None and not plan.virtual:
            self._open_feedback(plan.name)

    def _is_pad(self, port: str, message: bytes) -> bool:
        """Whether a pad of a keyboard that is played sent it, which is heard where its knobs are."""
        if port not in self._controllers or message[0] & 0xF0 not in (NOTE_ON, NOTE_OFF):
            return False
        channel = (message[0] & 0x0F) + 1
        return any((message[1], each) in self._config.pads for each in (channel, None))

    def _open_feedback(self, name: str) -> None:
        from musicgen_live.midi.feedback import Feedback

        feedback = Feedback(name, self.loopback.shown)
        self._closing.callback(feedback.close)
        self._looks.append(feedback.poll)
        self._feedback.append(feedback.send)
