"""A musician's keyboard over JACK: heard with its ticks, played through, unplugged, looped, and the player killed."""

from __future__ import annotations

import os
import signal
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from musicgen_live.config.port_options import PortOptions
from musicgen_live.music.notes import Note
from musicgen_live.player.config import InputOptions
from musicgen_live.player.protocol import Began, Begin, Cut, Feed, SendFeedback, SetChannel, SetTempo, TempoChanged
from tests.support.jack import JackServer, Receiver, wait_until
from tests.support.midi_keyboard import Keyboard, player
from tests.support.playing import ends_released, note_messages

pytestmark = pytest.mark.midi

STRANGER = (PortOptions("stranger"),)
QUIET = InputOptions("keys", "input")
THRU = InputOptions("keys", "input", thru=True)

WITHIN_TICKS = 40
"""40 ms at 120 BPM: how long a message may take on a busy machine."""


def test_a_keyboard_is_heard_with_the_tick_of_the_moment_and_silent(jack: JackServer, tmp_path: Path) -> None:
    take = tmp_path / "take.mid"
    with Receiver(jack) as receiver, Keyboard(jack) as keyboard, player(take, QUIET, ports=STRANGER) as playing:
        assert playing.ready.inputs == ("keys:out",)
        playing.watch.send(Begin())
        playing.wait_for_report(Began)
        sent_s = [keyboard.plays(message) for message in ("903c40", "f8", "b00107", "803c00")]
        heard = playing.wait_for_heard(3)
        playing.stop()
        ticks = [playing.tick_at(at_s) for at_s in (sent_s[0], sent_s[2], sent_s[3])]
    assert [each.message.hex(" ") for each in heard] == ["90 3c 40", "b0 01 07", "80 3c 00"]
    assert all(-1 <= each.tick - tick < WITHIN_TICKS for each, tick in zip(heard, ticks, strict=True))
    assert [m for m in receiver.messages() if m[0] != 0xB0] == note_messages(take) == []


def test_what_is_played_through_is_heard_at_the_output_and_in_the_take(jack: JackServer, tmp_path: Path) -> None:
    take = tmp_path / "take.mid"
    with Receiver(jack) as receiver, Keyboard(jack) as keyboard, player(take, THRU, ports=STRANGER) as playing:
        playing.watch.send(Feed((Note(0, 48_000, 60, 80),)))
        receiver.wait_for(1)
        keyboard.plays("903c40")
        receiver.wait_for(3)
        keyboard.plays("904340")
        keyboard.plays("803c00")
        playing.wait_for_heard(3)
        playing.watch.send(SetChannel(4))
        keyboard.plays("904540")
        receiver.wait_until_sent(bytes.fromhex("944540"), 1)
        playing.stop()
        wait_until(lambda: receiver.messages()[-1][1:2] == b"\x7b", "All Notes Off")
        assert receiver.sounding() == set()
    assert [m.hex(" ") for m in receiver.messages()] == [
        "90 3c 50", "80 3c 00", "90 3c 40", "90 43 40", "80 3c 00", "80 43 00", "b0 7b 00", "94 45 40", "84 45 00",
        "b4 7b 00",
    ]  # fmt: skip
    assert note_messages(take) == [m for m in receiver.messages() if m[0] & 0xF0 != 0xB0]


def test_a_keyboard_that_is_unplugged_lets_go_and_is_heard_again_when_it_is_back(jack: JackServer) -> None:
    with ExitStack() as stack:
        receiver = stack.enter_context(Receiver(jack))
        keyboard = stack.enter_context(Keyboard(jack))
        playing = stack.enter_context(player(None, THRU, ports=STRANGER))
        playing.watch.send(Begin())
        keyboard.plays("903c40")
        playing.wait_for_heard(1)
        keyboard.unplug()
        playing.wait_for_words('The keyboard\'s MIDI port "keys:out" is gone')
        playing.wait_for_heard(2)
        wait_until(lambda: receiver.sounding() == set(), "the release")
        keyboard = stack.enter_context(Keyboard(jack))
        playing.wait_for_words('The keyboard\'s MIDI port "keys:out" is back.')
        # The server takes a connection up in a cycle to come.
        time.sleep(0.3)
        keyboard.plays("903e40")
        playing.wait_for_heard(3)
        playing.stop()
        assert playing.heard_messages() == ["90 3c 40", "80 3c 00", "90 3e 40"]
        wait_until(lambda: receiver.messages()[-1][1:2] == b"\x7b", "All Notes Off")
        assert receiver.sounding() == set()


