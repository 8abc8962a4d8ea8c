"""Program and bank of music that is not split, changed while it plays."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.config.part_options import all_parts
from musicgen_live.config.presets import load_preset
from musicgen_live.config.user_folder import VARIABLE
from musicgen_live.interfaces.events import Changed, Refused
from tests.support.rehearsal import Rehearsal

SONATINA = load_preset("sonatina").settings.changed({"tempo": 120.0, "meter": "4/4", "bars": 4})


def programs(rehearsal: Rehearsal) -> list[tuple[int, str]]:
    """Return tick and bytes of program changes and bank selects."""
    return [
        (tick, message.hex(" "))
        for tick, message in rehearsal.output.messages
        if message[0] & 0xF0 == 0xC0 or (message[0] & 0xF0 == 0xB0 and message[1] in (0, 32))
    ]


def test_a_program_is_sent_at_once_and_ends_the_notes_that_sound() -> None:
    rehearsal = Rehearsal(SONATINA, [(1.3, Change("program", 5))], 3)
    assert programs(rehearsal) == [(1248, "c0 04")]
    assert [(e.name, e.value, e.bar) for e in rehearsal.published(Changed)] == [("program", 5, 1)]
    assert all(note.end_tick <= 1248 for note in rehearsal.notes() if note.start_tick < 1248)


def test_a_bank_is_sent_before_its_program() -> None:
    rehearsal = Rehearsal(SONATINA.changed({"program": 1}), [(1.3, Change("bank", 129))], 3)
    assert programs(rehearsal) == [(0, "c0 00"), (1248, "b0 00 01"), (1248, "b0 20 01"), (1248, "c0 00")]


def test_program_and_bank_of_a_setting_come_before_the_first_note() -> None:
    rehearsal = Rehearsal(SONATINA.changed({"program": 34, "bank": 2}), [], 3)
    assert programs(rehearsal) == [(0, "b0 00 00"), (0, "b0 20 02"), (0, "c0 21")]


def test_a_scene_brings_its_program_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    script = [(0.2, Change("store", "1")), (0.5, Change("program", 5)), (2.5, Change("scene", "1"))]
    rehearsal = Rehearsal(SONATINA.changed({"program": 3}), script, 3)
    assert [text for _, text in programs(rehearsal)] == ["c0 02", "c0 04", "c0 02"]


@pytest.mark.parametrize("name", ["program", "bank"])
def test_parts_have_their_own(name: str) -> None:
    rehearsal = Rehearsal(SONATINA, [(1.3, Change(name, 5))], 3, parts=all_parts(()))
    reason = f"each part has its own {name}; change bass-{name}, for example"
    assert rehearsal.published(Refused) == [Refused(name, reason)]
    assert programs(rehearsal) == []
