"""OSC over real UDP sockets on loopback: changes in, events out, and nothing that can stop either."""

from __future__ import annotations

import queue
import time
from typing import Any

import pytest
from pythonosc.osc_bundle_builder import IMMEDIATELY, OscBundleBuilder
from pythonosc.osc_message import OscMessage

from musicgen_live.config.parameter import Change
from musicgen_live.errors import PortError, SettingsError
from musicgen_live.interfaces.events import (
    BarBegan,
    Changed,
    Ended,
    Event,
    Granted,
    Kept,
    MessagesSent,
    Opened,
    Refused,
    UserMessage,
)
from musicgen_live.interfaces.osc_server import MAX_RECEIVERS, OscServer, parse_address
from musicgen_live.music.time_signature import TimeSignature
from tests.support.osc import LIMIT_S, Client, Clock, packet

OPENED = Opened(
    ("synth",), (), None, TimeSignature(4, 4), "internal", (("tempo", 120.0), ("key", None), ("mute", True))
)


@pytest.mark.parametrize(
    ("address", "values", "change"),
    [
        ("/tempo", [132], Change("tempo", 132.0)),
        ("/top-p", [0.9], Change("top-p", 0.9)),
        ("/temperature", [0.01], Change("temperature", 0.01)),
        ("/tempo", ["132"], Change("tempo", 132.0)),
        ("/polyphony", [3.0], Change("polyphony", 3)),
        ("/polyphony", [None], Change("polyphony", None)),
        ("/polyphony", ["off"], Change("polyphony", None)),
        ("/key", ["D dorian"], Change("key", "D dorian")),
        ("/key", ["D", "dorian", "@beat"], Change("key", "D dorian", "beat")),
        ("/transpose", [12, "@now"], Change("transpose", 12, "now")),
        ("/transpose", ["12 @now"], Change("transpose", 12, "now")),
        ("/scene", [2, "@4 bars"], Change("scene", "2", "4 bars")),
        ("/reroll", ["@beat"], Change("reroll", None, "beat")),
        ("/reroll", [1.0, "@beat"], Change("reroll", None, "beat")),
        ("/key", ["D", "dorian"], Change("key", "D dorian")),
        ("/mute", [True], Change("mute", True)),
        ("/mute", [0.0], Change("mute", False)),
        ("/reroll", [], Change("reroll")),
        ("/reroll", [1.0], Change("reroll")),
        ("/keep", [1.0], Change("keep")),
        ("/keep", [4], Change("keep", 4)),
        ("/save", ["my groove"], Change("save", "my groove")),
    ],
)
def test_an_address_and_its_value_are_a_change(
    client: Client, changes: queue.SimpleQueue[Change], address: str, values: list[Any], change: Change
) -> None:
    client.send(address, *values)
    assert changes.get(timeout=LIMIT_S) == change


def test_the_release_of_a_button_requests_nothing(client: Client, changes: queue.SimpleQueue[Change]) -> None:
    client.send("/reroll", 1.0)
    client.send("/reroll", 0.0)
    client.send("/keep", 1)
    assert [changes.get(timeout=LIMIT_S).name for _ in range(2)] == ["reroll", "keep"]


@pytest.mark.parametrize(
    ("address", "values", "name", "reason"),
    [
        ("/tempo", [5000], "tempo", "tempo is 5000; it can be a number from 10 to 1000"),
        ("/tempo", [], "tempo", "tempo needs a value"),
        ("/tempo", [1, 2], "tempo", "tempo is [1, 2]; one number or text is needed"),
        ("/tempo", [b"x"], "tempo", "tempo is [b'x']; one number or text is needed"),
        ("/tempo", [float("nan")], "tempo", "tempo is nan; it can be"),
        ("/loudness", [1], "loudness", "there is no value 'loudness' that can be steered; there are tempo"),
        ("/transpose", [12, "@soon"], "transpose", "transpose cannot take effect @soon; write @now,"),
        ("/key", ["H"], "key", "key is 'H'; write a note"),
        ("/save", [], "save", "save needs the name of the preset to be"),
        ("/save", ["../evil"], "save", "save is '../evil'; by OSC it can be a name alone, without a folder and .toml"),
        ("/save", ["evil.toml"], "save", "save is 'evil.toml'; by OSC it can be a name alone"),
        ("/save", ["/elsewhere/evil"], "save", "save is '/elsewhere/evil'; by OSC it can be a name alone"),
        ("/save", ["Nocturne"], "save", "save is 'Nocturne', a preset that ships; choose another name"),
        ("/subscribe", ["x"], "subscribe", "/subscribe 'x' names no port; it can be 1 to 65535"),
        ("/subscribe", [70000], "subscribe", "/subscribe 70000 names no port"),
    ],
)
def test_a_wrong_value_is_answered_to_its_sender(
    client: Client, changes: queue.SimpleQueue[Change], address: str, values: list[Any], name: str, reason: str
) -> None:
    client.send(address, *values)
    answer = client.receive()
    assert answer[:2] == ("/error", name)
    assert reason in answer[2]
    assert changes.empty()


