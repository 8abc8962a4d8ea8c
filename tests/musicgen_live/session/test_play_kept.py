"""Kept bars that are played again beneath the music, on the manual clock."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.config.presets import load_preset
from musicgen_live.interfaces.events import Granted, Kept, Planned, Refused
from musicgen_live.music.notes import Note
from musicgen_live.player.commands import Command, Stop
from musicgen_live.session.listening.decisions import ListenOptions
from tests.support.musician import keys
from tests.support.rehearsal import Rehearsal

BAR = 1920
BAR_S = 2.0
"""A bar of 4/4 at 120."""

SONATINA = load_preset("sonatina").settings.changed({"tempo": 120.0, "meter": "4/4", "bars": 10})
KEEP_TWO = Change("keep", 2)
ON, OFF = Change("play-kept", True), Change("play-kept", False)

Strikes = Counter[tuple[int, int, int]]


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def played(*script: tuple[float, Change]) -> Rehearsal:
    """Play ten bars with changes at times in bars."""
    return Rehearsal(SONATINA, [(bars * BAR_S, change) for bars, change in script], 3)


def strikes(notes: list[Note], first: int, last: int, *, later: int = 0) -> Strikes:
    """Return bar, place and pitch of the notes that begin in bars, from 1, so many bars later."""
    return Counter(
        (note.start_tick // BAR + later, note.start_tick % BAR, note.pitch)
        for note in notes
        if first <= note.start_tick // BAR + 1 <= last
    )


def sent(rehearsal: Rehearsal, first: int, last: int, *, later: int = 0) -> Strikes:
    """Return the same of what was sent, a note that sounds twice as two."""
    notes = [
        Note(tick, 1, message[1], message[2])
        for tick, message in rehearsal.output.messages
        if message[0] & 0xF0 == 0x90
    ]
    return strikes(notes, first, last, later=later)


def test_kept_bars_come_again_beneath_the_music() -> None:
    plain, looped = played(), played((2.2, KEEP_TWO), (3.5, ON), (7.5, OFF))
    assert [(event.first_bar, event.bars) for event in looped.published(Kept)] == [(1, 2)]
    assert [(e.name, e.value, e.bar) for e in looped.published(Granted)] == [
        ("play-kept", True, 5),
        ("play-kept", False, 9),
    ]
    # The network does not know of it: its music is the same, and bars 1 and 2 sound with bars 5 and 6, 7 and 8.
    for first, later in ((5, 4), (7, 6)):
        own, kept = sent(plain, first, first + 1), sent(plain, 1, 2, later=later)
        assert sent(looped, first, first + 1) == own + kept
    assert sent(looped, 9, 10) == sent(plain, 9, 10)
    assert sent(looped, 1, 4) == sent(plain, 1, 4)


def test_whoever_watches_sees_the_kept_bars() -> None:
    looped = played((2.2, KEEP_TWO), (3.5, ON))
    planned = [plan for plan in looped.published(Planned) if plan.tick == 4 * BAR][-1]
    first = [(note.pitch, note.start_tick) for note in looped.notes() if note.start_tick < BAR]
    assert {(pitch, tick + 4 * BAR) for pitch, tick in first} <= {(n.pitch, n.start_tick) for n in planned.notes}


def test_kept_bars_sound_as_they_were_kept() -> None:
    # Transposed while they were kept, and not once more.
    looped = played((0.1, Change("transpose", 12)), (4.2, KEEP_TWO), (4.3, Change("transpose", 0)), (5.5, ON))
    plain = played((0.1, Change("transpose", 12)), (4.3, Change("transpose", 0)))
    assert sent(looped, 7, 8) == sent(plain, 7, 8) + sent(plain, 3, 4, later=4)


def test_a_changed_plan_keeps_the_kept_bars() -> None:
    looped = played((2.2, KEEP_TWO), (3.5, ON), (5.5, Change("reroll")))
    rerolled = played((5.5, Change("reroll")))
    assert sent(looped, 7, 8) == sent(rerolled, 7, 8) + sent(rerolled, 1, 2, later=6)


def test_the_bars_that_were_kept_last_are_played() -> None:
    looped = played((2.2, KEEP_TWO), (4.2, KEEP_TWO), (4.5, ON))
    plain = played()
    assert sent(looped, 6, 7) == sent(plain, 6, 7) + sent(plain, 3, 4, later=3)


def test_before_any_bars_are_kept_it_is_refused() -> None:
    refused = played((2.5, ON))
    assert refused.published(Refused) == [Refused("play-kept", "no bars are kept yet; keep some first")]


def test_another_time_signature_ends_it() -> None:
    waltz = played((2.2, KEEP_TWO), (3.5, ON), (5.5, Change("meter", "3/4")))
    assert [(e.name, e.value, e.bar) for e in waltz.published(Granted)][-2:] == [
        ("meter", "3/4", 7),
        ("play-kept", False, 7),
    ]


def test_kept_bars_go_on_up_to_the_line_at_which_they_end() -> None:
    # A phrase in bars 1 and 2 and one note in bar 3, so that the turn is the musician's; kept bars from bar 4 to 8.
    phrase = keys(*((0.5 * i, 0.5 * i + 0.4, 60 + i) for i in range(8)))
    held = keys((4.5, 18.0, 80))
    script: list[tuple[float, Change | Command]] = [
        *phrase, (4.2, KEEP_TWO), *held, (5.0, ON), (8.5, Change("play-kept", False, "4 bars")),
    ]  # fmt: skip
    script.sort(key=lambda entry: entry[0])
    rehearsal = Rehearsal(SONATINA, [*script, (19.0, Stop())], 3, listen_options=ListenOptions("answer"))
    assert [(e.name, e.bar) for e in rehearsal.published(Granted)] == [("play-kept", 4), ("play-kept", 9)]
    kept = {(480 * i, 60 + i) for i in range(8)}
    heard = {(note.start_tick, note.pitch) for note in rehearsal.notes()}
    before = {(tick + line * BAR, pitch) for tick, pitch in kept for line in (3, 5, 7) if tick + line * BAR < 8 * BAR}
    assert before <= heard
    assert not {(tick + 7 * BAR, pitch) for tick, pitch in kept if tick >= BAR} <= heard


def test_a_musician_plays_over_the_kept_bars_of_a_phrase() -> None:
    # A phrase of two bars, kept at 4.2 s; from bar 4 on it comes again, whoever has the turn.
    phrase = keys(*((0.5 * i, 0.5 * i + 0.4, 60 + i) for i in range(8)))
    later = keys(*((9.0 + 0.5 * i, 9.4 + 0.5 * i, 80) for i in range(4)))
    script: list[tuple[float, Change | Command]] = [
        *phrase, (4.2, KEEP_TWO), (4.3, Change("mute", True)), (5.0, ON), (5.1, Change("mute", False)), *later,
        (15.0, OFF),
    ]  # fmt: skip
    answers = ListenOptions("answer", answer_bars=1)
    rehearsal = Rehearsal(SONATINA, [*script, (20.0, Stop())], 3, listen_options=answers)
    kept = {(480 * i, 60 + i) for i in range(8)}
    heard = {(note.start_tick, note.pitch) for note in rehearsal.notes()}
    for line in (3, 5):
        assert {(tick + line * BAR, pitch) for tick, pitch in kept} <= heard
    assert not {(tick + 7 * BAR + 960, pitch) for tick, pitch in kept if tick >= 960} & heard
