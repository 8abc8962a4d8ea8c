"""The bars of phrases, and the suspicion that one is over at a bar line."""

from __future__ import annotations

import pytest

from musicgen_live.session.listening.whole_bars import WholeBars

BAR = 1920


def after(*lengths: int) -> WholeBars:
    """Return the bars of phrases of these lengths, and of a phrase of eighths that goes on."""
    bars = WholeBars(BAR, 480)
    for length in lengths:
        bars.begin_phrase(0)
        bars.end_phrase(length * BAR - 10)
    bars.begin_phrase(0)
    return bars


def suspicions(bars: WholeBars, expected_bars: int | None = None) -> list[str]:
    """Return the reason to expect the end of a phrase of eighths at the lines of its first nine bars, `-` for none."""
    found: list[str] = []
    for bar in range(1, 10):
        for eighth in range(8):
            if bar > 1 or eighth:
                bars.add_onset((bar - 1) * BAR + 240 * eighth)
        found.append(bars.suspicion(bar * BAR, bar * BAR - 10, expected_bars) or "-")
    return found


def test_a_first_phrase_may_have_1_2_4_or_8_bars() -> None:
    assert suspicions(after()) == ["guess", "guess", "-", "guess", "-", "-", "-", "guess", "-"]


def test_the_latest_length_is_usual_and_surely_so_once_two_phrases_agree() -> None:
    assert suspicions(after(2)) == ["-", "guess", "-", "guess", "-", "-", "-", "guess", "-"]
    assert suspicions(after(2, 3)) == ["-", "-", "guess", "-", "-", "guess", "-", "-", "-"]
    assert suspicions(after(2, 3, 2)) == ["-", "usual", "-", "guess", "-", "-", "-", "guess", "-"]
    # Of the latest four.
    assert suspicions(after(2, 2, 3, 3, 3)) == ["-", "-", "usual", "-", "-", "guess", "-", "-", "-"]


def test_an_expected_length_holds_until_a_phrase_has_another() -> None:
    assert suspicions(after(), 4) == ["-", "-", "-", "usual", "-", "-", "-", "guess", "-"]
    assert suspicions(after(3), 4) == ["-", "-", "guess", "-", "-", "guess", "-", "-", "-"]
    assert after().usual_line_tick(4) == 4 * BAR
    assert after(3).usual_line_tick(4) is None
    assert after(3, 3).usual_line_tick(None) == 3 * BAR


@pytest.mark.parametrize(
    ("onsets", "end", "suspicion"),
    [
        # A last note that ends within an eighth before the line, or sooner in a steady staccato.
        ((480, 960), 1680, "guess"),
        ((480, 960), 1679, None),
        ((480, 960, 1440), 1500, "guess"),
        # One onset alone, or one on the line, says nothing.
        ((), 1900, None),
        ((480, 1920), 1900, None),
    ],
)
def test_a_guess_needs_a_full_bar(onsets: tuple[int, ...], end: int, suspicion: str | None) -> None:
    bars = after()
    for onset in onsets:
        bars.add_onset(onset)
    assert bars.suspicion(BAR, end, None) == suspicion


def test_bars_count_from_the_line_after_an_upbeat() -> None:
    bars = WholeBars(BAR, 480)
    bars.begin_phrase(1440)
    assert (bars.bars(2 * BAR), bars.begins_with_rest) == (1, False)
    bars.begin_phrase(1439)
    assert (bars.bars(2 * BAR), bars.begins_with_rest) == (2, True)
    # A sixteenth too long does not count a bar.
    assert (bars.bars(2 * BAR + 119), bars.bars(2 * BAR + 120)) == (2, 3)
