"""What `play` refuses while it plays is told to all who watch, and the music goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from pythonosc.udp_client import SimpleUDPClient

from tests.support.jack import JackServer, Receiver
from tests.support.playing import MUSIC, free_port
from tests.support.show import Show

pytestmark = pytest.mark.midi


def test_what_osc_refuses_is_a_line_of_json_too_and_harms_nothing(jack: JackServer, tmp_path: Path) -> None:
    port = free_port()
    client = SimpleUDPClient("127.0.0.1", port)
    with Receiver(jack) as receiver, client:
        with Show(jack, tmp_path, *MUSIC, "--osc", str(port), "--no-record") as show:
            show.wait_for("bar-began")
            for _ in range(50):
                client.send_message("/tempo", 5000)
            client.send_message("/preset", "p" * 5000)
            # These are wishes; what is wrong with them is found out where files are written.
            client.send_message("/save", "a/b")
            client.send_message("/save", "s" * 300 + ".toml")
            refused = show.wait_for("refused", 4)
            bars = len(show.told("bar-began"))
            show.wait_for("bar-began", bars + 2)
        assert receiver.sounding() == set()
    assert [event["name"] for event in refused] == ["tempo", "preset", "save", "save"]
    assert refused[0]["reason"] == "tempo is 5000; it can be a number from 10 to 1000"
    assert refused[1]["reason"].startswith("there is no preset 'ppp")
    assert refused[2]["reason"] == "the preset's file is 'a/b'; it has to end in .toml"
    assert refused[3]["reason"].startswith("the preset sss")
    assert len(show.told("refused")) == 4
