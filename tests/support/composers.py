"""Composers with toy networks, the bars that they compose, and the tokens that they read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.encodings.bar_tokens import DURATIONS, VOCABULARY
from musicgen_live.generation.composer import Bar, Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.predictors import CarriedState
from musicgen_live.model.state import Floats
from musicgen_live.music.notes import Note
from tests.support.models import toy_bars_bundle, toy_bundle

BARS, HANDS, STEPS, WINDOW = toy_bars_bundle(), toy_bars_bundle("bars-hands"), toy_bundle(), toy_bundle("window")
HOT = Settings(decode="sample", temperature=3.0, bars=1000, meter="4/4")
BAR_TICKS = 1920
FREE = Settings(decode="sample", temperature=5.0, bars=40)
FREE_STEPS = Settings(decode="sample", temperature=5.0, steps=400)
"""Settings of takes in the time signature of their prompt, so hot that only limits and biases decide."""


def composer_of(settings: Settings = HOT, bundle: Bundle = BARS, seed: int = 1) -> Composer:
    return Composer(Performance.of(settings, bundle, seed))


def notes_of(settings: Settings, seed: int = 1) -> list[Note]:
    """The notes of a whole take, of a model without bars if the settings say how many steps."""
    composer = composer_of(settings, STEPS if settings.steps else BARS, seed)
    return [note for step in composer.steps() for note in step.notes]


def composed(composer: Composer, count: int) -> list[Bar]:
    found = []
    for _ in range(count):
        bar = composer.compose()
        assert bar is not None
        found.append(bar)
    return found


def read_by(act: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the tokens that the network reads during `act`."""
    read: list[int] = []
    step = CarriedState.step

    def reading(self: CarriedState, token_id: int) -> Floats:
        read.append(token_id)
        return step(self, token_id)

    with monkeypatch.context() as patched:
        patched.setattr(CarriedState, "step", reading)
        act()
    return VOCABULARY.decode(read)


def foretell(predict: Callable[[int], Floats], monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Have every network predict what a function of the latest id gives; the ids that it reads from then on."""
    read: list[int] = []

    def step(self: CarriedState, token_id: int) -> Floats:
        del self
        read.append(token_id)
        return predict(token_id)

    monkeypatch.setattr(CarriedState, "step", step)
    return read


def play_short_notes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every network in bars predict only notes so short that none is held over a bar line."""
    step = CarriedState.step
    durations = VOCABULARY.ids["duration 3"], VOCABULARY.ids[f"duration {DURATIONS[-1]}"] + 1

    def with_short_notes(self: CarriedState, token_id: int) -> Floats:
        logits = step(self, token_id).copy()
        if len(logits) == len(VOCABULARY):
            logits[slice(*durations)] = -np.inf
        return logits

    monkeypatch.setattr(CarriedState, "step", with_short_notes)


PHRASE = tuple(Note(240 * i, 240, pitch, 80) for i, pitch in enumerate((60, 62, 64, 65, 67, 69, 71, 72, 74, 76)))
