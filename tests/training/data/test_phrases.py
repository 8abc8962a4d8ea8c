"""The bars in which the top line of a piece comes to rest."""

from __future__ import annotations

import numpy as np

from musicgen_live.encodings.bar_tokens import VOCABULARY
from training.data.dataset import Ids
from training.data.phrases import bar_starts, phrase_ends


def music(*bars: str) -> Ids:
    return np.array(VOCABULARY.encode("|".join([*bars, "end"]).split("|")), np.uint16)


def line(*positions: int, pitch: int = 72, duration: int = 12) -> str:
    return "|".join(["bar 4/4", *(f"position {at}|pitch {pitch}|duration {duration}" for at in positions)])


def ends_of(*bars: str) -> list[int]:
    """Return the bars, from 0, in which a phrase ends."""
    return np.flatnonzero(phrase_ends(music(*bars))).tolist()


EIGHTHS, RESTING = line(*range(0, 96, 12)), line(0, 12, 24, 36)


def test_a_phrase_ends_where_a_line_of_eighths_rests_for_half_a_bar() -> None:
    assert ends_of(EIGHTHS, EIGHTHS, EIGHTHS, RESTING, EIGHTHS, EIGHTHS, EIGHTHS, RESTING) == [3, 7]


def test_an_even_line_has_no_end() -> None:
    assert ends_of(*[EIGHTHS] * 8) == []
    # In half notes, half a bar is no rest.
    assert ends_of(*[line(0, 48)] * 8) == []


def test_a_rest_is_a_quarter_at_least() -> None:
    # Sixteenths, with a gap of an eighth and a half before the next bar, three times as long as usual.
    sixteenths = line(*range(0, 84, 6))
    assert ends_of(*[sixteenths] * 4) == []
    assert ends_of(*[line(*range(0, 78, 6))] * 4) == [0, 3]


def test_what_an_accompaniment_does_below_ends_no_phrase() -> None:
    def with_bass(positions: str, *bass: int) -> str:
        lower = "|".join(f"position {at}|pitch 48|duration 12" for at in bass)
        return f"{positions}|{lower}"

    resting = with_bass(RESTING, 48, 60, 72, 84)
    assert ends_of(EIGHTHS, EIGHTHS, EIGHTHS, resting, EIGHTHS) == [3]


def test_between_two_ends_are_three_bars_at_least() -> None:
    assert ends_of(EIGHTHS, RESTING, EIGHTHS, RESTING, RESTING, EIGHTHS, EIGHTHS, RESTING) == [1, 4, 7]


def test_silence_ends_no_phrase() -> None:
    assert ends_of(*["bar 4/4"] * 4) == []


def test_the_rest_reaches_to_the_next_note_of_the_line() -> None:
    late = line(60, 72, 84)
    assert ends_of(EIGHTHS, EIGHTHS, line(*range(0, 84, 12)), late, EIGHTHS) == [2]


def test_bars_start_where_those_before_end() -> None:
    assert bar_starts(music("bar 4/4", "bar 3/4", "bar 6/8", "bar 1/4")).tolist() == [0, 96, 168, 240, 264]
