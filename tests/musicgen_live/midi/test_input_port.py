"""The port of an incoming clock: opened, lost, and opened again."""

from __future__ import annotations

import time

import pytest

from musicgen_live.errors import NoVirtualPorts, PortError
from musicgen_live.midi.input_port import OWN_NAME, ClockInput, ReconnectingInput, open_virtual_input
from tests.support.clock_senders import Sender
from tests.support.jack import JackServer, wait_until


def count_after_poll(clock: ReconnectingInput, notices: list[str]) -> int:
    """Return the number of notices after a poll."""
    clock.poll()
    return len(notices)


def test_windows_has_no_virtual_inputs_and_gives_advice() -> None:
    with pytest.raises(NoVirtualPorts, match="loopMIDI"):
        open_virtual_input(OWN_NAME, lambda *_: None, "win32")


@pytest.mark.midi
def test_clock_start_and_position_arrive_with_their_time(jack: JackServer) -> None:
    received: list[tuple[float, bytes]] = []
    clock = ClockInput(None, lambda at_s, message: received.append((at_s, message)), lambda: None, print)
    try:
        assert str(clock) == "musicgen-live clock:in"
        with Sender(jack, tempo=240) as sender:
            jack.connect(sender.port, "musicgen-live clock:in")
            sender.does("position 200", "start")
            wait_until(lambda: len(received) > 50, "pulses")
            before_s, now_s = received[0][0], time.monotonic()
    finally:
        clock.close()
        clock.close()
    messages = [message for _, message in received]
    assert set(messages) == {b"\xf8", b"\xfa", bytes((0xF2, 72, 1))}
    assert messages.index(bytes((0xF2, 72, 1))) < messages.index(b"\xfa")
    assert now_s - 60 < before_s < now_s
    assert [at_s for at_s, _ in received] == sorted(at_s for at_s, _ in received)


@pytest.mark.midi
def test_a_lost_port_is_reported_and_opened_again(jack: JackServer) -> None:
    received, notices, losses = list[bytes](), list[str](), list[bool]()
    with Sender(jack, tempo=240) as sender:
        clock = ClockInput(
            "drums", lambda _, message: received.append(message), lambda: losses.append(True), notices.append
        )
        wait_until(lambda: len(received) > 5, "pulses")
        sender.kill()
        wait_until(lambda: sender.port not in jack.ports(), "the port to go")
    clock.poll()
    clock.poll()
    assert (len(notices), losses) == (1, [True])
    assert 'The clock\'s MIDI port "drums:out" is gone' in notices[0]
    received.clear()
    with Sender(jack, tempo=240):
        wait_until(lambda: count_after_poll(clock, notices) == 2, "the port to be back")
        wait_until(lambda: len(received) > 5, "pulses")
    assert notices[1] == 'The clock\'s MIDI port "drums:out" is back.'
    clock.close()


@pytest.mark.midi
def test_a_missing_port_is_refused_unless_it_may_be_missing(jack: JackServer) -> None:
    with Sender(jack), pytest.raises(PortError, match='No MIDI input port is called "nosuch"'):
        ClockInput("nosuch", lambda *_: None, lambda: None, print)
    notices, losses = list[str](), list[bool]()
    clock = ClockInput("drums", lambda *_: None, lambda: losses.append(True), notices.append, may_be_missing=True)
    assert losses == [True]
    with Sender(jack):
        wait_until(lambda: count_after_poll(clock, notices) == 2, "the port to be back")
    assert str(clock) == "drums:out"
    clock.close()


@pytest.mark.midi
def test_a_keyboard_that_was_never_there_is_waited_for(jack: JackServer) -> None:
    notices, losses, received = list[str](), list[bool](), list[bytes]()
    keyboard = ReconnectingInput(
        "drums",
        lambda _, message: received.append(message),
        lambda: losses.append(True),
        notices.append,
        own_name="musicgen-live input",
        called="The keyboard's",
        waits=True,
    )
    # It has lost no held key.
    assert (str(keyboard), losses) == ("drums", [])
    assert notices[0].endswith("musicgen-live ports. It is waited for: plug it in at any time.")
    with Sender(jack, tempo=240):
        wait_until(lambda: count_after_poll(keyboard, notices) == 2, "the keyboard to be there")
        wait_until(lambda: len(received) > 5, "messages")
    assert notices[1] == 'The keyboard\'s MIDI port "drums:out" is there.'
    keyboard.close()
