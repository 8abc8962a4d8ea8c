"""OSC from a stranger: it reads no file of this machine, fills no disk, and makes nobody a receiver."""

from __future__ import annotations

import queue
from dataclasses import replace
from pathlib import Path

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.interfaces.events import (
    BarBegan,
    Changed,
    Opened,
    Refused,
)
from musicgen_live.interfaces.osc_server import OscServer, warning_for
from musicgen_live.music.time_signature import TimeSignature
from tests.support.models import toy_model
from tests.support.osc import LIMIT_S, Client, Clock, packet

OPENED = Opened(
    ("synth",), (), None, TimeSignature(4, 4), "internal", (("tempo", 120.0), ("key", None), ("mute", True))
)


def test_nobody_fills_the_disk_with_presets(client: Client, changes: queue.SimpleQueue[Change], clock: Clock) -> None:
    for number in range(6):
        client.send("/save", f"groove {number}")
    assert client.receive() == ("/error", "save", "save is possible 5 times a minute by OSC; wait a little")
    assert [changes.get(timeout=LIMIT_S).value for _ in range(5)] == [f"groove {number}" for number in range(5)]
    clock.now_s += 60.0
    client.send("/save", "groove 6")
    assert changes.get(timeout=LIMIT_S) == Change("save", "groove 6")


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's own folder, with a preset, and a link to a file outside."""
    own = tmp_path / "own" / "presets"
    own.mkdir(parents=True)
    (own / "evening.toml").write_text("tempo = 60.0\n")
    (tmp_path / "secret.toml").write_text("password = 1234\n")
    (own / "link.toml").symlink_to(tmp_path / "secret.toml")
    monkeypatch.setenv("MUSICGEN_LIVE_HOME", str(tmp_path / "own"))
    return own


def test_presets_are_names_and_files_of_the_users_folder(
    own_folder: Path, client: Client, changes: queue.SimpleQueue[Change]
) -> None:
    for value in ("nocturne", "evening", str(own_folder / "evening.toml")):
        client.send("/preset", value)
        assert changes.get(timeout=LIMIT_S) == Change("preset", value)


@pytest.mark.parametrize("name", ["preset", "model"])
def test_no_file_elsewhere_is_read_or_told_to_be_there(own_folder: Path, client: Client, name: str) -> None:
    suffix = ".toml" if name == "preset" else ".safetensors"
    places = [
        own_folder.parents[1] / f"secret{suffix}",
        own_folder.parents[1] / f"nosuch{suffix}",
        own_folder / ".." / ".." / f"secret{suffix}",
        Path("/etc/passwd"),
        Path("/nosuch/passwd"),
    ]
    for place in (*places, *([own_folder / "link.toml"] if name == "preset" else [])):
        client.send(f"/{name}", str(place))
        answer = client.receive()
        assert answer[:2] == ("/error", name)
        assert answer[2].startswith(f"{name} is {str(place)!r}; by OSC it can be ")
        assert "1234" not in answer[2]


def test_a_model_that_the_take_has_had_may_be_anywhere(
    server: OscServer, client: Client, changes: queue.SimpleQueue[Change], tmp_path: Path
) -> None:
    own = str(toy_model(tmp_path))
    server(replace(OPENED, values=(("model", own), ("preset", None))))
    server(Changed("model", "piano", 3))
    client.send("/model", own)
    assert changes.get(timeout=LIMIT_S) == Change("model", own)


@pytest.mark.parametrize(
    "garbage",
    [b"", b"\0", b"hello", b"/tempo", b"#bundle\0", packet("/nosuch", 1), packet("/tempo", 5000), packet("/bar", 1)],
    ids=repr,
)
def test_garbage_makes_nobody_a_receiver(
    server: OscServer, client: Client, other: Client, changes: queue.SimpleQueue[Change], garbage: bytes
) -> None:
    client.send("/keep")
    changes.get(timeout=LIMIT_S)
    other.send_bytes(garbage)
    client.send("/state", 1)
    client.send("/keep")
    changes.get(timeout=LIMIT_S)
    server(BarBegan(1))
    assert client.receive() == ("/bar", 1)
    other.skip_errors()
    assert other.has_nothing()


def test_a_mistake_in_the_program_is_answered_and_the_server_goes_on(
    refusals: queue.SimpleQueue[Refused], changes: queue.SimpleQueue[Change]
) -> None:
    def fail(change: Change) -> None:
        if change.name == "tempo":
            raise KeyError("no such thing")
        changes.put(change)

    with OscServer(fail, refusals.put, ("127.0.0.1", 0), reason_of=lambda error: f"a mistake: {error!r}") as server:
        client = Client(server)
        client.send("/tempo", 100)
        assert client.receive() == ("/error", "tempo", "a mistake: KeyError('no such thing')")
        client.send("/keep")
        assert changes.get(timeout=LIMIT_S) == Change("keep")
        client.close()


@pytest.mark.parametrize(
    ("address", "warning"),
    [
        (("127.0.0.1", 9000), None),
        (("localhost", 9000), None),
        (
            ("0.0.0.0", 9000),
            "OSC comes from the whole network, at port 9000: anybody there can change this take and save presets.",
        ),
        (
            ("192.168.1.7", 9000),
            "OSC comes from the network of 192.168.1.7, at port 9000: anybody there can change this take and save "
            "presets.",
        ),
    ],
)
def test_an_address_that_others_reach_is_explained(address: tuple[str, int], warning: str | None) -> None:
    assert warning_for(address) == warning
