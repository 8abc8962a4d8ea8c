"""The first phrase of a musician says the tempo, on the manual clock."""

from __future__ import annotations

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.interfaces.events import Changed, Played, TurnBegan, UserMessage
from musicgen_live.music.position import Position
from musicgen_live.player.reports import Recorded
from musicgen_live.session.listening.decisions import ListenOptions
from tests.support.musician import keys, model_notes, played
from tests.support.rehearsal import Rehearsal, Script

HEARD = "I hear you, and listen for your tempo."
FINDS = ListenOptions("continue", finds_tempo=True)


def quarters(from_s: float, beat_s: float, notes: int, *, share: float = 0.8) -> Script:
    """Return quarter notes, each held for a share of its length."""
    return keys(*((from_s + beat_s * i, from_s + beat_s * (i + share), 60 + 2 * i) for i in range(notes)))


def said(rehearsal: Rehearsal) -> list[str]:
    """Return the messages for the user."""
    return [event.text for event in rehearsal.published(UserMessage) if event.text != HEARD]


def strikes(rehearsal: Rehearsal) -> list[int]:
    """Return the ticks of the musician's notes."""
    return [event.tick for event in rehearsal.published(Played) if event.velocity]


def test_a_phrase_of_a_bar_says_the_tempo_and_is_answered_on_the_next_line() -> None:
    # 80 BPM, while the preset has 120.
    rehearsal = played(FINDS, quarters(1.0, 0.75, 4), until_s=9.0)
    assert said(rehearsal) == ["Your phrase says the tempo: 80 BPM."]
    assert [(e.name, e.value) for e in rehearsal.published(Changed)] == [("tempo", 80.0)]
    assert rehearsal.published(Position)[-1] == Position(0, 1.0, 80.0, runs=True)
    assert strikes(rehearsal) == [0, 480, 960, 1440]
    # The bar is full, so the network comes in on the line; a guess is 20 ms late, here 13 ticks.
    assert model_notes(rehearsal)[0][0] == 1920 + 13
    assert next(e.tick for e in rehearsal.published(TurnBegan) if e.whose == "network") == 1920


def test_an_upbeat_ends_bar_1_and_its_beat_is_on_the_line() -> None:
    # An eighth at 80 BPM, and four quarters.
    upbeat = keys((1.0, 1.3, 55))
    rehearsal = played(FINDS, [*upbeat, *quarters(1.375, 0.75, 4)], until_s=9.0)
    assert said(rehearsal) == ["Your phrase says the tempo: 80 BPM."]
    assert strikes(rehearsal) == [1680, 1920, 2400, 2880, 3360]
    assert next(e.tick for e in rehearsal.published(TurnBegan) if e.whose == "network") == 3840


def test_whoever_watches_is_told_at_the_first_note() -> None:
    rehearsal = played(FINDS, quarters(1.0, 0.75, 4), until_s=5.0)
    assert [event.text for event in rehearsal.published(UserMessage)] == [HEARD, "Your phrase says the tempo: 80 BPM."]


def test_the_take_has_the_phrase_on_its_beats() -> None:
    rehearsal = played(FINDS, quarters(1.0, 0.75, 4), until_s=9.0)
    recorded = [r for r in rehearsal.reported if isinstance(r, Recorded) and r.message[0] & 0xF0 == 0x90]
    assert [report.tick for report in recorded] == [0, 480, 960, 1440]


def test_a_long_phrase_says_the_tempo_while_it_is_played() -> None:
    # Legato: there is no silence before the end.
    rehearsal = played(FINDS, quarters(1.0, 0.6, 12, share=1.05), until_s=12.0)
    assert said(rehearsal) == ["Your phrase says the tempo: 100 BPM."]
    assert strikes(rehearsal) == [480 * i for i in range(12)]
    assert min(tick for tick, _ in model_notes(rehearsal)) >= 3 * 1920


def test_a_phrase_without_a_clear_tempo_keeps_that_of_the_preset() -> None:
    free = keys((1.0, 1.2, 60), (1.31, 1.9, 62), (2.4, 2.7, 64), (2.95, 3.6, 65), (4.13, 4.3, 67))
    rehearsal = played(FINDS, free, until_s=9.0)
    assert said(rehearsal) == ["Your phrase does not say a tempo clearly; it stays 120 BPM."]
    assert rehearsal.published(Changed) == []
    assert strikes(rehearsal) == [0, 297, 1344, 1872, 3004]
    assert model_notes(rehearsal)[0][0] >= 2 * 1920


@pytest.mark.parametrize("notes", [1, 2, 3])
def test_few_notes_are_answered_after_a_second(notes: int) -> None:
    rehearsal = played(FINDS, quarters(1.0, 0.5, notes), until_s=9.0)
    assert said(rehearsal) == ["Your phrase does not say a tempo clearly; it stays 120 BPM."]
    assert model_notes(rehearsal)[0][0] in range(1920, 2 * 1920 + 100)


def test_a_tempo_that_is_set_by_hand_holds() -> None:
    rehearsal = played(FINDS, [(0.5, Change("tempo", 90.0))], quarters(1.0, 0.75, 4), until_s=9.0)
    assert said(rehearsal) == []
    assert [(e.name, e.value) for e in rehearsal.published(Changed)] == [("tempo", 90.0)]


def test_a_held_chord_is_waited_for_no_longer_than_8_s() -> None:
    held = keys((1.0, 30.0, 48), (1.01, 30.0, 52), (1.02, 30.0, 55))
    rehearsal = played(FINDS, held, until_s=12.0)
    assert said(rehearsal) == ["Your phrase does not say a tempo clearly; it stays 120 BPM."]
    assert strikes(rehearsal) == [0, 9, 19]


def test_without_the_option_the_first_note_begins_the_music() -> None:
    rehearsal = played(ListenOptions("continue"), quarters(1.0, 0.75, 4), until_s=4.5)
    assert said(rehearsal) == []
    assert strikes(rehearsal) == [0, 720, 1440, 2160]
