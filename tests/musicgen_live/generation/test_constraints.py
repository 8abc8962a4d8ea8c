"""Limits hold for every note of music drawn at random."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from musicgen_live.config.settings import Settings
from musicgen_live.encodings import bars
from musicgen_live.encodings.bar_tokens import DURATIONS, KINDS, VOCABULARY, bar_units
from musicgen_live.generation.constraints import AnyOf, EarliestPosition
from musicgen_live.generation.grammar import BarsGrammar
from musicgen_live.generation.limits import limited
from musicgen_live.generation.note_limits import FreePitches, OnsetRate, Polyphony
from musicgen_live.music.notes import Note
from musicgen_live.music.scales import parse_key
from tests.support.takes import Take, take_by_dice, units

VARIANTS = pytest.mark.parametrize(("seed", "hands"), [(0, False), (1, True)])


def most_at_once(take: Take) -> int:
    """Return the most notes that sound at any moment, counted moment by moment."""
    spans = units(take)
    return max(sum(start <= at < end for start, end in spans) for at, _ in spans)


def onsets_of(take: Take) -> list[int]:
    return sorted({start for start, _ in units(take)})


def struck_while_sounding(take: Take) -> list[Note]:
    """Return the notes that begin before an earlier one of their pitch has ended, in either hand."""
    by_pitch = sorted(take.notes, key=lambda note: (note.pitch, note.start_tick))
    return [b for a, b in pairwise(by_pitch) if a.pitch == b.pitch and b.start_tick < a.end_tick]


def most_onsets_in(take: Take, stretch_units: int) -> int:
    onsets = onsets_of(take)
    return max(sum(at <= other < at + stretch_units for other in onsets) for at in onsets)


@VARIANTS
@pytest.mark.parametrize("key", ["D dorian", "Bb harmonic minor", "F# blues", "C whole tone"])
def test_no_note_is_out_of_key(key: str, seed: int, hands: bool) -> None:
    take = take_by_dice(Settings(key=key), seed, hands=hands)
    assert len(take.notes) > 300
    assert [note for note in take.notes if note.pitch % 12 not in parse_key(key).classes] == []


@VARIANTS
@pytest.mark.parametrize(("low", "high", "pitches"), [("C2", "C6", range(36, 85)), ("C4", "C4", range(60, 61))])
def test_no_note_is_out_of_range(low: str, high: str, pitches: range, seed: int, hands: bool) -> None:
    take = take_by_dice(Settings(low=low, high=high), seed, hands=hands)
    assert len(take.notes) > 150
    assert [note for note in take.notes if note.pitch not in pitches] == []


@VARIANTS
@pytest.mark.parametrize("pitches", [("C-1", "G9"), ("C4", "F4"), ("C4", "C4")])
def test_no_pitch_is_struck_while_it_sounds(pitches: tuple[str, str], seed: int, hands: bool) -> None:
    take = take_by_dice(Settings(low=pitches[0], high=pitches[1], decode="pure-argmax"), seed, hands=hands)
    assert len(take.notes) > 150
    assert struck_while_sounding(take) == []


@VARIANTS
@pytest.mark.parametrize("limit", [1, 2, 4])
def test_never_more_notes_at_once(limit: int, seed: int, hands: bool) -> None:
    take = take_by_dice(Settings(polyphony=limit), seed, hands=hands)
    assert len(take.notes) > 150
    assert most_at_once(take) == limit


@VARIANTS
@pytest.mark.parametrize(("most", "stretch_units", "count"), [(1, 24, 1), (3, 24, 3), (0.25, 96, 1), (1.5, 16, 1)])
def test_never_more_onsets_in_a_quarter(most: float, stretch_units: int, count: int, seed: int, hands: bool) -> None:
    take = take_by_dice(Settings(max_onsets=most), seed, hands=hands)
    assert len(take.notes) > 300
    assert most_onsets_in(take, stretch_units) == count


@VARIANTS
@pytest.mark.parametrize(("shortest", "grid"), [("1/16", 6), ("1/8", 12), ("1/12", 8), ("1/4", 24), ("1/1", 96)])
def test_no_note_is_shorter_or_off_its_grid(shortest: str, grid: int, seed: int, hands: bool) -> None:
    take = take_by_dice(Settings(shortest=shortest, meter="5/4"), seed, hands=hands)
    assert len(take.notes) > 300
    assert [span for span in units(take) if span[1] - span[0] < grid or span[0] % 120 % grid] == []


@pytest.mark.parametrize("meter", ["4/4", "3/4", "7/8", "1/32"])
def test_every_bar_has_the_time_signature(meter: str) -> None:
    take = take_by_dice(Settings(meter=meter, decode="pure-argmax"))
    assert {bar[0] for bar in take.bars} == {f"bar {meter}"}


@st.composite
def limits(draw: st.DrawFn) -> Settings:
    """Draw any limits together that leave a note to play."""
    low = draw(st.integers(0, 115))
    key = draw(st.sampled_from([None, "C major", "Eb minor pentatonic", "A octatonic"]))
    return Settings(
        key=key,
        low=str(low),
        high=str(draw(st.integers(low + (12 if key else 0), 127))),
        polyphony=draw(st.sampled_from([None, 1, 2, 3, 7])),
        max_onsets=draw(st.sampled_from([None, 0.3, 1.0, 2.0, 5.0])),
        shortest=draw(st.sampled_from([None, "1/32", "1/16", "1/12", "1/2"])),
        meter=draw(st.sampled_from(["4/4", "3/4", "6/8", "5/16", "1/32"])),
        decode=draw(st.sampled_from(["sample", "pure-argmax"])),
    )


@hypothesis_settings(deadline=None, max_examples=25)
@given(limits(), st.integers(0, 1000), st.booleans())
def test_any_limits_together_hold_and_always_leave_something(settings: Settings, seed: int, hands: bool) -> None:
    take = take_by_dice(settings, seed, tokens=400, hands=hands)
    assert bars.encode(bars.decode([*take.tokens, "end"]), hands=hands) == [*take.tokens, "end"]
    assert {bar[0] for bar in take.bars} <= {f"bar {settings.meter}"}
    assert {note.pitch for note in take.notes} <= set(settings.pitches)
    assert struck_while_sounding(take) == []
    if take.notes and settings.polyphony:
        assert most_at_once(take) <= settings.polyphony
    if take.notes and settings.max_onsets == 2.0:
        assert most_onsets_in(take, 24) <= 2


def test_notes_held_over_a_bar_line_count() -> None:
    polyphony, mask = Polyphony(2), np.ones(len(VOCABULARY), np.bool_)
    for token in ["bar 2/4", "position 0", "pitch 40", "duration 96", "pitch 50", "duration 72", "bar 2/4"]:
        polyphony.advance(VOCABULARY.ids[token])
    polyphony.narrow(mask)
    left = [token for token in VOCABULARY.decode(np.flatnonzero(mask)) if KINDS[token] in ("position", "pitch", "hand")]
    # The second one ends after 72 of the 48 + 48 units: a quarter into this bar.
    assert left[0] == "position 24"
    assert {KINDS[token] for token in left} == {"position"}


def test_a_voice_that_ends_is_free_at_once() -> None:
    polyphony, mask = Polyphony(1), np.ones(len(VOCABULARY), np.bool_)
    for token in ["bar 2/4", "position 0", "pitch 40", "duration 12", "position 12"]:
        polyphony.advance(VOCABULARY.ids[token])
    polyphony.narrow(mask)
    assert mask.all()


def test_onsets_are_counted_over_bar_lines() -> None:
    onsets, mask = OnsetRate(1.0), np.ones(len(VOCABULARY), np.bool_)
    for token in ["bar 2/4", "position 36", "pitch 40", "duration 12", "bar 2/4"]:
        onsets.advance(VOCABULARY.ids[token])
    onsets.narrow(mask)
    assert next(token for token in VOCABULARY.decode(np.flatnonzero(mask)) if "position" in token) == "position 12"


def test_no_velocity_comes_where_no_note_can_follow() -> None:
    grammar = limited(BarsGrammar(), Settings(high="C4"))
    for token in ["style any", "bar 4/4", "position 0", "pitch 60"]:
        grammar.advance(VOCABULARY.ids[token])
    after = dict.fromkeys(KINDS[VOCABULARY.tokens[i]] for i in np.flatnonzero(grammar.allowed()))
    assert list(after) == ["duration"]
    grammar.advance(VOCABULARY.ids["duration 24"])
    after = dict.fromkeys(KINDS[VOCABULARY.tokens[i]] for i in np.flatnonzero(grammar.allowed()))
    assert list(after) == ["bar", "position"]


def test_after_a_reset_no_note_is_held() -> None:
    settings = Settings(polyphony=1, max_onsets=0.1)
    grammar = limited(BarsGrammar(), settings)
    for token in ["style any", "bar 4/4", "position 0", "pitch 60", f"duration {DURATIONS[-1]}"]:
        grammar.advance(VOCABULARY.ids[token])
    grammar.reset([0])
    grammar.advance(VOCABULARY.ids["bar 4/4"])
    positions = sum(KINDS[token] == "position" for token in VOCABULARY.decode(np.flatnonzero(grammar.allowed())))
    assert positions == sum(place < bar_units("bar 4/4") for place in range(96) if place % 6 in {0, 2, 3, 4})


def test_limits_that_leave_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="no pitch is allowed"):
        FreePitches([])
    with pytest.raises(ValueError, match="no token is allowed"):
        AnyOf(np.zeros(3, np.bool_))


def test_no_note_begins_before_the_earliest_position() -> None:
    earliest = EarliestPosition()
    grammar = limited(BarsGrammar(), Settings(), before=(earliest,))
    grammar.reset([0])
    for token in ("bar 4/4", "position 12", "pitch 60", "duration 12"):
        grammar.advance(VOCABULARY.ids[token])
    earliest.set(24)
    allowed = set(VOCABULARY.decode(np.flatnonzero(grammar.allowed())))
    assert {token for token in allowed if KINDS[token] != "position"} == {"bar 4/4"}
    assert min(int(token.split()[1]) for token in allowed if KINDS[token] == "position") == 24
    grammar.advance(VOCABULARY.ids["position 24"])
    assert grammar.allowed()[VOCABULARY.ids["pitch 30"]]
    for token in ("pitch 60", "duration 12", "bar 4/4"):
        grammar.advance(VOCABULARY.ids[token])
    assert grammar.allowed()[VOCABULARY.ids["position 0"]]


def test_earlier_music_counts_for_the_limits() -> None:
    grammar = limited(BarsGrammar(), Settings(polyphony=1))
    grammar.reset([0])
    grammar.follow(VOCABULARY.encode(["bar 4/4", "position 48", "pitch 60", "duration 72"]))
    allowed = set(VOCABULARY.decode(np.flatnonzero(grammar.allowed())))
    assert allowed == {"bar 4/4"}
    grammar.advance(VOCABULARY.ids["bar 4/4"])
    allowed = set(VOCABULARY.decode(np.flatnonzero(grammar.allowed())))
    assert min(int(token.split()[1]) for token in allowed if KINDS[token] == "position") == 24


@pytest.mark.parametrize(("position", "is_free"), [(0, False), (12, False), (24, True)])
def test_a_pitch_is_free_again_where_its_note_ends(position: int, is_free: bool) -> None:
    grammar = limited(BarsGrammar(), Settings())
    grammar.reset([0])
    for token in ["bar 2/4", "position 24", "pitch 60", "duration 48", "bar 2/4", f"position {position}"]:
        grammar.advance(VOCABULARY.ids[token])
    assert grammar.allowed()[VOCABULARY.ids["pitch 60"]] == is_free
    assert grammar.allowed()[VOCABULARY.ids["pitch 61"]]


def test_where_the_only_pitch_sounds_no_note_may_begin() -> None:
    grammar = limited(BarsGrammar(), Settings(low="C4", high="C4"))
    grammar.reset([0])
    for token in ["bar 2/4", "position 24", "pitch 60", "duration 36", "bar 2/4"]:
        grammar.advance(VOCABULARY.ids[token])
    allowed = VOCABULARY.decode(np.flatnonzero(grammar.allowed()))
    assert min(int(token.split()[1]) for token in allowed if KINDS[token] == "position") == 12


def test_a_restored_state_knows_what_sounds() -> None:
    grammar = limited(BarsGrammar(), Settings())
    grammar.reset([0])
    for token in ["bar 2/4", "position 0", "pitch 60", "duration 36"]:
        grammar.advance(VOCABULARY.ids[token])
    state = grammar.snapshot()
    for token in ["bar 2/4", "position 0", "pitch 62", "duration 36"]:
        grammar.advance(VOCABULARY.ids[token])
    grammar.restore(state)
    grammar.advance(VOCABULARY.ids["position 12"])
    assert not grammar.allowed()[VOCABULARY.ids["pitch 60"]]
    assert grammar.allowed()[VOCABULARY.ids["pitch 62"]]
