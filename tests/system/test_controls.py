"""A controller whose output is connected to its own input, over JACK: no value changes by itself."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from pythonosc.udp_client import SimpleUDPClient

from tests.support.jack import JackServer, Receiver, wait_until
from tests.support.midi_keyboard import Keyboard
from tests.support.playing import MUSIC, free_port
from tests.support.show import Show

pytestmark = pytest.mark.midi

CONTROLS = """\
[controls]
"note 37 channel 10" = "mute"
"cc 1" = "temperature"
"cc 2" = { value = "temperature", low = 0.1, high = 2.2 }
"""
STEPS = 20


def test_neither_a_pad_nor_a_fader_in_a_loop_moves_itself(jack: JackServer, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(CONTROLS, encoding="utf-8")
    port = free_port()
    flags = ("--control", "knobs", "--controls", "mine.toml", "--osc", str(port), "--no-record")
    client = SimpleUDPClient("127.0.0.1", port)
    with (
        Receiver(jack),
        Keyboard(jack, "knobs", has_input=True) as controller,
        client,
        Show(jack, tmp_path, *MUSIC, *flags) as show,
    ):
        wait_until(lambda: len(controller.received()) >= 3, "feedback to lights and faders")
        # Connect our output to the device with our input from the device.
        ours = [name for name in jack.ports() if name.startswith("musicgen-live")]
        jack.connect(
            next(name for name in ours if ":to knobs" in name), next(name for name in ours if ":from knobs" in name)
        )
        for press in range(4):
            controller.plays("99257f")
            show.wait_for("asked", press + 1, name="mute")
            controller.plays("892500")
            time.sleep(0.1)
        # The feedback to its light, on and off, was received four times.
        assert [event["value"] for event in show.events_of("asked", name="mute")] == [True, False, True, False]
        values = [round(0.5 + step / 100, 2) for step in range(STEPS)]
        for value in values:
            client.send_message("/temperature", value)
            time.sleep(0.01)
        show.wait_for("asked", name="temperature", value=values[-1])
        # Circulating messages would still request changes.
        time.sleep(0.3)
        requested = [event["value"] for event in show.events_of("asked", name="temperature")]
        assert set(requested) <= set(values)
        assert requested[-1] == values[-1]
        controller.plays("b0017f")
        show.wait_for("asked", name="temperature", value=2.0)
        assert len(show.events_of("asked", name="temperature")) == len(requested) + 1


PADS = """\
[controls]
"note 36 channel 10" = "reroll"
"cc 1" = "temperature"
"""


def test_a_mapped_pad_of_the_played_keyboard_is_no_note(jack: JackServer, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(PADS, encoding="utf-8")
    flags = ("--input", "keys", "--control", "keys", "--controls", "mine.toml", "--respond", "follow", "--thru")
    with (
        Receiver(jack) as receiver,
        Keyboard(jack) as keyboard,
        Show(jack, tmp_path, *MUSIC, "--low", "C3", *flags, "--no-record") as show,
    ):
        show.wait_for("bar-began", 2)
        # The pad harder than the key: a message that equals one just played through passes for its echo.
        for message in ("992441", "892400", "902440", "802400"):
            keyboard.plays(message)
        show.wait_for("changed", name="reroll")
        show.wait_for("played", 2)
        assert [(event["pitch"], event["velocity"]) for event in show.events_of("played")] == [(36, 64), (36, 0)]
        assert len(show.events_of("asked", name="reroll")) == 1
        receiver.wait_until_sent(bytes.fromhex("802400"), 1)
    assert receiver.messages().count(bytes.fromhex("902440")) == 1
