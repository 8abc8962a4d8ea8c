"""Another time signature while the music plays, on the manual clock."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.config.presets import load_preset
from musicgen_live.config.user_folder import VARIABLE
from musicgen_live.interfaces.events import (
    BarBegan,
    Changed,
    Event,
    Granted,
    Kept,
    MeterChanged,
    Planned,
    Refused,
)
from musicgen_live.midi.file_reader import read_midi
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.commands import Stop
from musicgen_live.player.reports import TakeMeter
from tests.support.rehearsal import Rehearsal

BAR_S = 2.0
"""A bar of 4/4 at 120."""

SONATINA = load_preset("sonatina").settings.changed({"tempo": 120.0, "meter": "4/4", "bars": 6})
TO_WALTZ = Change("meter", "3/4")


def played(*script: tuple[float, Change]) -> Rehearsal:
    """Play six bars with changes at times in seconds."""
    return Rehearsal(SONATINA, script, 3)


def starts(rehearsal: Rehearsal) -> list[int]:
    """Return the ticks, as the player counts, at which notes begin."""
    return sorted({note.start_tick for note in rehearsal.notes()})


PLAIN = played()
WALTZ_SCRIPT = [(2.5, TO_WALTZ)]
WALTZ = played(*WALTZ_SCRIPT)


def timed(script: list[tuple[float, Change]]) -> list[tuple[Event, float]]:
    """Return the events of a take with the moments of their publication, in seconds."""
    found: list[tuple[Event, float]] = []

    class Timed(Rehearsal):
        def __init__(self) -> None:
            super().__init__(SONATINA, script, 3, observers=[lambda event: found.append((event, self.now_s()))])

    Timed()
    return found


def test_the_time_signature_changes_at_the_next_bar_line() -> None:
    assert [(e.name, e.value, e.bar) for e in WALTZ.published(Granted)] == [("meter", "3/4", 3)]
    assert [(e.name, e.value, e.bar) for e in WALTZ.published(Changed)] == [("meter", "3/4", 3)]
    assert [n for n in WALTZ.notes() if n.start_tick < 3840] == [n for n in PLAIN.notes() if n.start_tick < 3840]
    assert WALTZ.session.values["meter"] == "3/4"


def test_bars_keep_their_numbers_and_the_take_its_length_in_bars() -> None:
    assert [event.bar for event in WALTZ.published(BarBegan)] == [1, 2, 3, 4, 5, 6]
    # Two bars of 4/4 and four of 3/4.
    ends = [note.end_tick for note in WALTZ.notes()]
    assert max(ends) <= 2 * 1920 + 4 * 1440 < max(note.end_tick for note in PLAIN.notes())
    assert any(tick >= 2 * 1920 + 3 * 1440 for tick in starts(WALTZ))


def test_whoever_watches_is_told_where_it_begins() -> None:
    assert WALTZ.published(MeterChanged) == [MeterChanged(TimeSignature(3, 4), 3840, 3)]
    assert [plan.tick for plan in WALTZ.published(Planned)][-4:] == [3840, 5280, 6720, 8160]


def test_it_waits_for_its_bar_line() -> None:
    # The playhead stays in bar 2 of 4/4 up to its end, at 4 s.
    began = [(event.bar, playhead_s) for event, playhead_s in timed(WALTZ_SCRIPT) if isinstance(event, BarBegan)]
    assert began == [(1, 0.0), (2, 2.0), (3, 4.0), (4, 5.5), (5, 7.0), (6, 8.5)]


def test_the_take_has_the_time_signature_where_it_begins() -> None:
    assert [report for report in WALTZ.reported if isinstance(report, TakeMeter)] == [TakeMeter(3840, "3/4")]


def test_music_in_the_new_time_signature_repeats_from_its_seed() -> None:
    assert played((2.5, TO_WALTZ)).notes() == WALTZ.notes()


def test_the_time_signature_changes_back() -> None:
    back = played((2.5, TO_WALTZ), (4.2, Change("meter", "4/4")))
    assert [(e.value, e.bar) for e in back.published(Granted)] == [("3/4", 3), ("4/4", 4)]
    assert [(e.tick, e.bar) for e in back.published(MeterChanged)] == [(3840, 3), (5280, 4)]
    assert [r for r in back.reported if isinstance(r, TakeMeter)] == [TakeMeter(3840, "3/4"), TakeMeter(5280, "4/4")]


def test_a_shorter_bar_counts_no_bar_twice() -> None:
    short = played((2.1, Change("meter", "2/4")))
    assert [event.bar for event in short.published(BarBegan)] == [1, 2, 3, 4, 5, 6]


def test_other_changes_hold_in_the_new_time_signature() -> None:
    both = played((2.5, TO_WALTZ), (2.5, Change("transpose", 12)), (4.1, Change("tempo", 60.0)))
    assert [(e.name, e.bar) for e in both.published(Granted)] == [("transpose", 3), ("meter", 3), ("tempo", 3)]

    def pitches(rehearsal: Rehearsal) -> list[int]:
        return [note.pitch for note in rehearsal.notes() if 3840 <= note.start_tick < 3840 + 1440]

    assert pitches(both) == [pitch + 12 for pitch in pitches(WALTZ)]
    assert both.changes_agree()


def test_a_mute_at_the_next_bar_line_waits_for_the_new_time_signature() -> None:
    muted = played((0.1, Change("mute-at", "bar")), (2.05, TO_WALTZ), (2.2, Change("mute", True)))
    # The line of 3/4 would be at 2,880 in this bar of 4/4.
    assert starts(muted) == [tick for tick in starts(PLAIN) if tick < 3840]


def reasons(rehearsal: Rehearsal) -> list[str]:
    return [event.reason for event in rehearsal.published(Refused)]


def test_frozen_bars_go_on_as_new_ones() -> None:
    frozen = played((4.5, Change("freeze", 1)), (6.5, TO_WALTZ))
    assert [(e.name, e.value, e.bar) for e in frozen.published(Granted)][-2:] == [("meter", "3/4", 5), ("freeze", 0, 5)]


def test_a_time_signature_that_the_model_cannot_have_changes_nothing() -> None:
    refused = played((2.5, Change("meter", "31/32")))
    reason = refused.published(Refused)[0].reason
    assert reason.startswith("meter is '31/32'; the model piano can have 1/4, 2/4, 3/4, 4/4")
    assert refused.session.values["meter"] == "4/4"
    # What was planned stays.
    assert [n for n in refused.notes() if n.start_tick < 7680] == [n for n in PLAIN.notes() if n.start_tick < 7680]


def test_bars_are_those_of_a_clock_that_is_followed() -> None:
    followed = Rehearsal(SONATINA, [(0.5, TO_WALTZ), (1.0, Stop())], 3, sync="clock")
    reason = "the bars are those of the clock that is followed; give --meter at the start"
    assert followed.published(Refused) == [Refused("meter", reason)]


def kept_score(kept: Rehearsal) -> tuple[list[tuple[int, int]], list[tuple[int, str]]]:
    """Return tick and pitch of the notes that were kept, and tick and text of their time signatures."""
    score = read_midi(Path(kept.published(Kept)[0].path)).score
    notes = sorted((note.start_tick, note.pitch) for part in score.parts for note in part)
    return notes, [(change.start_tick, str(change.time_signature)) for change in score.time_signatures]


def test_bars_of_both_time_signatures_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # Bar 5 began at 7 s: bars 1 and 2 of 4/4, and 3 and 4 of 3/4.
    kept = played((2.5, TO_WALTZ), (7.2, Change("keep", 4)))
    assert [(event.first_bar, event.bars) for event in kept.published(Kept)] == [(1, 4)]
    whole = [(note.start_tick, note.pitch) for note in WALTZ.notes() if note.start_tick < 3840 + 2 * 1440]
    assert kept_score(kept) == (sorted(whole), [(0, "4/4"), (3840, "3/4")])


def test_bars_before_a_planned_time_signature_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kept = played((2.05, TO_WALTZ), (3.0, Change("keep", 4)))
    assert [(event.first_bar, event.bars) for event in kept.published(Kept)] == [(1, 1)]
    whole = [(note.start_tick, note.pitch) for note in PLAIN.notes() if note.start_tick < 1920]
    assert kept_score(kept) == (sorted(whole), [(0, "4/4")])


def test_a_paused_take_goes_on_in_the_new_time_signature() -> None:
    paused = played((2.5, Change("pause", True)), (3.0, TO_WALTZ), (5.0, Change("pause", False)))
    assert [(e.name, e.bar) for e in paused.published(Granted)] == [("pause", 2), ("meter", 3), ("pause", 2)]
    assert [note.start_tick for note in paused.notes()] == [note.start_tick for note in WALTZ.notes()]


def test_a_pause_stays_at_its_tick_while_the_time_signature_changes_twice() -> None:
    script = [
        (1.0, Change("pause", True)),
        (2.0, Change("meter", "1/4")),
        (3.0, Change("meter", "4/4")),
        (5.0, Change("pause", False)),
    ]
    paused = played(*script)
    positions = [(event.tick, event.take_tick) for event in paused.published(Position) if not event.runs]
    assert set(positions) == {(960, 960)}
    # Bar 2 begins a second after the pause, as if there had been none.
    began = [(event.bar, at_s) for event, at_s in timed(script) if isinstance(event, BarBegan)]
    assert began[:2] == [(1, 0.0), (2, 6.0)]


def test_a_scene_brings_its_time_signature(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    script = [(0.2, Change("store", "1")), (0.5, TO_WALTZ), (2.5, Change("transpose", 12)), (4.0, Change("scene", "1"))]
    called = played(*script)
    assert [(e.name, e.value, e.bar) for e in called.published(Granted)] == [
        ("meter", "3/4", 2), ("transpose", 12, 3), ("scene", "1", 4), ("transpose", 0, 4), ("meter", "4/4", 4),
    ]  # fmt: skip
    assert called.published(Refused) == []
