from __future__ import annotations

from musicgen_live.interfaces.screen.note_store import KEPT_TICKS, OwnNotes, PlannedNotes
from musicgen_live.music.notes import Note


def test_a_bar_planned_after_another_is_added() -> None:
    planned = PlannedNotes()
    planned.plan(0, [Note(0, 480, 60, 80)])
    planned.plan(1920, [Note(2400, 480, 64, 80), Note(1920, 480, 62, 80)])
    assert planned.between(0, 3840) == [Note(0, 480, 60, 80), Note(1920, 480, 62, 80), Note(2400, 480, 64, 80)]


def test_a_new_plan_replaces_all_notes_from_its_tick_on() -> None:
    planned = PlannedNotes()
    planned.plan(0, [Note(0, 2400, 60, 80), Note(1920, 480, 62, 80), Note(3840, 480, 64, 80)])
    planned.plan(1920, [Note(2400, 480, 65, 80)])
    # The first note began earlier and still sounds.
    assert planned.between(0, 9600) == [Note(0, 2400, 60, 80), Note(2400, 480, 65, 80)]


def test_a_section_has_every_sounding_note_however_old() -> None:
    planned = PlannedNotes()
    planned.plan(0, [Note(0, 4801, 36, 80), Note(480, 480, 60, 80), Note(4320, 480, 64, 80), Note(5760, 10, 67, 80)])
    assert planned.between(4800, 5760) == [Note(0, 4801, 36, 80)]


def test_own_notes_last_until_their_note_off_or_now() -> None:
    own = OwnNotes()
    own.receive(100, 60, 90)
    own.receive(200, 64, 70)
    own.receive(340, 60, 0)
    assert own.between(0, 1920, now_tick=500) == [Note(100, 240, 60, 90), Note(200, 300, 64, 70)]
    assert own.between(0, 1920, now_tick=700) == [Note(100, 240, 60, 90), Note(200, 500, 64, 70)]
    assert own.between(340, 1920, now_tick=700) == [Note(200, 500, 64, 70)]


def test_a_stray_note_off_is_ignored_and_a_note_on_ends_another() -> None:
    own = OwnNotes()
    own.receive(50, 72, 0)
    own.receive(100, 60, 90)
    own.receive(200, 60, 91)
    assert own.between(0, 1920, now_tick=300) == [Note(100, 100, 60, 90), Note(200, 100, 60, 91)]


def test_a_note_held_while_the_music_goes_back_has_a_length() -> None:
    own = OwnNotes()
    own.receive(5000, 60, 90)
    own.receive(120, 60, 0)
    assert own.between(0, 9600, now_tick=130) == [Note(5000, 1, 60, 90)]


def test_notes_far_back_are_forgotten() -> None:
    planned, own = PlannedNotes(), OwnNotes()
    end_tick = 4 * KEPT_TICKS
    for tick in range(0, end_tick, 960):
        planned.plan(tick, [Note(tick, 480, 60, 90)])
        own.receive(tick, 72, 90)
        own.receive(tick + 480, 72, 0)
    for found in (planned.between(0, end_tick), own.between(0, end_tick, end_tick)):
        ticks = [note.start_tick for note in found]
        assert ticks == list(range(ticks[0], end_tick, 960))
        assert KEPT_TICKS <= end_tick - ticks[0] <= KEPT_TICKS + 1001 * 960
