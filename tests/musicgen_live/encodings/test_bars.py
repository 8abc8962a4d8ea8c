"""Scores to tokens and back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from musicgen_live.encodings import bars
from musicgen_live.encodings.bar_tokens import DURATIONS, UNIT_TICKS, VELOCITIES
from musicgen_live.encodings.bars import BarsDecoder, decode, encode, nearest
from musicgen_live.music.notes import Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature
from tests.support.scores import any_scores, written_scores

QUARTER = 480

# An upbeat of an eighth, then two bars in 3/4: a broken chord with a held bass, and a louder chord.
WALTZ = Score(
    (
        (
            Note(0, 240, 67, 88),
            Note(240, 480, 72, 88),
            Note(720, 480, 76, 88),
            Note(1680, 1440, 67, 104),
            Note(1680, 1440, 72, 104),
        ),
        (Note(240, 1440, 48, 88), Note(1680, 1440, 52, 72)),
    ),
    (TimeSignatureChange(0, TimeSignature(1, 8)), TimeSignatureChange(240, TimeSignature(3, 4))),
    3120,
)


def text(tokens: list[str]) -> str:
    return " | ".join(tokens)


def test_a_score_as_tokens() -> None:
    assert text(encode(WALTZ)) == (
        "bar 1/8 | position 0 | pitch 67 | duration 12"
        " | bar 3/4 | position 0 | pitch 48 | duration 72 | pitch 72 | duration 24"
        " | position 24 | pitch 76 | duration 24"
        " | bar 3/4 | position 0 | velocity 72 | pitch 52 | duration 72 | velocity 104 | pitch 67 | duration 72"
        " | pitch 72 | duration 72 | end"
    )


def test_a_score_as_tokens_with_hands() -> None:
    assert text(encode(WALTZ, hands=True)) == (
        "bar 1/8 | position 0 | hand right | pitch 67 | duration 12"
        " | bar 3/4 | position 0 | hand left | pitch 48 | duration 72 | hand right | pitch 72 | duration 24"
        " | position 24 | hand right | pitch 76 | duration 24"
        " | bar 3/4 | position 0 | hand left | velocity 72 | pitch 52 | duration 72"
        " | hand right | velocity 104 | pitch 67 | duration 72 | pitch 72 | duration 72 | end"
    )
    assert decode(encode(WALTZ, hands=True)) == WALTZ


def test_duration_completes_a_note_position_and_bar_move_time() -> None:
    decoder, results = BarsDecoder(), []
    for token in encode(WALTZ)[:15]:
        results.append((token, decoder.decode(token), decoder.until_tick))
    assert results == [
        ("bar 1/8", [], 0),
        ("position 0", [], 0),
        ("pitch 67", [], 0),
        ("duration 12", [Note(0, 240, 67, 88)], 0),
        ("bar 3/4", [], 240),
        ("position 0", [], 240),
        ("pitch 48", [], 240),
        ("duration 72", [Note(240, 1440, 48, 88)], 240),
        ("pitch 72", [], 240),
        ("duration 24", [Note(240, 480, 72, 88)], 240),
        ("position 24", [], 720),
        ("pitch 76", [], 720),
        ("duration 24", [Note(720, 480, 76, 88)], 720),
        ("bar 3/4", [], 1680),
        ("position 0", [], 1680),
    ]


@pytest.mark.parametrize(("velocity", "expected"), [(88, [88, 104, 24]), (60, [60, 76, 1]), (120, [120, 127, 56])])
def test_velocities_are_relative_to_the_given_one(velocity: int, expected: list[int]) -> None:
    decoder = BarsDecoder(velocity)
    tokens = (
        "bar 4/4|position 0|pitch 60|duration 24|position 24|velocity 104|pitch 60|duration 24"
        "|position 48|velocity 24|pitch 60|duration 24|bar 4/4|position 0|pitch 60|duration 24"
    )
    notes = [note for token in tokens.split("|") for note in decoder.decode(token)]
    # Every bar begins again with the default velocity.
    assert [note.velocity for note in notes] == [*expected, expected[0]]


@settings(deadline=None, max_examples=40)
@given(written_scores())
def test_a_score_on_the_grid_survives_exactly(score: Score) -> None:
    assert decode(encode(score)) == score


@settings(deadline=None, max_examples=40)
@given(written_scores(hands=True))
def test_a_score_on_the_grid_survives_exactly_with_its_hands(score: Score) -> None:
    assert decode(encode(score, hands=True)) == score


@settings(deadline=None, max_examples=40)
@given(any_scores())
def test_decoding_and_encoding_again_gives_the_same_tokens(score: Score) -> None:
    for hands in (False, True):
        tokens = encode(score, hands=hands)
        assert encode(decode(tokens), hands=hands) == tokens


@settings(deadline=None, max_examples=40)
@given(any_scores())
def test_in_ordinary_bars_a_note_moves_by_no_more_than_a_unit(score: Score) -> None:
    once = {(note.start_tick, note.pitch): note for note in score.notes}
    decoded = decode(encode(Score((tuple(sorted(once.values())),)))).notes
    assert {note.pitch for note in decoded} == {note.pitch for note in once.values()}
    for note in once.values():
        near = [n for n in decoded if n.pitch == note.pitch and abs(n.start_tick - note.start_tick) <= UNIT_TICKS]
        assert near
        assert any(n.duration_ticks >= nearest(DURATIONS, note.duration_ticks / UNIT_TICKS) * UNIT_TICKS for n in near)


def test_onsets_round_to_sixteenth_triplet_or_thirty_second() -> None:
    starts = [0, 19, 31, 61, 75, 99, 101, 470, 480 + 160, 480 + 180, 1919]
    score = Score((tuple(Note(start, 60, 40 + i, 88) for i, start in enumerate(starts)),))
    decoded = {note.pitch - 40: note.start_tick for note in decode(encode(score)).notes}
    assert [decoded[i] for i in range(len(starts))] == [0, 0, 40, 60, 80, 80, 120, 480, 640, 660, 1920]


def test_an_onset_that_moves_over_the_last_bar_line_makes_a_bar() -> None:
    assert text(encode(Score(((Note(1915, 240, 60, 88),),), (), 1920))) == (
        "bar 4/4 | bar 4/4 | position 0 | pitch 60 | duration 12 | end"
    )


def test_the_nearest_class_and_the_higher_one_between_two() -> None:
    assert [nearest(DURATIONS, units) for units in (0, 0.4, 2.4, 2.5, 11, 23, 26, 300, 10_000)] == [
        1, 1, 2, 3, 12, 24, 28, 288, 384,
    ]  # fmt: skip
    assert [nearest(VELOCITIES, velocity) for velocity in (1, 32, 64, 90, 127)] == [24, 40, 72, 88, 120]


def test_merged_notes_take_the_longest_and_loudest_values() -> None:
    score = Score(((Note(0, 480, 60, 88),), (Note(5, 960, 60, 40),)))
    assert decode(encode(score)).notes == (Note(0, 960, 60, 88),)
    # With hands they stay two notes, one of each hand.
    assert len(decode(encode(score, hands=True)).notes) == 2


def test_a_note_may_last_over_bar_lines() -> None:
    score = Score(((Note(960, 3840, 60, 88),),), (TimeSignatureChange(0, TimeSignature(3, 4)),), 4800)
    tokens = encode(score)
    assert text(tokens) == ("bar 3/4 | position 48 | pitch 60 | duration 192 | bar 3/4 | bar 3/4 | bar 3/4 | end")
    assert decode(tokens).notes == score.notes


def test_a_silent_bar_is_one_bar_token() -> None:
    score = Score(((Note(3 * 1920, 480, 60, 88),),), (), 5 * 1920)
    assert encode(score) == [*["bar 4/4"] * 4, "position 0", "pitch 60", "duration 24", "bar 4/4", "end"]


@pytest.mark.parametrize(
    ("numerator", "denominator", "written"),
    [
        (4, 4, "4/4"),
        (6, 8, "6/8"),
        (5, 8, "5/8"),
        (7, 16, "7/16"),
        (1, 1, "4/4"),
        (4, 16, "1/4"),
        (8, 16, "2/4"),
        (4, 2, "2/2 2/2"),
        (7, 4, "4/4 3/4"),
        (15, 8, "8/8 7/8"),
        (12, 4, "6/4 6/4"),
        (5, 32, "3/32 1/16"),
        (3, 64, "1/16"),
    ],
)
def test_a_time_signature_without_a_token_is_split(numerator: int, denominator: int, written: str) -> None:
    change = TimeSignatureChange(0, TimeSignature(numerator, denominator))
    tokens = encode(Score((), (change,), change.bar_ticks))
    assert tokens == [*(f"bar {bar}" for bar in written.split()), "end"]


@pytest.mark.parametrize(
    ("cut_at", "written"),
    [(1440, "3/4"), (240, "1/8"), (900, "15/32"), (420, "7/32"), (470, "1/4"), (1, "1/32")],
)
def test_a_bar_cut_short_is_rounded_to_thirty_seconds(cut_at: int, written: str) -> None:
    pieces = {"15/32": ["1/4", "7/32"], "7/32": ["1/8", "3/32"]}
    expected = [part for bar in pieces.get(written, [written]) for part in pieces.get(bar, [bar])]
    tokens = encode(Score((), (TimeSignatureChange(cut_at, TimeSignature(2, 2)),), cut_at + 1920))
    assert tokens == [*(f"bar {bar}" for bar in expected), "bar 2/2", "end"]


def test_notes_after_an_odd_bar_keep_their_position() -> None:
    # A first bar of a triplet eighth (160 ticks) becomes 3/32 (180 ticks); the music after it keeps its positions.
    score = Score(
        ((Note(0, 160, 67, 88), Note(160, 480, 72, 88), Note(160 + 1440, 480, 74, 88)),),
        (TimeSignatureChange(160, TimeSignature(3, 4)),),
    )
    assert decode(encode(score)).notes == (
        Note(0, 160, 67, 88),
        Note(180, 480, 72, 88),
        Note(180 + 1440, 480, 74, 88),
    )


@pytest.mark.parametrize(
    ("tokens", "wrong"),
    [
        ("C4", "C4"),
        ("bar 9/7", "bar 9/7"),
        ("position 0", "position 0"),
        ("bar 3/4|pitch 60", "pitch 60"),
        ("bar 3/4|velocity 88", "velocity 88"),
        ("bar 3/4|position 72", "position 72"),
        ("bar 3/4|position 12|position 4", "position 4"),
        ("bar 3/4|position 0|duration 24", "duration 24"),
        ("bar 3/4|position 0|pitch 60|pitch 64", "pitch 64"),
        ("bar 3/4|position 0|pitch 60|bar 3/4", "bar 3/4"),
        ("bar 3/4|position 0|pitch 60|duration 24|bar 3/4|pitch 60", "pitch 60"),
    ],
)
def test_misplaced_tokens_are_refused(tokens: str, wrong: str) -> None:
    decoder = BarsDecoder()
    *before, last = tokens.split("|")
    for token in before:
        decoder.decode(token)
    assert last == wrong
    with pytest.raises(ValueError, match=f"'{wrong}'"):
        decoder.decode(last)


def test_control_tokens_pass() -> None:
    tokens = ["style chopin", "key A minor", *encode(WALTZ)]
    assert decode(tokens).notes == decode(encode(WALTZ)).notes


def test_the_names_of_the_variants() -> None:
    assert (bars.NAME, bars.NAME_WITH_HANDS) == ("bars", "bars-hands")


def test_a_decoder_goes_back_to_a_snapshot() -> None:
    start = ["bar 3/4", "position 12", "hand right", "velocity 104", "pitch 60"]
    rest = ["duration 12", "pitch 64", "duration 6", "position 24", "hand right", "pitch 67", "duration 6", "bar 2/4"]
    decoder = bars.BarsDecoder()
    for token in start:
        decoder.decode(token)
    state = decoder.snapshot()
    first = [decoder.decode(token) for token in rest], decoder.until_tick
    for token in ("position 0", "velocity 24", "pitch 30"):
        decoder.decode(token)
    for _ in range(2):
        decoder.restore(state)
        assert ([decoder.decode(token) for token in rest], decoder.until_tick) == first
