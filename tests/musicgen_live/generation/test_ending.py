"""The close of a take: what the last two bars may have, and which chords draw them."""

from __future__ import annotations

import numpy as np
import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.encodings import bar_tokens
from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.generation.ending import Ending
from musicgen_live.generation.logits_processor import LogitsProcessor
from musicgen_live.generation.performance import Performance
from musicgen_live.music.scales import Key
from tests.support.composers import BARS

CHORD = "position 0|pitch 60|duration 24"


def ids(text: str) -> list[int]:
    return VOCABULARY.encode(text.split("|"))


def allowed_after(text: str, bars_left: int | None = 1) -> list[str]:
    """Return the positions, durations and bar tokens that an ending allows after a last bar began so."""
    ending = Ending(None)
    for token_id in ids(text):
        if token_id in bar_tokens.ids_of("bar"):
            ending.begin_bar(bars_left)
        ending.advance(token_id)
    mask = np.ones(len(VOCABULARY), np.bool_)
    ending.narrow(mask)
    return [
        VOCABULARY.tokens[i] for kind in ("position", "duration", "bar") for i in bar_tokens.ids_of(kind) if mask[i]
    ]


def test_before_the_last_bar_everything_is_allowed() -> None:
    everything = [VOCABULARY.tokens[i] for kind in ("position", "duration", "bar") for i in bar_tokens.ids_of(kind)]
    for bars_left in (None, 2, 8):
        assert allowed_after("bar 4/4", bars_left) == everything


@pytest.mark.parametrize(("bar", "last"), [("bar 4/4", 48), ("bar 3/4", 0), ("bar 6/8", 0), ("bar 2/4", 0)])
def test_the_last_onset_is_on_a_strong_beat(bar: str, last: int) -> None:
    positions = [token for token in allowed_after(bar) if token.startswith("position ")]
    assert positions[0] == "position 0"
    assert positions[-1] == f"position {last}"


def test_a_note_on_the_last_strong_beat_is_half_a_bar_long() -> None:
    durations = [token for token in allowed_after("bar 4/4|position 48|pitch 60") if token.startswith("duration ")]
    assert durations[0] == "duration 48"
    assert len([token for token in allowed_after("bar 4/4|position 0|pitch 60") if token.startswith("duration ")]) == 41


def test_the_bar_does_not_end_before_its_close() -> None:
    assert not [token for token in allowed_after("bar 4/4") if token.startswith("bar ")]
    assert not [token for token in allowed_after(f"bar 4/4|{CHORD}") if token.startswith("bar ")]


@pytest.mark.parametrize("note", ["position 0|pitch 60|duration 48", "position 48|pitch 60|duration 48"])
def test_behind_a_long_note_on_a_strong_beat_nothing_begins(note: str) -> None:
    after = allowed_after(f"bar 4/4|{note}")
    assert not [token for token in after if token.startswith("position ")]
    assert "bar 4/4" in after


def test_a_close_in_the_first_half_of_a_long_bar_is_that_of_the_bar() -> None:
    assert not [
        t for t in allowed_after("bar 4/4|position 0|pitch 60|duration 96|bar 3/4") if t.startswith("position ")
    ]


def biased(key: Key | None, bars_left: int) -> list[int]:
    """Return the pitch classes that the bias of a bar prefers."""
    ending = Ending(key)
    ending.begin_bar(bars_left)
    for token_id in ids("bar 4/4|position 0"):
        ending.advance(token_id)
    pitches = ending.apply(np.zeros(len(VOCABULARY), np.float32))[bar_tokens.ids_of("pitch").start :][60:72]
    return [pitch for pitch in range(12) if pitches[pitch] > pitches.min()]


def test_the_dominant_leads_to_the_tonic() -> None:
    assert biased(Key(0, "major"), 2) == [2, 5, 7, 11]
    assert biased(Key(0, "major"), 1) == [0, 4, 7]
    assert biased(Key(9, "minor"), 2) == [2, 4, 8, 11]
    assert biased(Key(9, "minor"), 1) == [0, 4, 9]
    assert biased(Key(0, "major"), 3) == []
    assert biased(None, 1) == []


def test_a_change_of_settings_in_the_last_bar_leaves_the_close_open() -> None:
    # A processor of the new settings follows the bars before too, and a long note there is no close of this one.
    processor = LogitsProcessor(Performance.of(Settings(bars=4, meter="4/4"), BARS, 0), 0)
    processor.follow(ids("bar 4/4|position 0|pitch 60|duration 96"), ids("bar 4/4"), 1)
    logits = processor.process(np.zeros(len(VOCABULARY), np.float32), end_bar=False)
    assert logits is not None
    assert np.isfinite(logits[VOCABULARY.ids["position 0"]])
