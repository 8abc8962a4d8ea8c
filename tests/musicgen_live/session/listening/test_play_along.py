"""The mode `follow`: the ticks at which played notes are passed on, and the bar that they change."""

from __future__ import annotations

from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.session.listening.decisions import ListenOptions, Recompose
from musicgen_live.session.listening.play_along import PlayAlong
from tests.support.listening import PEDAL_DOWN, PEDAL_UP, events_of, play


def test_play_along_passes_on_beats_with_notes() -> None:
    decided = play(
        PlayAlong(ListenOptions("follow"), TimeSignature(4, 4)), events_of((490, 700, 60), (960, 2500, 62)), 6000
    )
    assert decided == [
        # Beat 2 is over at 960.
        (1020, Recompose((Note(480, 210, 60, 80), Note(960, 960, 62, 80)), 0, 1920)),
    ]


def test_the_last_beat_is_passed_on_before_the_bar_line() -> None:
    notes = [(1450, 1600, 60), (1800, 1900, 62)]
    assert play(PlayAlong(ListenOptions("follow"), TimeSignature(4, 4)), events_of(*notes), 6000) == [
        (1740, Recompose((Note(1440, 150, 60, 80),), 0, 1920)),
        # A note too late for that bar counts for the next one, and is read with its own bar.
        (1980, Recompose((Note(1440, 150, 60, 80), Note(1800, 100, 62, 80)), 0, 3840)),
    ]


def test_play_along_decides_nothing_without_notes() -> None:
    listener = PlayAlong(ListenOptions("follow"), TimeSignature(4, 4))
    assert play(listener, [(0, PEDAL_DOWN), (500, PEDAL_UP)], 50000) == []
    assert (listener.timeout_tick, listener.listens) == (None, True)
