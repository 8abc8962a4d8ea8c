"""A session whose music is split: the same notes, each on the channel of its part, also after changes and jumps."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import mido
import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.config.part_options import PartOptions, all_parts
from musicgen_live.config.presets import load_preset
from musicgen_live.config.user_folder import VARIABLE
from musicgen_live.generation.performance import Performance
from musicgen_live.interfaces.events import Planned, Refused
from musicgen_live.midi.takes.label import TakeLabel
from musicgen_live.music.notes import Note
from musicgen_live.session.render import write_take
from tests.support.light import light_model
from tests.support.rehearsal import Rehearsal

BAR = 1920
SONATINA = load_preset("sonatina").settings.changed({"tempo": 120.0, "meter": "4/4", "bars": 4})
PARTS = all_parts(())
MELODY, BASS, CHORDS = range(3)


def by_channel(rehearsal: Rehearsal) -> dict[int, list[tuple[int, int]]]:
    """Return the note-ons of each channel, as tick and pitch."""
    found: dict[int, list[tuple[int, int]]] = {}
    for tick, message in rehearsal.output.messages:
        if message[0] & 0xF0 == 0x90:
            found.setdefault(message[0] & 0x0F, []).append((tick, message[1]))
    return found


@pytest.fixture(scope="module")
def split() -> Rehearsal:
    return Rehearsal(SONATINA, parts=PARTS)


def test_the_notes_are_those_of_music_that_is_not_split(split: Rehearsal) -> None:
    whole = Rehearsal(SONATINA)
    assert split.notes() == whole.notes()
    found = by_channel(split)
    assert sorted(found) == [MELODY, BASS, CHORDS]
    assert all(len(notes) >= 4 for notes in found.values())
    # The melody lies above the bass.
    assert min(pitch for _, pitch in found[MELODY]) > max(pitch for _, pitch in found[BASS])


def test_planned_notes_have_their_parts(split: Rehearsal) -> None:
    planned: list[Note] = [note for event in split.published(Planned) for note in event.notes]
    assert Counter(note.part for note in planned) == {
        name: len(by_channel(split)[channel]) for channel, name in enumerate(("melody", "bass", "chords"))
    }


def test_a_scene_that_is_called_again_brings_back_who_is_muted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    called = Rehearsal(
        SONATINA.changed({"bars": 8}),
        [
            (0.1, Change("store", "1")),
            (0.5, Change("scene", "1")),
            (4.1, Change("melody-mute", True)),
            (8.1, Change("scene", "1")),
        ],
        parts=PARTS,
    )
    assert called.session.values["melody-mute"] is False
    bars = {tick // BAR + 1 for tick, _ in by_channel(called)[MELODY]}
    assert 4 not in bars
    assert {6, 7} <= bars


def test_changes_of_parts_in_a_session(split: Rehearsal) -> None:
    changed = Rehearsal(
        SONATINA,
        [
            (2.5, Change("bass-transpose", -12)),
            (2.5, Change("melody-velocity", 10)),
            (4.1, Change("chords-solo", True)),
            (6.1, Change("channel", 5)),
        ],
        parts=PARTS,
    )
    before, after = by_channel(split), by_channel(changed)
    # Transposed from the third bar on, which is silent but for the chords soon after it has begun.
    assert [each for each in after[BASS] if each[0] < 2 * BAR] == [each for each in before[BASS] if each[0] < 2 * BAR]
    assert {(tick, pitch + 12) for tick, pitch in after[BASS] if tick >= 2 * BAR} <= set(before[BASS])
    assert [tick for tick, _ in after[MELODY] if tick > 2 * BAR + 96] == []
    assert after[CHORDS] == before[CHORDS]
    assert [event.reason for event in changed.published(Refused)] == [
        "each part has its own channel; give it at the start, as in --part bass:channel=2"
    ]


def test_the_take_of_three_parts_is_what_render_writes(tmp_path: Path) -> None:
    parts = all_parts([PartOptions("bass", transpose=-12, program=34)])
    settings = SONATINA.changed({"pedal": True})
    Rehearsal(settings, parts=parts, take=tmp_path / "played.mid")
    performance = Performance.of(settings, light_model(settings.model), 0)
    write_take(performance, tmp_path / "rendered.mid", TakeLabel.of("sonatina", 0, settings), parts)
    played, tracks = (mido.MidiFile(tmp_path / f"{name}.mid").tracks[1:] for name in ("played", "rendered"))
    assert played == tracks
    assert [(track.name, {m.channel for m in track if not m.is_meta}) for track in tracks] == [
        ("melody", {MELODY}),
        ("bass", {BASS}),
        ("chords", {CHORDS}),
    ]
    assert [m.program for m in tracks[1] if m.type == "program_change"] == [33]
    assert {m.value for track in tracks for m in track if m.type == "control_change" and m.control == 64} == {0, 127}


def test_a_loop_keeps_its_parts() -> None:
    frozen = Rehearsal(SONATINA.changed({"bars": 6}), [(2.5, Change("freeze", 1))], parts=PARTS)
    found = by_channel(frozen)
    third, fourth = (
        [{(tick - n * BAR, pitch) for tick, pitch in notes if tick // BAR == n} for notes in found.values()]
        for n in (3, 4)
    )
    assert third == fourth
    assert sum(map(len, third)) > 0
