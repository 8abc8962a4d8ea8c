"""A DAW, Ardour without its window, records our take over PipeWire; its file equals ours, note by note."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import mido
import pytest

from tests.support.ardour import Studio, ardour
from tests.support.jack import LIMIT_S, wait_until
from tests.support.models import toy_model
from tests.support.pipewire import is_installed, pipewire

TEMPO = 120
"""The tempo of a new session in Ardour."""

pytestmark = [
    pytest.mark.midi,
    pytest.mark.skipif(ardour() is None, reason="no Ardour here (Debian, Ubuntu: sudo apt install ardour)"),
    pytest.mark.skipif(not is_installed(), reason="no PipeWire here (sudo apt install pipewire pipewire-jack)"),
]


@pytest.fixture
def studio(tmp_path: Path) -> Iterator[Studio]:
    with pipewire(tmp_path) as server:
        yield Studio(server, tmp_path)


def notes(path: Path, track: str | None = None) -> list[tuple[int, int, int, int, int]]:
    """Return every note of a file, or of the track of a name, in order.

    Each note has its onset in eighths from the first note on, its duration in eighths, channel, pitch and velocity.
    """
    file = mido.MidiFile(path)
    eighth_ticks = file.ticks_per_beat // 2
    found: list[tuple[int, int, int, int, int]] = []
    sounding: dict[tuple[int, int], tuple[int, int]] = {}
    tick = 0
    for message in mido.merge_tracks(each for each in file.tracks if track in (None, each.name)):
        tick += message.time
        if message.type == "note_on" and message.velocity:
            sounding[message.channel, message.note] = (tick, message.velocity)
        elif message.type in ("note_on", "note_off"):
            began, velocity = sounding.pop((message.channel, message.note))
            found.append((began, tick - began, message.channel, message.note, velocity))
    assert sounding == {}
    first = min((note[0] for note in found), default=0)
    return sorted((round((n[0] - first) / eighth_ticks), round(n[1] / eighth_ticks), *n[2:]) for n in found)


def test_ardour_records_our_take_note_by_note(studio: Studio) -> None:
    take = ("--steps", "16", "--tempo", str(TEMPO), "--seed", "5", "--channel", "3", "--velocity", "101")
    with studio.recording("keys") as daw:
        model = ("--preset", "classic", "--model", str(toy_model(studio.folder)))
        studio.play(*model, "--port", *daw.ports, *take)
        daw.stop()
    ours = notes(studio.folder / "take.mid")
    assert len(ours) >= 16
    assert recorded(studio.folder) == [ours]


def test_the_action_makes_a_track_connects_our_port_and_arms_it(studio: Studio) -> None:
    action = Path(__file__).parents[2] / "docs" / "daw" / "musicgen-live.lua"
    with studio.start_playing(
        "--preset", "classic", "--model", str(toy_model(studio.folder)), "--steps", "1000"
    ) as played:
        try:
            wait_until(lambda: any("musicgen-live" in port for port in studio.server.ports()), "our port")
            with studio.recording(str(action)) as daw:
                assert [name for name in daw.connected if "musicgen-live" in name] == daw.connected != []
                time.sleep(4)
                daw.stop()
        finally:
            played.send_signal(signal.SIGINT)
            played.communicate(timeout=LIMIT_S)
    (found,) = recorded(studio.folder)
    ours = Counter(note[3:] for note in notes(studio.folder / "take.mid"))
    assert len(found) >= 8
    assert Counter(note[3:] for note in found) <= ours


def test_ardour_records_three_parts_on_three_tracks(studio: Studio) -> None:
    names = ("melody", "bass", "chords")
    take = ("--preset", "chorale", "--bars", "3", "--meter", "4/4", "--tempo", str(TEMPO), "--seed", "5")
    with studio.recording(*names) as daw:
        parts = [f"{name}:port={port}" for name, port in zip(names, daw.ports, strict=True)]
        studio.play(*take, *(word for part in parts for word in ("--part", part)))
        daw.stop()
    ours = {name: notes(studio.folder / "take.mid", name) for name in names}
    assert all(len(part) >= 3 for part in ours.values())
    for name, channel in zip(names, range(3), strict=True):
        assert {note[2] for note in ours[name]} == {channel}
        assert recorded(studio.folder, f"*{name}*") == [ours[name]]


def recorded(folder: Path, pattern: str = "*") -> list[list[tuple[int, int, int, int, int]]]:
    """Return the notes of the takes that Ardour recorded, without the empty one of each time a track was armed."""
    files = (folder / "session" / "interchange").rglob(f"{pattern}.mid")
    return [found for found in map(notes, files) if found]
