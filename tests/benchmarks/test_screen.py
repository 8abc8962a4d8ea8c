from __future__ import annotations

from benchmarks.screen import events_by_tick, play
from musicgen_live.interfaces.events import BarBegan, Ended, Event, MessagesSent, Planned, Played
from musicgen_live.music.notes import Note

NOTES = [Note(0, 480, 60, 80), Note(1920, 480, 62, 81), Note(5760, 480, 64, 82)]


def test_bars_are_planned_two_ahead_and_notes_are_sent_when_they_are_due() -> None:
    assert events_by_tick(NOTES, 4) == [
        (0, Planned(0, 1920, (NOTES[0],))),
        (0, Planned(1920, 3840, (NOTES[1],))),
        (0, Planned(3840, 5760, ())),
        (0, BarBegan(1)),
        (0, MessagesSent(0, (b"\x90\x3c\x50",), (0.1,), 0)),
        (0, Played(0, 60, 80)),
        (0, Played(240, 60, 0)),
        (1920, Planned(5760, 7680, (NOTES[2],))),
        (1920, BarBegan(2)),
        (1920, MessagesSent(1920, (b"\x90\x3e\x51",), (0.1,), 0)),
        (3840, BarBegan(3)),
        (5760, BarBegan(4)),
        (5760, MessagesSent(5760, (b"\x90\x40\x52",), (0.1,), 0)),
    ]


def test_the_events_of_the_first_seconds_are_published_and_then_the_end() -> None:
    published: list[Event] = []
    # A bar lasts two seconds, and the take has begun long ago.
    play(published.append, [(0, BarBegan(1)), (1920, BarBegan(2)), (3840, BarBegan(3))], begin_s=-1e6, seconds=2.0)
    assert published == [BarBegan(1), BarBegan(2), Ended()]
