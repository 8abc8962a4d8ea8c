"""Composing bar by bar: equal to the plain loop, repeatable after a rewind, to the end, always well-formed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import islice

import numpy as np
import pytest

from musicgen_live.config.library import model_path, preset_names
from musicgen_live.config.presets import load_preset
from musicgen_live.config.settings import Settings
from musicgen_live.encodings import bar_tokens, bars
from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.generation.composer import KEPT_BARS, Composer
from musicgen_live.generation.grammar import masked
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.sampling import sampler_for
from musicgen_live.generation.token_writer import MOST_BAR_IDS
from musicgen_live.model.bundle import Bundle
from tests.support.composers import BAR_TICKS, BARS, HANDS, HOT, STEPS, WINDOW, composed, composer_of


@cache
def shipped_bundle(model: str) -> Bundle:
    return Bundle.load(model_path(model))


def shipped(preset: str, seed: int) -> Performance:
    # A plan of the form would be told before the bars.
    settings = load_preset(preset).settings.changed({"form": "free"})
    return Performance.of(settings, shipped_bundle(settings.model), seed)


def plain_loop(performance: Performance) -> Iterator[int]:
    """Yield the ids of network, grammar, biases and sampler with nothing between them."""
    reader, grammar = performance.reader(), performance.grammar()
    # The key of the opening draws too.
    biases = [*performance.shaping(), *filter(None, [performance.bias(0)])]
    sampler = sampler_for(performance.settings, performance.seed)
    reader.read(performance.plan.prompt)
    if grammar:
        grammar.reset(performance.plan.prompt)
    while True:
        logits = masked(reader.logits(), grammar.allowed()) if grammar else reader.logits()
        for bias in biases:
            logits = bias.apply(logits)
        token_id = sampler.choose(logits)
        yield token_id
        for bias in biases:
            bias.advance(token_id)
        if grammar:
            grammar.advance(token_id)
        reader.advance(token_id)


@pytest.mark.parametrize("preset", preset_names())
def test_bars_equal_the_plain_loop_and_repeat_after_a_rewind(preset: str) -> None:
    performance = shipped(preset, seed=2)
    settings = performance.settings
    composer = Composer(performance)
    first = composed(composer, 3)
    assert [bar.start_tick for bar in first] == [0, settings.bar_ticks, 2 * settings.bar_ticks]
    ids = [token_id for bar in first for token_id in bar.ids]
    assert list(islice(plain_loop(performance), len(ids))) == ids
    for back in (1, 3, 2):
        composer.rewind(first[-back].start_tick)
        assert composed(composer, back) == first[-back:]


@pytest.mark.parametrize("bundle", [BARS, STEPS, WINDOW])
def test_the_last_bar_is_marked_and_nothing_follows(bundle: Bundle) -> None:
    settings = replace(HOT, bars=3) if bundle is BARS else Settings(decode="sample", steps=20, step="1/8")
    composer = composer_of(settings, bundle)
    last = composed(composer, 3)
    assert [bar.is_last for bar in last] == [False, False, True]
    assert last[-1].end_tick == (3 * BAR_TICKS if bundle is BARS else 20 * 240)
    assert composer.compose() is None
    assert max(note.end_tick for bar in last for note in bar.notes) <= 3 * BAR_TICKS
    composer.rewind(2 * BAR_TICKS)
    assert composer.compose() == last[-1]


def test_without_bars_a_step_may_cross_the_bar_line() -> None:
    composer = composer_of(Settings(decode="sample", steps=100, step="5/16"), STEPS)
    found = composed(composer, 3)
    assert [(bar.start_tick, bar.end_tick) for bar in found] == [(0, 2400), (2400, 4200), (4200, 6000)]
    assert [len(bar.ids) for bar in found] == [4, 3, 3]


def test_a_composer_goes_back_twenty_bars() -> None:
    composer = composer_of()
    composed(composer, KEPT_BARS + 10)
    composer.rewind(10 * BAR_TICKS)
    with pytest.raises(ValueError, match="the tick 19201 cannot be gone back to"):
        composer.rewind(10 * BAR_TICKS + 1)
    composed(composer, KEPT_BARS + 1)
    with pytest.raises(ValueError, match="the tick 19200 cannot be gone back to"):
        composer.rewind(10 * BAR_TICKS)


def test_the_last_checkpoint_before_a_tick_is_known() -> None:
    composer = composer_of()
    assert composer.checkpoint_before(0) == 0
    assert composer.checkpoint_before(-1) is None
    composed(composer, 3)
    assert composer.checkpoint_before(2 * BAR_TICKS - 1) == BAR_TICKS
    assert composer.checkpoint_before(2 * BAR_TICKS) == 2 * BAR_TICKS
    assert composer.checkpoint_before(99 * BAR_TICKS) == 3 * BAR_TICKS
    composer.read([], 3 * BAR_TICKS + 480)
    assert composer.checkpoint_before(3 * BAR_TICKS + 500) == 3 * BAR_TICKS + 480
    composed(composer, KEPT_BARS + 1)
    assert composer.checkpoint_before(3 * BAR_TICKS) is None


@pytest.mark.parametrize("bundle", [BARS, HANDS])
def test_a_bar_of_random_choices_ends_well_formed(bundle: Bundle) -> None:
    wild = {name: np.zeros_like(tensor) for name, tensor in bundle.tensors.items()}
    # At every position all pitches, from the lowest up, and a bar line only where nothing else may follow.
    for kind, least in (("pitch", 0), ("position", -1000), ("hand", -2000), ("velocity", -3000), ("bar", -4000)):
        ids = bar_tokens.ids_of(kind)
        wild["output.bias"][ids.start : ids.stop] = least - 3 * np.arange(len(ids))
    composer = composer_of(replace(HOT, temperature=1.0), replace(bundle, tensors=wild))
    longest = [len(bar.ids) for bar in composed(composer, 3)]
    # A note is completed once its pitch is written.
    assert all(MOST_BAR_IDS <= length <= MOST_BAR_IDS + 3 for length in longest), longest
    tokens = [*VOCABULARY.decode(composer.ids[:-1]), "end"]
    assert bars.encode(bars.decode(tokens), hands=bundle is HANDS) == tokens
