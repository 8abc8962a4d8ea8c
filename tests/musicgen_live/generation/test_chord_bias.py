"""The bias of chords: it changes the logits of pitches and leaves all others alone."""

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
    """Return logits of 0 for some tokens, all others masked."""
    logits = np.full(len(VOCABULARY), INFINITE, np.float32)
    logits[VOCABULARY.encode(tokens)] = 0.0
    return logits


def read(bias: BarsChordBias, text: str) -> BarsChordBias:
    for token_id in VOCABULARY.encode(text.split("|")):
        bias.advance(token_id)
    return bias


def values(logits: Floats, *tokens: str) -> list[float]:
    return [round(float(logits[VOCABULARY.ids[token]]), 4) for token in tokens]


def shares(logits: Floats) -> Floats:
    exponents = np.exp(logits)
    result: Floats = exponents / exponents.sum()
    return result


def test_pitches_of_the_chord_gain_what_the_others_lose() -> None:
    bias = read(BarsChordBias(parse_chords("C"), 2.0), "bar 4/4|position 0|pitch 48|duration 24")
    notes = ("pitch 60", "pitch 61", "pitch 62", "pitch 64")
    before = only(*notes, "position 24", "bar 4/4")
    after = bias.apply(before)
    # Two of four belong to the chord: 4 / (2 + 2 / e^2) = 1.7616, and its logarithm is 0.5662.
    assert values(after, *notes) == [0.5662, -1.4338, -1.4338, 0.5662]
    assert values(after, "position 24", "bar 4/4") == [0.0, 0.0]
    assert np.array_equal(np.isfinite(before), np.isfinite(after))
    pitches = [VOCABULARY.ids[note] for note in notes]
    assert shares(after)[pitches].sum() == pytest.approx(shares(before)[pitches].sum(), abs=1e-6)
    assert before[pitches].tolist() == [0.0] * 4


def test_without_an_allowed_pitch_of_the_chord_others_only_lose() -> None:
    bias = read(BarsChordBias(parse_chords("C"), 5.0), "bar 4/4|position 0|pitch 48|duration 24")
    after = bias.apply(only("pitch 61", "pitch 62", "velocity 40", "position 24"))
    assert values(after, "pitch 61", "pitch 62", "velocity 40", "position 24") == [-5.0, -5.0, -5.0, 0.0]


def test_logits_without_pitches_stay_as_they_are() -> None:
    bias = BarsChordBias(parse_chords("C"), 5.0)
    before = only("bar 4/4", "bar 3/4")
    assert bias.apply(before) is before


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
def test_the_chord_is_that_of_the_position_of_the_note(read_so_far: str, pitch: int) -> None:
    bias = read(BarsChordBias(parse_chords("C D | E"), 9.0), read_so_far)
    after = bias.apply(only("pitch 60", "pitch 62", "pitch 64", "velocity 40"))
    # Each is the root of one of the chords, and so the first note that the bias favours.
    assert max((60, 62, 64), key=lambda p: after[PITCH[p]]) == pitch


def test_a_bar_of_two_bar_tokens_is_one_bar_of_the_progression() -> None:
    # C and D have half of the 7/4 each, E the next bar.
    for read_so_far, pitch in (
        ("bar 4/4|position 0", 60),
        ("bar 4/4|bar 3/4|position 0", 62),
        ("bar 4/4|bar 3/4|bar 4/4|position 0", 64),
        ("bar 4/4|bar 3/4|bar 4/4|bar 3/4|position 0", 64),
    ):
        bias = read(BarsChordBias(parse_chords("C D | E"), 9.0, bar_units=168), read_so_far)
        after = bias.apply(only("pitch 60", "pitch 62", "pitch 64", "velocity 40"))
        assert after[PITCH[pitch]] > 0


def test_the_bias_favours_the_bass_of_the_first_note_under_a_chord() -> None:
    notes = ("pitch 48", "pitch 50", "pitch 52")
    bias = read(BarsChordBias(parse_chords("C/E C"), 4.0), "bar 4/4|position 12")
    # A third of the strength lies on a note of the chord, a whole one on the bass.
    assert np.diff(values(bias.apply(only(*notes)), *notes)) == pytest.approx([-1.32, 4.0], abs=1e-3)
    # The notes above the bass, and the next onset under the same chord, have no favourite.
    for later in ("pitch 52|duration 6", "position 24"):
        free = read(bias, later).apply(only(*notes))
        assert np.diff(values(free, *notes)) == pytest.approx([-4.0, 4.0], abs=1e-3)
    # Without a slash the bass is the root; when a chord returns, the bias favours its bass again.
    for position, steps in (("position 48", [-4.0, 1.32]), ("bar 4/4|position 0", [-1.32, 4.0])):
        again = read(bias, position).apply(only(*notes))
        assert np.diff(values(again, *notes)) == pytest.approx(steps, abs=1e-3)


def test_no_chord_means_no_bias() -> None:
    bias = read(BarsChordBias(parse_chords("N.C. C"), 9.0), "bar 4/4|position 0")
    before = only("pitch 60", "pitch 61", "velocity 40")
    assert bias.apply(before).tolist() == before.tolist()


STEPS = Vocabulary(("0.4.7", "0.4.8", "1.6", "4", "C4", "C#5"))


def test_a_step_loses_by_its_share_of_notes_outside_the_chord() -> None:
    bias = StepsChordBias(parse_chords("C | N.C."), 3.0, STEPS, 240, 480)
    zeros = np.zeros(len(STEPS), np.float32)
    biased = []
    for _ in range(5):
        biased.append(bias.apply(zeros).tolist())
        bias.advance(0)
    under_c = [0.0, -1.0, -3.0, 0.0, 0.0, -3.0]
    assert biased == [under_c, under_c, [0.0] * 6, [0.0] * 6, under_c]


def test_a_bias_can_begin_at_any_position() -> None:
    zeros = np.zeros(len(STEPS), np.float32)
    progression = parse_chords("C | N.C.")
    assert StepsChordBias(progression, 3.0, STEPS, 240, 480, first_tick=720).apply(zeros).tolist() == [0.0] * 6
    notes = ("pitch 60", "pitch 61")
    for bar, lost in ((0, -2.0), (1, 0.0), (6, -2.0)):
        bias = read(BarsChordBias(progression, 2.0, bar), "bar 4/4|position 0")
        after = values(bias.apply(only(*notes)), *notes)
        assert round(after[1] - after[0], 3) == lost