def test_a_refusal_goes_to_all_and_to_its_sender_once(
    server: OscServer, refusals: queue.SimpleQueue[Refused], client: Client, other: Client
) -> None:
    other.send("/subscribe")
    other.send("/tempo", 5000)
    answer = ("/error", "tempo", "tempo is 5000; it can be a number from 10 to 1000")
    assert other.receive() == answer
    refused = refusals.get(timeout=LIMIT_S)
    assert refused == Refused("tempo", "tempo is 5000; it can be a number from 10 to 1000")
    client.send("/subscribe")
    client.send("/unsubscribe", "x")
    assert client.receive()[:2] == ("/error", "unsubscribe")
    server(refused)
    assert client.receive() == answer
    assert other.has_nothing()
    # The same refusal from the conductor is a new one, which nobody has received yet.
    server(refused)
    assert (client.receive(), other.receive()) == (answer, answer)
    assert refusals.empty()


def test_a_flood_of_refusals_is_published_once_a_second(
    refusals: queue.SimpleQueue[Refused], client: Client, clock: Clock
) -> None:
    for value in range(2000, 2100):
        client.send("/tempo", value)
        assert client.receive()[:2] == ("/error", "tempo")
    for name in "abcdefgh":
        client.send(f"/{name}")
        client.receive()
    clock.now_s += 1.0
    client.send("/tempo", 5000)
    client.receive()
    published = [refusals.get_nowait() for _ in range(5)]
    assert [refused.name for refused in published] == ["tempo", "a", "b", "c", "tempo"]
    assert [refused.reason[:13] for refused in (published[0], published[4])] == ["tempo is 2000", "tempo is 5000"]
    assert refusals.empty()


@pytest.mark.parametrize(
    ("address", "values", "name", "reason"),
    [
        ("/" + "x" * 60_000, [1], "x" * 57 + "...", "there is no value 'xxx"),
        ("/key", ["H" * 60_000], "key", "key is 'HHH"),
        ("/preset", ["p" * 60_000], "preset", "there is no preset 'ppp"),
        ("/model", ["m" * 60_000 + ".safetensors"], "model", "model is 'mmm"),
        ("/model", ["m" * 60_000], "model", "there is no model 'mmm"),
        ("/mute", ["perhaps" * 8_000], "mute", "mute is 'perhaps"),
    ],
)
def test_a_far_too_long_value_is_refused_briefly(
    client: Client,
    changes: queue.SimpleQueue[Change],
    refusals: queue.SimpleQueue[Refused],
    address: str,
    values: list[Any],
    name: str,
    reason: str,
) -> None:
    client.send(address, *values)
    answer = client.receive()
    assert answer[:2] == ("/error", name)
    assert answer[2].startswith(reason)
    assert len(answer[2]) <= 400
    assert refusals.get(timeout=LIMIT_S) == Refused(*answer[1:])
    assert changes.empty()


def test_subscribers_get_the_events(server: OscServer, client: Client) -> None:
    server(OPENED)
    client.send("/subscribe")
    state = [("/state", "tempo", 120.0), ("/state", "key", "off"), ("/state", "mute", 1)]
    assert [client.receive() for _ in range(3)] == state
    messages = (bytes((0x90, 60, 80)), bytes((0x92, 64, 70)), bytes((0x80, 59, 0)), bytes((0x90, 62, 0)))
    events: list[Event] = [
        MessagesSent(480, messages, (0.1, 0.1), 0),
        MessagesSent(960, (bytes((0x80, 60, 0)),), (), 0),
        BarBegan(2),
        Granted("tempo", 132.0, 3),
        Changed("tempo", 132.0, 3),
        Changed("polyphony", None, 3),
        Changed("reroll", None, 3),
        Refused("model", "there is no model 'x'"),
        Kept("take.mid", 1, 8),
        UserMessage("Saved."),
        Ended(),
    ]
    for event in events:
        server(event)
    assert [client.receive() for _ in range(9)] == [
        ("/notes", 60, 80, 480, 64, 70, 480),
        ("/bar", 2),
        ("/state", "tempo", 132.0),
        ("/state", "polyphony", "off"),
        ("/state", "reroll", ""),
        ("/error", "model", "there is no model 'x'"),
        ("/kept", "take.mid"),
        ("/said", "Saved."),
        ("/ended",),
    ]
    client.send("/state")
    assert [client.receive() for _ in range(4)] == [
        ("/state", "tempo", 132.0), *state[1:], ("/state", "polyphony", "off"),
    ]  # fmt: skip


