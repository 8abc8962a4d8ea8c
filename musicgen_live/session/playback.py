"""Plays the messages of a MIDI file in time."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from queue import SimpleQueue

from musicgen_live.config.port_options import PortOptions
from musicgen_live.config.sound_options import SoundOptions
from musicgen_live.midi.file_messages import TimedMessages
from musicgen_live.midi.hanging_notes import HangingNotes
from musicgen_live.midi.port import open_port, open_virtual
from musicgen_live.midi.port_channels import PortChannels
from musicgen_live.midi.reconnecting_output import ReconnectingOutput
from musicgen_live.player.clock import Clock, Mailbox, PollingClock, SystemClock, wait_to
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.supervisor import Say
from musicgen_live.session.signals import signals_as_interrupts

_SETTLE_S = 0.1
"""The time before the first message, in which the outputs settle."""
_POLL_S = 0.25
"""The interval at which it is checked that the ports are there."""


def play_messages(timed: TimedMessages, routes: Sequence[Route], clock: Clock, mailbox: Mailbox) -> bool:
    """Send each message when it is due; return False if a command in the mailbox ended it.

    An output gets its messages earlier by its latency. What sounds is released at the end, whatever ends it.
    """
    origin_s = clock.now_s() + _SETTLE_S + max(route.latency_s for route in routes)
    due = sorted(
        (origin_s + at_s - route.latency_s, number, route_number)
        for number, (at_s, _) in enumerate(timed.messages)
        for route_number, route in enumerate(routes)
    )
    hanging = [HangingNotes() for _ in routes]
    try:
        for due_s, number, route_number in due:
            if clock.now_s() < due_s and wait_to(clock, mailbox, due_s) is not None:
                return False
            message = timed.messages[number][1]
            hanging[route_number].update(message)
            routes[route_number].output.send(0, message)
        return wait_to(clock, mailbox, origin_s + timed.end_s) is None
    finally:
        for route, notes in zip(routes, hanging, strict=True):
            for message in notes.messages():
                route.output.send(0, message)


def play_file(path: Path, ports: Sequence[PortOptions], sound: SoundOptions | None, say: Say, title: str) -> bool:
    """Play a MIDI file on ports and with `sound`, and say its title; return False if Ctrl-C ended it.

    TakeError if it cannot be read, PortError or SoundError if an output cannot be opened.
    """
    from musicgen_live.midi.c_output import diverted_c_output
    from musicgen_live.midi.file_messages import read_messages
    from musicgen_live.midi.jack_watch import watching_for_jack_death
    from musicgen_live.player.sound_output import SoundOutput

    timed = read_messages(path)
    with signals_as_interrupts(), ExitStack() as closing:
        routes: list[Route] = []
        speakers = None
        if sound is not None:
            speakers = SoundOutput(sound, say)
            closing.callback(speakers.close)
            routes.append(Route(speakers, sound.latency_ms / 1000))
        outputs: list[ReconnectingOutput] = []
        for options in ports:
            opened = partial(open_virtual if options.is_virtual else open_port, options.name)
            output = ReconnectingOutput(options, opened, say, channels=PortChannels(0, replacement=options.channel))
            closing.callback(output.close)
            routes.append(Route(output, options.latency_ms / 1000))
            outputs.append(output)
        if speakers is not None:
            speakers.await_ready()
        # Not before all is open: an error would follow.
        say(title)
        for output in outputs:
            say(f"MIDI goes to {output}.")
        if speakers is not None:
            say(f"It sounds on {speakers}.")

        def poll_all() -> None:
            for output in outputs:
                output.poll()

        clock = PollingClock(SystemClock(), poll_all, _POLL_S)
        closing.enter_context(diverted_c_output())
        closing.enter_context(watching_for_jack_death(_exit_after_jack_death))
        mailbox: Mailbox = SimpleQueue()
        try:
            return play_messages(timed, routes, clock, mailbox)
        except KeyboardInterrupt:
            return False


def _exit_after_jack_death() -> None:
    """End this process: a client of a dead server hangs in its next message, and the notes have ended with it."""
    os.write(2, b"Error: The JACK server is gone.\n")
    os._exit(2)
