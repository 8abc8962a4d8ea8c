"""The server of the page over real sockets on loopback: what a page gets, what it may ask, and how it ends."""

from __future__ import annotations

import queue
import socket
from pathlib import Path

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.errors import PortError
from musicgen_live.interfaces.events import (
    BarBegan,
    Changed,
    Ended,
    Granted,
    Kept,
    MessagesSent,
    Opened,
    Planned,
    Played,
    TurnBegan,
    UserMessage,
)
from musicgen_live.interfaces.web.app import TAKE_OVER
from musicgen_live.interfaces.web.server import WebServer
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature
from tests.musicgen_live.interfaces.web.conftest import CARDS, KeptRequests
from tests.support.jack import JackServer, Receiver
from tests.support.page import LIMIT_S, PageClient

OPENED = Opened(("synth",), (), None, TimeSignature(3, 4), "internal", (("tempo", 120.0), ("key", None)), 7)


def test_a_page_gets_the_table_of_parameters_first(server: WebServer) -> None:
    with PageClient(server) as page:
        hello = page.receive()
    assert [row["name"] for row in hello["parameters"]] == list(PARAMETERS)
    assert hello["parameters"][0] == {
        "name": "tempo",
        "kind": "number",
        "help": "Quarter notes per minute, without --sync.",
        "applies": "at once",
        "minimum": 10,
        "maximum": 1000,
        "sweep": [40, 240],
        "step": 1,
        "unit": "BPM",
        "choices": [],
        "optional": False,
        "off": "off",
        "zero": "",
    }
    assert hello["instruments"] == ["bass", "electric-piano", "felt", "pad", "piano"]


def test_events_go_to_every_page_as_in_the_lines_of_json(server: WebServer, page: PageClient) -> None:
    with PageClient(server) as other:
        other.receive()
        server(Planned(0, 1440, (Note(0, 480, 60, 80),), ((0, "A"),)))
        server(BarBegan(1))
        for each in (page, other):
            assert each.receive() == {
                "event": "planned",
                "tick": 0,
                "until_tick": 1440,
                "notes": [[0, 480, 60, 80]],
                "sections": [[0, "A"]],
            }
            assert each.receive() == {"event": "bar-began", "bar": 1}


def test_a_page_that_comes_later_gets_the_take_so_far(server: WebServer, page: PageClient) -> None:
    for event in (
        OPENED,
        UserMessage("Hello."),
        Position(0, 10.0, 120.0, runs=True),
        Planned(0, 1440, (Note(0, 480, 60, 80),), ((0, "A"),)),
        Planned(1440, 2880, (Note(1440, 480, 62, 80),)),
        BarBegan(1),
        MessagesSent(0, (b"\x90\x3c\x50",), (0.1,), 0),
        Played(100, 72, 64),
        Played(200, 72, 0),
        TurnBegan("you", 0),
        TurnBegan("network", 960),
        TurnBegan("network", 1440, 2880),
        TurnBegan("you", 2880),
        TurnBegan("you", 960),
        Granted("key", "D dorian", 3),
        Granted("tempo", 99.0, 1),
        Changed("tempo", 99.0, 1),
    ):
        server(event)
    page.receive_until(lambda event: event["event"] == "changed")
    with PageClient(server) as later:
        assert later.receive()["notes"] == 1
        assert [later.receive() for _ in range(10)] == [
            {
                "event": "opened", "outputs": ["synth"], "inputs": [], "take": None, "meter": [3, 4],
                "sync": "internal", "values": {"tempo": 99.0, "key": None}, "seed": 7,
                "sound": None,
            },
            {"event": "place", "tick": 0, "at_s": 10.0, "tempo": 120.0, "runs": True},
            {
                "event": "planned", "tick": 0, "until_tick": 1920,
                "notes": [[0, 480, 60, 80], [1440, 480, 62, 80]], "sections": [[0, "A"]],
            },
            {"event": "played", "tick": 100, "pitch": 72, "velocity": 64},
            {"event": "played", "tick": 200, "pitch": 72, "velocity": 0},
            {"event": "turn-began", "whose": "you", "tick": 0, "until_tick": None},
            {"event": "turn-began", "whose": "you", "tick": 960, "until_tick": None},
            {"event": "bar-began", "bar": 1},
            {"event": "asked", "name": "key", "value": "D dorian", "bar": 3},
            {"event": "said", "text": "Hello."},
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("message", "change"),
    [
        ({"change": "tempo", "value": 132}, Change("tempo", 132.0)),
        ({"change": "key", "value": "D dorian"}, Change("key", "D dorian")),
        ({"change": "polyphony", "value": None}, Change("polyphony", None)),
        ({"change": "low", "value": 48}, Change("low", "C3")),
        ({"change": "mute", "value": True}, Change("mute", True)),
        ({"change": "reroll"}, Change("reroll")),
        ({"change": "save", "value": "my groove"}, Change("save", "my groove")),
    ],
)
def test_a_page_changes_the_music(
    page: PageClient, changes: queue.SimpleQueue[Change], message: object, change: Change
) -> None:
    page.send(message)
    assert changes.get(timeout=LIMIT_S) == change