def test_an_output_that_is_connected_to_our_own_input_makes_no_feedback(jack: JackServer) -> None:
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
        playing.watch.send(Feed(tuple(Note(120 * i, 60, 60 + i % 5, 80) for i in range(16))))
        receiver.wait_for(4)
        keyboard.plays("904840")
        playing.wait_for_heard(1)
        keyboard.plays("804800")
        receiver.wait_for(34)
        # What ran round would still come.
        time.sleep(0.5)
        playing.stop()
        assert playing.heard_messages() == ["90 48 40", "80 48 00"]
        assert len([message for message in receiver.messages() if message[0] & 0xF0 != 0xB0]) == 34
        wait_until(lambda: receiver.messages()[-1][1:2] == b"\x7b", "All Notes Off")
        assert receiver.sounding() == set()


def test_a_device_that_is_played_to_played_on_and_controls_by_one_name(jack: JackServer) -> None:
    inputs = InputOptions("knobs", "input"), InputOptions("knobs", "control")
    with (
        Keyboard(jack, "knobs", has_input=True) as parameters,
        player(None, *inputs, ports=(PortOptions("knobs"),)) as playing,
    ):
        assert playing.ready.outputs == ("knobs in:in, channel 1",)
        assert playing.ready.inputs == ("knobs:out", "knobs:out")
        parameters.plays("b01540")
        wait_until(lambda: playing.heard_messages("control") == ["b0 15 40"], "the knob")
        assert playing.heard_messages("input") == ["b0 15 40"]
        playing.watch.send(SendFeedback(b"\xb0\x15\x7f"))
        wait_until(lambda: parameters.came() == ["b0157f"], "the fader to be moved")
        playing.stop()


def test_the_player_killed_while_keys_are_held_and_all_is_set_goes_on_with_nothing_left_on(
    jack: JackServer, tmp_path: Path
) -> None:
    take = tmp_path / "take.mid"
    notes = tuple(Note(240 * i, 120, 60 + i % 5, 80) for i in range(200))
    with Receiver(jack) as receiver, Keyboard(jack) as keyboard, player(take, THRU, ports=STRANGER) as playing:
        playing.watch.send(Feed(notes))
        playing.watch.send(SetTempo(480, 240))
        playing.watch.send(SetChannel(2))
        playing.watch.send(Cut(24_000))
        receiver.wait_for(8)
        keyboard.plays("901840")
        keyboard.plays("b0407f")
        playing.wait_for_heard(2)
        os.kill(playing.pid(), signal.SIGKILL)
        playing.wait_for_words("Another one goes on in its place.")
        killed = len(receiver.messages())
        assert playing.heard_messages() == ["90 18 40", "b0 40 7f", "80 18 00", "b0 40 00"]
        receiver.wait_for(killed + 12)
        assert (2, 24) not in receiver.sounding()
        assert bytes.fromhex("b24000") in receiver.messages()
        keyboard.plays("901940")
        playing.wait_for_heard(5)
        receiver.wait_until_sent(bytes.fromhex("921940"), 1)
        assert [each for each in playing.reports if isinstance(each, TempoChanged)] == [TempoChanged(480, 240)]
        playing.stop()
        wait_until(lambda: receiver.messages()[-1][1:2] == b"\x7b", "All Notes Off")
        assert receiver.sounding() == set()
    assert ends_released(take)
    assert receiver.messages()[-1] == bytes.fromhex("b27b00")
