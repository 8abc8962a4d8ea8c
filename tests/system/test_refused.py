"""Refused changes are published to all observers of `play`, and the music continues."""

from __future__ import annotations

from pathlib import Path

import pytest
from pythonosc.udp_client import SimpleUDPClient

from tests.support.jack import JackServer, Receiver
from tests.support.playing import MUSIC, free_port
from tests.support.show import Show

pytestmark = pytest.mark.midi


def test_osc_refusals_are_json_lines_and_harm_nothing(jack: JackServer, tmp_path: Path) -> None:
    port = free_port()
    client = SimpleUDPClient("127.0.0.1", port)
    with Receiver(jack) as receiver, client:
        with Show(jack, tmp_path, *MUSIC, "--osc", str(port), "--no-record") as show:
            show.wait_for("bar-began")
            for _ in range(50):
                client.send_message("/tempo", 5000)
            client.send_message("/preset", "p" * 5000)
            client.send_message("/save", "a/b")
            # Refused too, but of a name one refusal is published in a while.
            client.send_message("/save", "s" * 300 + ".toml")
            refused = show.wait_for("refused", 3)
            bars = len(show.events_of("bar-began"))
            show.wait_for("bar-began", bars + 2)
        assert receiver.sounding() == set()
    assert [event["name"] for event in refused] == ["tempo", "preset", "save"]
    assert refused[0]["reason"] == "tempo is 5000; it can be a number from 10 to 1000"
    assert refused[1]["reason"].startswith("there is no preset 'ppp")
    assert refused[2]["reason"] == "save is 'a/b'; by OSC it can be a name alone, without a folder and .toml"
    assert len(show.events_of("refused")) == 3