def test_a_page_can_end_the_take(page: PageClient, session: KeptRequests) -> None:
    page.send({"quit": True})
    session.quits.get(timeout=LIMIT_S)


def test_what_is_played_on_a_page_is_dated_and_released_when_the_page_is_gone(
    server: WebServer, session: KeptRequests, page: PageClient
) -> None:
    with PageClient(server) as other:
        other.send({"midi": "903c50", "at_s": 12.25})
        assert session.played.get(timeout=LIMIT_S) == (1, 12.25, b"\x90\x3c\x50")
    assert session.played.get(timeout=LIMIT_S) == 1
    page.send({"midi": "b04040", "at_s": 12.5})
    assert session.played.get(timeout=LIMIT_S) == (0, 12.5, b"\xb0\x40\x40")


@pytest.mark.parametrize("name", ["IAC Bus 1", None])
def test_a_page_chooses_a_port(page: PageClient, session: KeptRequests, name: str | None) -> None:
    page.send({"port": name, "output": 1})
    assert session.ports.get(timeout=LIMIT_S) == (1, name)


def test_a_page_gets_the_cards_of_presets_and_models(page: PageClient) -> None:
    page.send({"cards": True})
    assert page.receive() == CARDS


@pytest.mark.midi
def test_a_page_gets_the_names_of_the_ports(jack: JackServer, page: PageClient) -> None:
    with Receiver(jack, "synth"):
        page.send({"ports": True})
        answer = page.receive()
    assert answer["event"] == "ports"
    assert "synth:in" in answer["outputs"]


def test_several_pages_get_one_list_of_ports(no_jack: None, server: WebServer, page: PageClient) -> None:  # noqa: ARG001
    with PageClient(server) as other:
        assert other.receive()["event"] == "hello"
        for each in (page, other, page):
            each.send({"ports": True})
        lists = [each.receive() for each in (page, other, page)]
    assert [each["event"] for each in lists] == ["ports"] * 3
    assert "synth:in" not in lists[0]["outputs"]
    assert lists[0] == lists[1] == lists[2]


@pytest.mark.parametrize(("at_s", "counts_as_s"), [(99.0, 12.5), (3.0, 11.5)])
def test_nothing_was_played_in_the_future_or_long_ago(
    session: KeptRequests, page: PageClient, at_s: float, counts_as_s: float
) -> None:
    page.send({"midi": "903c50", "at_s": at_s})
    assert session.played.get(timeout=LIMIT_S) == (0, counts_as_s, b"\x90\x3c\x50")


def test_a_ping_comes_back_with_the_time(page: PageClient) -> None:
    page.send({"ping": 3})
    assert page.receive() == {"event": "pong", "ping": 3.0, "now_s": 12.5}


