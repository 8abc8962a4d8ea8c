"""Everything at random at once: whatever is fed, cut, played through and changed, nothing is left on."""

from __future__ import annotations

import random

import pytest

from musicgen_live.midi.hanging_notes import HangingNotes
from musicgen_live.music.notes import Note
from musicgen_live.player.protocol import Begin, Command, Cut, Feed, InputGone, SetChannel, SetTempo, Stop
from tests.support.stage import Stage, keys, perform

SECONDS = 4


def anything(chance: random.Random) -> tuple[float, Command]:
    """Something that may happen in a take: few pitches, so that they meet."""
    at_s = round(chance.uniform(0, SECONDS), 3)
    pitch, velocity, port = chance.randint(60, 62), chance.choice((40, 80)), chance.randint(0, 1)
    tick = chance.randrange(0, 960 * SECONDS, 60)
    drawn = chance.random()
    if drawn < 0.35:
        notes = tuple(Note(tick + 60 * i, chance.choice((0, 10, 60, 400)), pitch, velocity) for i in range(4))
        return at_s, Feed(notes)
    if drawn < 0.75:
        kind = chance.choice((0x90, 0x90, 0x91, 0x80, 0x80, 0x81))
        return keys(at_s, bytes((kind, pitch, velocity)).hex(), port=port, thru=chance.random() < 0.9)
    if drawn < 0.85:
        return keys(at_s, chance.choice(("b0407f", "b04000", "e00050", "e00040")), port=port, thru=True)
    others = (Cut(tick), SetTempo(tick, chance.uniform(30, 300)), SetChannel(chance.randint(0, 2)), InputGone(port))
    return at_s, chance.choice((*others, Begin()))


def owed_after(messages: list[tuple[int, bytes]]) -> list[bytes]:
    owed = HangingNotes()
    for _, message in messages:
        owed.update(message)
    return owed.messages()


def performed(seed: int, latency_s: float, looped_s: float | None) -> Stage:
    chance = random.Random(seed)
    script = sorted((anything(chance) for _ in range(60)), key=lambda entry: entry[0])
    return perform(*script, (SECONDS, Stop()), latencies_s=(-latency_s, 0.0), looped_s=looped_s)


@pytest.mark.parametrize("latency_s", [0.0, 0.05])
@pytest.mark.parametrize("looped_s", [None, 0.01])
def test_nothing_is_left_on_at_any_output_and_in_the_take(latency_s: float, looped_s: float | None) -> None:
    for seed in range(100):
        stage = performed(seed, latency_s, looped_s)
        assert owed_after(stage.output.messages) == [], seed
        assert owed_after(stage.take.messages) == [], seed
        ticks = [tick for tick, _ in stage.take.messages if tick >= 0]
        assert ticks == sorted(ticks) or latency_s > 0, seed
        assert len(stage.output.messages) < 2000, seed
