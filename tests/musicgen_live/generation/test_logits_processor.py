"""The processor of logits, as a whole: which music it takes as given."""

from __future__ import annotations

import numpy as np
import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.encodings.bar_tokens import VOCABULARY, ids_of
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.logits_processor import LogitsProcessor
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.reencoding import last_bars
from musicgen_live.model.state import Floats
from tests.support.composers import BARS

SETTINGS = Settings(decode="sample", meter="4/4", repetition=1, dissonance=1, key_strength=0)
HIGH_BARS = VOCABULARY.encode(
    ["bar 4/4", *(token for beat in range(4) for token in (f"position {24 * beat}", "pitch 96", "duration 24"))] * 16
)
"""Far above every opening of the toy model."""


def pitch_logits(processor: LogitsProcessor) -> Floats:
    """Return the logits of the first onset of the next bar, of a network to which all ids are alike."""
    for token_id in VOCABULARY.encode(["bar 4/4", "position 0"]):
        processor.advance(token_id)
    after = processor.process(np.zeros(len(VOCABULARY), np.float32), end_bar=False)
    assert after is not None
    return after[ids_of("pitch").start : ids_of("pitch").stop]


def test_music_stays_in_the_register_of_what_was_given_and_returns_from_its_own() -> None:
    given, own = (LogitsProcessor(Performance.of(SETTINGS, BARS, seed=0), 0) for _ in range(2))
    for processor in (given, own):
        for token_id in HIGH_BARS:
            processor.advance(token_id)
    given.settle([96] * 64)
    assert np.ptp(pitch_logits(given)) == 0
    drawn = pitch_logits(own)
    assert drawn[84] > drawn[96] > drawn[107]


def test_a_processor_that_takes_over_stays_in_the_register_of_the_music() -> None:
    before, after = (LogitsProcessor(Performance.of(SETTINGS, BARS, seed=0), 0) for _ in range(2))
    for token_id in HIGH_BARS:
        before.advance(token_id)
    after.keep_register(before)
    drawn = pitch_logits(after)
    assert drawn[84] > drawn[96] > drawn[107]


@pytest.mark.parametrize("meter", ["4/4", "7/4"])
def test_limits_and_clashes_need_only_the_latest_bars(meter: str) -> None:
    settings = Settings(
        decode="sample",
        bars=64,
        meter=meter,
        polyphony=4,
        max_onsets=2,
        dissonance=0.2,
        density="dense",
        key_strength=0,
    )
    performance = Performance.of(settings, BARS, seed=0)
    composer = Composer(performance)
    ids = [token_id for _ in range(16) for token_id in composer_ids(composer)]
    whole, shortened = LogitsProcessor(performance, 0), LogitsProcessor(performance, 0)
    whole.follow(ids)
    shortened.follow(ids, latest=last_bars(ids, 10))
    for bar in range(4):
        for token_id in composer_ids(composer):
            first, second = (
                each.process(np.zeros(len(VOCABULARY), np.float32), end_bar=False) for each in (whole, shortened)
            )
            assert first is not None
            assert second is not None
            assert np.array_equal(first, second), bar
            for each in (whole, shortened):
                each.advance(token_id)


def composer_ids(composer: Composer) -> tuple[int, ...]:
    bar = composer.compose()
    assert bar is not None
    return bar.ids
