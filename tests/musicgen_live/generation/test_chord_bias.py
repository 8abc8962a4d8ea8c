"""The pull of chords: weights on pitches that leave alone what they do not concern."""

from __future__ import annotations

import numpy as np
import pytest

from musicgen_live.encodings.bar_tokens import VOCABULARY, ids_of
from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.generation.chord_bias import BarsChordBias, StepsChordBias
from musicgen_live.model.state import Floats
from musicgen_live.music.chord_symbols import parse_chords

PITCH = ids_of("pitch")
INFINITE = np.float32(-np.inf)


def only(*tokens: str) -> Floats:
    """Logits of 0 for some tokens, all others masked."""
    logits = np.full(len(VOCABULARY), INFINITE, np.float32)
    logits[VOCABULARY.encode(tokens)] = 0.0
    return logits


def read(pull: BarsChordBias, text: str) -> BarsChordBias:
    for token_id in VOCABULARY.encode(text.split("|")):
        pull.advance(token_id)
    return pull


def values(logits: Floats, *tokens: str) -> list[float]:
    return [round(float(logits[VOCABULARY.ids[token]]), 4) for token in tokens]


def shares(logits: Floats) -> Floats:
    exponents = np.exp(logits)
    result: Floats = exponents / exponents.sum()
    return result


def test_pitches_outside_the_chord_lose_what_those_of_the_chord_gain() -> None:
    pull = read(BarsChordBias(parse_chords("C"), 2.0), "bar 4/4|position 0|pitch 48|duration 24")
    notes = ("pitch 60", "pitch 61", "pitch 62", "pitch 64")
    before = only(*notes, "position 24", "bar 4/4")
    after = pull.apply(before)
    # Two of four are of the chord: 4 / (2 + 2 / e^2) = 1.7616, and its logarithm is 0.5662.
    assert values(after, *notes) == [0.5662, -1.4338, -1.4338, 0.5662]
    assert values(after, "position 24", "bar 4/4") == [0.0, 0.0]
    assert np.array_equal(np.isfinite(before), np.isfinite(after))
    pitches = [VOCABULARY.ids[note] for note in notes]
    assert shares(after)[pitches].sum() == pytest.approx(shares(before)[pitches].sum(), abs=1e-6)
    assert before[pitches].tolist() == [0.0] * 4


def test_where_no_pitch_of_the_chord_is_allowed_the_others_only_lose() -> None:
    pull = read(BarsChordBias(parse_chords("C"), 5.0), "bar 4/4|position 0|pitch 48|duration 24")
    after = pull.apply(only("pitch 61", "pitch 62", "velocity 40", "position 24"))
    assert values(after, "pitch 61", "pitch 62", "velocity 40", "position 24") == [-5.0, -5.0, -5.0, 0.0]


def test_rows_without_pitches_are_left_as_they_are() -> None:
    pull = BarsChordBias(parse_chords("C"), 5.0)
    before = only("bar 4/4", "bar 3/4")
    assert pull.apply(before) is before


@pytest.mark.parametrize(
    ("read_so_far", "pitch"),
    [
        ("bar 4/4|position 0", 60),
        ("bar 4/4|position 24", 60),
        ("bar 4/4|position 48", 62),
        ("bar 4/4|position 24|pitch 60|duration 24|position 72", 62),
        ("bar 4/4|bar 4/4|position 0", 64),
        ("bar 4/4|bar 4/4|position 72", 64),
        ("bar 4/4|bar 4/4|bar 4/4|position 0", 60),
        ("bar 3/4|position 24", 60),
        ("bar 3/4|position 36", 62),
    ],
)
def test_the_chord_is_that_of_the_place_where_the_note_begins(read_so_far: str, pitch: int) -> None:
    pull = read(BarsChordBias(parse_chords("C D | E"), 9.0), read_so_far)
    after = pull.apply(only("pitch 60", "pitch 62", "pitch 64", "velocity 40"))
    # E is of the chord C as well, but not of D; C and D are of no chord but their own.
    wanted = {60: [60, 64], 62: [62], 64: [64]}[pitch]
    assert [p for p in (60, 62, 64) if after[PITCH[p]] > 0] == wanted


def test_the_first_note_under_a_slash_chord_is_drawn_to_its_bass() -> None:
    notes = ("pitch 48", "pitch 50", "pitch 52")
    pull = read(BarsChordBias(parse_chords("C/E C"), 4.0), "bar 4/4|position 12")
    raised = pull.apply(only(*notes))
    assert np.diff(values(raised, *notes)) == pytest.approx([-2.0, 4.0], abs=1e-3)
    later = read(pull, "pitch 52|duration 6").apply(only(*notes))
    assert np.diff(values(later, *notes)) == pytest.approx([-4.0, 4.0], abs=1e-3)
    # The next onset under the same chord is free of it, and so is a chord without a slash.
    for place in ("position 24", "position 48"):
        free = read(pull, place).apply(only(*notes))
        assert np.diff(values(free, *notes)) == pytest.approx([-4.0, 4.0], abs=1e-3)
    # When the chord comes again, so does its bass.
    again = read(pull, "bar 4/4|position 0").apply(only(*notes))
    assert np.diff(values(again, *notes)) == pytest.approx([-2.0, 4.0], abs=1e-3)


def test_no_chord_pulls_nowhere() -> None:
    pull = read(BarsChordBias(parse_chords("N.C. C"), 9.0), "bar 4/4|position 0")
    before = only("pitch 60", "pitch 61", "velocity 40")
    assert pull.apply(before).tolist() == before.tolist()


STEPS = Vocabulary(("0.4.7", "0.4.8", "1.6", "4", "C4", "C#5"))


def test_a_token_without_rhythm_weighs_as_much_as_it_has_of_the_chord() -> None:
    pull = StepsChordBias(parse_chords("C | N.C."), 3.0, STEPS, 240, 480)
    zeros = np.zeros(len(STEPS), np.float32)
    heard = []
    for _ in range(5):
        heard.append(pull.apply(zeros).tolist())
        pull.advance(0)
    under_c = [0.0, -1.0, -3.0, 0.0, 0.0, -3.0]
    assert heard == [under_c, under_c, [0.0] * 6, [0.0] * 6, under_c]


def test_music_that_goes_on_has_the_chord_of_its_place() -> None:
    zeros = np.zeros(len(STEPS), np.float32)
    progression = parse_chords("C | N.C.")
    assert StepsChordBias(progression, 3.0, STEPS, 240, 480, first_tick=720).apply(zeros).tolist() == [0.0] * 6
    notes = ("pitch 60", "pitch 61")
    for bar, lost in ((0, -2.0), (1, 0.0), (6, -2.0)):
        pull = read(BarsChordBias(progression, 2.0, bar), "bar 4/4|position 0")
        after = values(pull.apply(only(*notes)), *notes)
        assert round(after[1] - after[0], 3) == lost