def test_without_subscribers_events_go_to_the_latest_sender(
    server: OscServer, client: Client, other: Client, changes: queue.SimpleQueue[Change]
) -> None:
    server(BarBegan(1))
    client.send("/keep")
    changes.get(timeout=LIMIT_S)
    server(BarBegan(2))
    assert client.receive() == ("/bar", 2)
    other.send("/keep")
    changes.get(timeout=LIMIT_S)
    server(BarBegan(3))
    assert other.receive() == ("/bar", 3)
    assert client.has_nothing()


def test_another_port_can_be_subscribed_and_gets_the_answers(
    server: OscServer, client: Client, other: Client, changes: queue.SimpleQueue[Change]
) -> None:
    client.send("/subscribe", other.port)
    client.send("/tempo", 1)
    assert other.receive()[:2] == ("/error", "tempo")
    server(BarBegan(1))
    assert other.receive() == ("/bar", 1)
    assert client.has_nothing()
    client.send("/unsubscribe", other.port)
    client.send("/keep")
    changes.get(timeout=LIMIT_S)
    server(BarBegan(2))
    assert client.receive() == ("/bar", 2)
    assert other.has_nothing()


def test_the_latest_subscribers_are_kept(server: OscServer, client: Client, changes: queue.SimpleQueue[Change]) -> None:
    server(OPENED)
    client.send("/subscribe")
    assert client.receive() == ("/state", "tempo", 120.0)
    for port in range(20_000, 20_000 + MAX_RECEIVERS):
        client.send("/subscribe", port)
    client.send("/tempo", 1)
    client.send("/keep")
    # Messages are handled in order, so the server has received all of them.
    assert changes.get(timeout=LIMIT_S) == Change("keep")
    server(BarBegan(1))
    # The answers go to those ports too, where nobody listens.
    assert [client.receive() for _ in range(2)] == [("/state", "key", "off"), ("/state", "mute", 1)]


def test_a_receiver_that_is_gone_is_no_error(server: OscServer, client: Client, other: Client) -> None:
    server(OPENED)
    for each in (client, other):
        each.send("/subscribe")
        for _ in range(3):
            each.receive()
    other.close()
    for bar in range(1, 200):
        server(BarBegan(bar))
        assert client.receive() == ("/bar", bar)


def test_bundles_are_unpacked_whatever_their_time(client: Client, changes: queue.SimpleQueue[Change]) -> None:
    inner = OscBundleBuilder(IMMEDIATELY)
    inner.add_content(OscMessage(packet("/keep")))
    outer = OscBundleBuilder(int(time.time()) + 3600)
    outer.add_content(OscMessage(packet("/tempo", 90)))
    outer.add_content(inner.build())
    outer.add_content(OscMessage(packet("/reroll")))
    client.send_bytes(outer.build().dgram)
    assert [changes.get(timeout=LIMIT_S) for _ in range(3)] == [Change("tempo", 90.0), Change("keep"), Change("reroll")]


def test_our_own_messages_are_not_answered(client: Client, changes: queue.SimpleQueue[Change]) -> None:
    for address, values in (("/error", ["x", "y"]), ("/state", ["tempo", 1]), ("/bar", [1]), ("/notes", [1, 2, 3])):
        client.send(address, *values)
    client.send("/keep")
    assert changes.get(timeout=LIMIT_S) == Change("keep")
    assert client.has_nothing()


def nobody(_: object) -> None:
    """Ignore the event."""


def test_an_unavailable_address_is_an_error_of_one_sentence(server: OscServer) -> None:
    with pytest.raises(
        PortError, match=r"^OSC cannot be heard at 127\.0\.0\.1:\d+ \(.*\); choose another port with --osc$"
    ):
        OscServer(nobody, nobody, server.address)
    # An address reserved for documentation, a name that no server knows, and one that is too long.
    for elsewhere in ("192.0.2.1", "nowhere.invalid", "x" * 80):
        with pytest.raises(
            PortError, match=rf"at {elsewhere}:9000 \(.*\); write a port alone after --osc, such as 9000"
        ):
            OscServer(nobody, nobody, (elsewhere, 9000))


def test_it_closes_and_can_open_again_at_once(server: OscServer) -> None:
    server.close()
    server.close()
    server(BarBegan(1))
    OscServer(nobody, nobody, server.address).close()


def test_it_listens_to_this_machine_by_default() -> None:
    assert parse_address("9000") == ("127.0.0.1", 9000)
    assert parse_address("0.0.0.0:9000") == ("0.0.0.0", 9000)
    for wrong in ("", "0", "65536", "osc", "9000:", "-1"):
        with pytest.raises(SettingsError, match=f"osc is '{wrong}'; write a port from 1 to 65535"):
            parse_address(wrong)
