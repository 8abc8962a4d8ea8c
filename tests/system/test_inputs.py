"""A musician's keyboard over JACK: reported with ticks, played through, unplugged, looped, and the player killed."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from musicgen_live.config.port_options import PortOptions
from musicgen_live.midi.messages import CONTROL_CHANGE
from musicgen_live.music.notes import Note
from musicgen_live.player.commands import Begin, Cut, Feed, SendFeedback, SetChannel, SetTempo
from musicgen_live.player.config import InputOptions
from musicgen_live.player.reports import Began, TempoChanged
from tests.support.jack import JackServer, Receiver, wait_until
from tests.support.midi_keyboard import Keyboard, player
from tests.support.playing import ends_released, note_messages

pytestmark = pytest.mark.midi

STRANGER = (PortOptions("stranger"),)
QUIET = InputOptions("keys", "input")
THRU = InputOptions("keys", "input", thru=True)

WITHIN_TICKS = 40
"""40 ms at 120 BPM, the greatest delay of a message on a busy machine."""


def test_a_keyboard_is_reported_with_its_ticks_and_not_sent(jack: JackServer, tmp_path: Path) -> None:
    take = tmp_path / "take.mid"
    with Receiver(jack) as receiver, Keyboard(jack) as keyboard, player(take, QUIET, ports=STRANGER) as playing:
        assert playing.ready.inputs == ("keys:out",)
        playing.supervisor.send(Begin())
        playing.wait_for_report(Began)
        sent_s = [keyboard.plays(message) for message in ("903c40", "f8", "b00107", "803c00")]
        received = playing.wait_for_received(3)
        playing.stop()
        ticks = [playing.tick_at(at_s) for at_s in (sent_s[0], sent_s[2], sent_s[3])]
    assert [each.message.hex(" ") for each in received] == ["90 3c 40", "b0 01 07", "80 3c 00"]
    assert all(-1 <= each.tick - tick < WITHIN_TICKS for each, tick in zip(received, ticks, strict=True))
    assert [m for m in receiver.messages() if m[0] != CONTROL_CHANGE] == []
    # The take has them all the same, on a channel that the music does not use.
    assert [m.hex(" ") for m in note_messages(take)] == ["9f 3c 40", "8f 3c 00"]


def test_thru_is_received_at_the_output_and_recorded(jack: JackServer, tmp_path: Path) -> None:
    take = tmp_path / "take.mid"
    with Receiver(jack) as receiver, Keyboard(jack) as keyboard, player(take, THRU, ports=STRANGER) as playing:
        playing.supervisor.send(Feed((Note(0, 48_000, 60, 80),)))
        receiver.wait_for(1)
        keyboard.plays("903c40")
        receiver.wait_for(3)
        keyboard.plays("904340")
        keyboard.plays("803c00")
        playing.wait_for_received(3)
        playing.supervisor.send(SetChannel(4))
        keyboard.plays("904540")
        receiver.wait_until_sent(bytes.fromhex("944540"), 1)
        playing.stop()
        wait_until(lambda: receiver.messages()[-1][1:2] == b"\x7b", "All Notes Off")
        assert receiver.sounding() == set()
    assert [m.hex(" ") for m in receiver.messages()] == [
        "90 3c 50", "80 3c 00", "90 3c 40", "90 43 40", "80 43 00", "80 3c 00", "b0 7b 00", "94 45 40", "84 45 00",
        "b4 7b 00",
    ]  # fmt: skip
    assert [m.hex(" ") for m in note_messages(take, "toy")] == ["90 3c 50", "80 3c 00"]
    assert [m.hex(" ") for m in note_messages(take, "you")] == [
        "9f 3c 40", "9f 43 40", "8f 3c 00", "8f 43 00", "9f 45 40", "8f 45 00",
    ]  # fmt: skip


def test_an_unplugged_keyboard_is_released_and_reconnected(jack: JackServer) -> None:
    with ExitStack() as stack:
        receiver = stack.enter_context(Receiver(jack))
        keyboard = stack.enter_context(Keyboard(jack))
        playing = stack.enter_context(player(None, THRU, ports=STRANGER))
        playing.supervisor.send(Begin())
        keyboard.plays("903c40")
        playing.wait_for_received(1)
        keyboard.unplug()
        playing.wait_for_text('The keyboard\'s MIDI port "keys:out" is gone')
        playing.wait_for_received(2)
        wait_until(lambda: receiver.sounding() == set(), "the release")
        keyboard = stack.enter_context(Keyboard(jack))
        playing.wait_for_text('The keyboard\'s MIDI port "keys:out" is back.')
        # The server makes a connection in one of the next cycles.
        time.sleep(0.3)
        keyboard.plays("903e40")
        playing.wait_for_received(3)
        playing.stop()
        assert playing.received_messages() == ["90 3c 40", "80 3c 00", "90 3e 40"]
        wait_until(lambda: receiver.messages()[-1][1:2] == b"\x7b", "All Notes Off")
        assert receiver.sounding() == set()


def test_an_output_connected_to_our_own_input_does_not_circulate(jack: JackServer) -> None:
    ports = (PortOptions("loop", is_virtual=True), *STRANGER)
    with (
        Receiver(jack) as receiver,
        Keyboard(jack) as keyboard,
        player(None, InputOptions(None, "input", thru=True), ports=ports) as playing,
    ):
        assert playing.ready.inputs == ("musicgen-live input:in",)
        jack.connect("musicgen-live:loop", "musicgen-live input:in")
        jack.connect(keyboard.port, "musicgen-live input:in")
        # Sixteenths at 120 BPM for two seconds, and a musician between them.
        playing.supervisor.send(Feed(tuple(Note(120 * i, 60, 60 + i % 5, 80) for i in range(16))))
        receiver.wait_for(4)
        keyboard.plays("904840")
        playing.wait_for_received(1)
        keyboard.plays("804800")
        receiver.wait_for(34)
        # Circulating messages would still arrive.
        time.sleep(0.5)
        playing.stop()
        assert playing.received_messages() == ["90 48 40", "80 48 00"]
        assert len([message for message in receiver.messages() if message[0] & 0xF0 != CONTROL_CHANGE]) == 34
        wait_until(lambda: receiver.messages()[-1][1:2] == b"\x7b", "All Notes Off")
        assert receiver.sounding() == set()


def test_one_name_opens_output_input_and_controller(jack: JackServer) -> None:
    inputs = InputOptions("knobs", "input"), InputOptions("knobs", "control")
    with (
        Keyboard(jack, "knobs", has_input=True) as controller,
        player(None, *inputs, ports=(PortOptions("knobs"),)) as playing,
    ):
        assert playing.ready.outputs == ("knobs in:in, channel 1",)
        assert playing.ready.inputs == ("knobs:out", "knobs:out")
        controller.plays("b01540")
        wait_until(lambda: playing.received_messages("control") == ["b0 15 40"], "the knob")
        assert playing.received_messages("input") == ["b0 15 40"]
        playing.supervisor.send(SendFeedback(b"\xb0\x15\x7f"))
        wait_until(lambda: controller.received() == ["b0157f"], "the fader to be moved")
        playing.stop()


def test_a_player_killed_with_held_keys_leaves_no_note_on(jack: JackServer, tmp_path: Path) -> None:
    take = tmp_path / "take.mid"
    notes = tuple(Note(240 * i, 120, 60 + i % 5, 80) for i in range(200))
    with Receiver(jack) as receiver, Keyboard(jack) as keyboard, player(take, THRU, ports=STRANGER) as playing:
        playing.supervisor.send(Feed(notes))
        playing.supervisor.send(SetTempo(480, 240))
        playing.supervisor.send(SetChannel(2))
        playing.supervisor.send(Cut(24_000))
        receiver.wait_for(8)
        keyboard.plays("901840")
        keyboard.plays("b0407f")
        playing.wait_for_received(2)
        os.kill(playing.pid(), signal.SIGKILL)
        playing.wait_for_text("Another one goes on in its place.")
        killed = len(receiver.messages())
        assert playing.received_messages() == ["90 18 40", "b0 40 7f", "80 18 00", "b0 40 00"]
        receiver.wait_for(killed + 12)
        assert (2, 24) not in receiver.sounding()
        assert bytes.fromhex("b24000") in receiver.messages()
        keyboard.plays("901940")
        playing.wait_for_received(5)
        receiver.wait_until_sent(bytes.fromhex("921940"), 1)
        assert [each for each in playing.reports if isinstance(each, TempoChanged)] == [TempoChanged(480, 240)]
        playing.stop()
        wait_until(lambda: receiver.messages()[-1][1:2] == b"\x7b", "All Notes Off")
        assert receiver.sounding() == set()
    assert ends_released(take)
    assert receiver.messages()[-1] == bytes.fromhex("b27b00")
