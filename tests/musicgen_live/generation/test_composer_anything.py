"""A composer under random actions in any order."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.encodings import BAR_ENCODINGS, bar_tokens, bars
from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.generation.composer import Bar, Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.music.notes import Note
from tests.support.composers import BAR_TICKS, BARS, HANDS, STEPS, WINDOW

MODELS = {"bars": BARS, "bars-hands": HANDS, "steps": STEPS, "window": WINDOW}


class Fuzzed:
    """A composer under random actions, and the invariants that must hold."""

    def __init__(self, model: str, seed: int) -> None:
        self.random = random.Random(seed)
        self.meter = self.random.choice(["4/4", "3/4", "6/8"])
        self.bundle = MODELS[model]
        length: dict[str, Any] = {"bars" if self.bundle.encoding in BAR_ENCODINGS else "steps": 1_000_000}
        self.composer = Composer(Performance.of(replace(self.settings(), **length), self.bundle, seed))
        self.ticks = [0]
        self.notes: list[Note] = []
        self.bars_since = self.frontier = 0

    def settings(self) -> Settings:
        pick = self.random.choice
        shared: dict[str, Any] = {
            "temperature": pick([0.5, 1.0, 4.0]),
            "key": pick([None, "C major", "A minor pentatonic"]),
            "low": pick([None, "C3"]),
            "high": pick([None, "C5"]),
            "polyphony": pick([None, 1, 3]),
            "chords": pick([None, "C | Am G"]),
            "decode": pick(["sample", "argmax"]),
            "meter": self.meter,
        }
        if self.bundle.encoding in BAR_ENCODINGS:
            shared |= {
                "density": pick([None, "dense"]),
                "remind": pick([None, 0, 2]),
                "max_onsets": pick([None, 2.0]),
                "shortest": pick([None, "1/8"]),
            }
        else:
            shared["step"] = pick(["1/8", "3/16", "1/12"])
        return Settings(**shared)

    def act(self) -> None:
        pick, composer = self.random.choice, self.composer
        others = ["change", "model", "reroll", "rewind", "rewind", "restart", "read", "read", "move"]
        do = pick(["compose"] * 6 + others)
        if do == "change":
            composer.change(self.settings())
        elif do == "model":
            if self.bundle.encoding not in BAR_ENCODINGS:
                self.bars_since = self.ticks[-1]
            self.bundle = MODELS[pick(list(MODELS))]
            composer.change(self.settings(), self.bundle)
        elif do == "reroll":
            composer.reroll(self.random.randrange(99))
        elif do == "restart":
            composer.restart(pick([None, 5]))
        elif do == "rewind":
            self.frontier = max(self.frontier, self.ticks[-1])
            within = [tick for tick in self.ticks if tick > self.frontier - 6 * BAR_TICKS]
            composer.rewind(pick(within))
            self.ticks = [tick for tick in self.ticks if tick <= composer.next_tick]
            self.notes = [note for note in self.notes if note.start_tick < self.ticks[-1]]
        elif do == "read":
            self.read()
        elif do == "move":
            self.frontier = self.bars_since = self.random.randrange(60) * Settings(meter=self.meter).bar_ticks
            composer.move(self.frontier)
            self.ticks, self.notes = [self.frontier], []
        else:
            self.compose()
        assert composer.next_tick == self.ticks[-1]

    def read(self) -> None:
        until_tick = self.ticks[-1] + self.random.randrange(1, 10) * 240
        starts = [
            self.random.randrange(self.ticks[-1], until_tick) // 120 * 120 for _ in range(self.random.randrange(8))
        ]
        notes = [
            Note(s, 120 * self.random.choice([1, 2, 4]), self.random.randrange(30, 90), 80) for s in sorted(starts)
        ]
        self.composer.read(notes, until_tick)
        self.ticks.append(until_tick)
        self.notes += [note for note in notes if note.start_tick >= self.ticks[-2]]

    def compose(self) -> None:
        bar = self.composer.compose()
        assert bar is not None
        settings = self.composer.settings
        assert bar.start_tick == self.ticks[-1] < bar.end_tick == self.composer.next_tick
        assert all(bar.start_tick <= note.start_tick < bar.end_tick for note in bar.notes)
        assert {note.pitch for note in bar.notes} <= set(settings.pitches)
        self.ticks.append(bar.end_tick)
        self.notes += bar.notes
        if self.bundle.encoding in BAR_ENCODINGS:
            assert bar.end_tick % settings.bar_ticks == 0
            self.check_ids()
            self.check_polyphony(bar, settings.polyphony or 1000)

    def check_polyphony(self, bar: Bar, most: int) -> None:
        """Check polyphony since the last music without bars, which counts as encoded; equal notes count once."""
        ends: dict[tuple[int, int], int] = {}
        for note in self.notes:
            if note.start_tick >= self.bars_since:
                at = note.start_tick, note.pitch
                ends[at] = max(ends.get(at, 0), note.end_tick)
        for note in bar.notes:
            assert sum(start <= note.start_tick < end for (start, _), end in ends.items()) <= most

    def check_ids(self) -> None:
        """Check that the ids are well-formed: encoding their notes returns them."""
        tokens = [*VOCABULARY.decode(self.composer.ids[:-1]), "end"]
        begins = [at for at, token in enumerate(tokens) if token.startswith("bar ")][-6:]
        tokens = tokens[begins[0] :]
        assert bars.encode(bars.decode(tokens), hands=self.bundle is HANDS) == tokens
        assert self.composer.ids[-1] in bar_tokens.ids_of("bar")


@pytest.mark.parametrize("seed", range(4))
def test_music_stays_in_order_after_any_sequence_of_actions(seed: int) -> None:
    fuzzed = Fuzzed(list(MODELS)[seed], seed)
    for _ in range(150):
        fuzzed.act()