@pytest.mark.parametrize(
    ("message", "name", "reason"),
    [
        ({"change": "tempo", "value": 5000}, "tempo", "tempo is 5000; it can be a number from 10 to 1000"),
        ({"change": "tempo"}, "tempo", "tempo needs a value"),
        ({"change": "tempo", "value": [1]}, "tempo", "tempo is [[1]]; one number or text is needed"),
        ({"change": "loudness", "value": 1}, "loudness", "there is no value 'loudness' that can be steered"),
        ({"change": "save", "value": "../evil"}, "save", "save is '../evil'; from the page it can be a name alone"),
        ({"change": "model", "value": "/etc/passwd"}, "model", "model is '/etc/passwd'; from the page it can be"),
        ({"change": "tempo", "value": 10**400}, "page", "tempo is a number that is far too large"),
        ({"hello": 1}, "page", "a message of the page asks for nothing that there is"),
        ([1], "page", "a message of the page is no object"),
        ({"midi": "f8", "at_s": 1}, "page", "midi is 'f8'; it can be a channel message as hexadecimal, with its at_s"),
        ({"midi": "903c", "at_s": 1}, "page", "midi is '903c'; it can be a channel message"),
        ({"midi": "x", "at_s": 1}, "page", "midi is 'x'; it can be a channel message"),
        ({"port": 3, "output": 0}, "page", "port is '3'; it can be the name of a port"),
        ({"midi": "903c50"}, "page", "midi is '903c50'; it can be a channel message"),
    ],
)
def test_a_wrong_message_is_answered(
    page: PageClient, changes: queue.SimpleQueue[Change], message: object, name: str, reason: str
) -> None:
    page.send(message)
    answer = page.receive()
    assert (answer["event"], answer["name"]) == ("refused", name)
    assert answer["reason"].startswith(reason)
    assert changes.empty()


def test_a_page_can_have_the_bars_that_were_kept_and_no_other_file(
    server: WebServer, page: PageClient, tmp_path: Path
) -> None:
    kept, other = tmp_path / "kept.mid", tmp_path / "other.mid"
    kept.write_bytes(b"MThd")
    other.write_bytes(b"secret")
    server(Kept(str(kept), 1, 8))
    assert page.receive()["event"] == "kept"
    page.send({"file": "kept.mid"})
    assert page.receive() == {"event": "file", "name": "kept.mid", "data": "TVRoZA=="}
    for name in ("other.mid", str(kept), "./kept.mid", ""):
        page.send({"file": name})
        assert page.receive()["reason"].endswith("is no file of kept bars of this take")
    with PageClient(server) as later:
        assert later.receive()["kept"] == ["kept.mid"]
    kept.unlink()
    page.send({"file": "kept.mid"})
    assert page.receive()["reason"].startswith("kept.mid cannot be read (")


def test_the_end_reaches_every_page(server: WebServer, page: PageClient) -> None:
    server(Ended())
    server.close()
    assert page.receive() == {"event": "ended"}
    assert page.close_code() == TAKE_OVER


def test_it_closes_while_a_page_reads_nothing(server: WebServer) -> None:
    with PageClient(server, max_queue=1), PageClient(server) as page:
        for number in range(200):
            server(UserMessage(f"{number} {'x' * 50_000}"))
        page.receive_until(lambda event: event.get("text", "").startswith("199 "))
        server.close()


def test_an_event_after_the_end_is_no_error(server: WebServer) -> None:
    server.close()
    server(BarBegan(1))


def test_a_port_that_is_taken_is_named(session: KeptRequests) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortError, match=rf"cannot be served at 127.0.0.1:{port} .*choose another port"):
            WebServer(session, ("127.0.0.1", port))


def test_a_host_of_another_machine_is_named(session: KeptRequests) -> None:
    with pytest.raises(PortError, match=r"cannot be served at 192.0.2.1:8080"):
        WebServer(session, ("192.0.2.1", 8080))
