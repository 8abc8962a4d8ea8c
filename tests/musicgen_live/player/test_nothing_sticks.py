"""Random commands and input: no note is left on, whatever is fed, cut, played through and changed."""

from __future__ import annotations

import random

import pytest

from musicgen_live.midi.hanging_notes import HangingNotes
from musicgen_live.music.notes import Note
from musicgen_live.player.commands import Begin, Command, Cut, Feed, InputGone, SetChannel, SetTempo, Stop
from tests.support.stage import Stage, keys, perform

SECONDS = 4


def random_command(rng: random.Random) -> tuple[float, Command]:
    """Return any command, with few different pitches, so that equal ones overlap."""
    at_s = round(rng.uniform(0, SECONDS), 3)
    pitch, velocity, port = rng.randint(60, 62), rng.choice((40, 80)), rng.randint(0, 1)
    tick = rng.randrange(0, 960 * SECONDS, 60)
    drawn = rng.random()
    if drawn < 0.35:
        notes = tuple(Note(tick + 60 * i, rng.choice((0, 10, 60, 400)), pitch, velocity) for i in range(4))
        return at_s, Feed(notes)
    if drawn < 0.75:
        kind = rng.choice((0x90, 0x90, 0x91, 0x80, 0x80, 0x81))
        return keys(at_s, bytes((kind, pitch, velocity)).hex(), port=port, thru=rng.random() < 0.9)
    if drawn < 0.85:
        return keys(at_s, rng.choice(("b0407f", "b04000", "e00050", "e00040")), port=port, thru=True)
    others = (Cut(tick), SetTempo(tick, rng.uniform(30, 300)), SetChannel(rng.randint(0, 2)), InputGone(port))
    return at_s, rng.choice((*others, Begin()))


def hanging_after(messages: list[tuple[int, bytes]]) -> list[bytes]:
    hanging = HangingNotes()
    for _, message in messages:
        hanging.update(message)
    return hanging.messages()


def performed(seed: int, latency_s: float, looped_s: float | None) -> Stage:
    rng = random.Random(seed)
    script = sorted((random_command(rng) for _ in range(60)), key=lambda entry: entry[0])
    return perform(*script, (SECONDS, Stop()), latencies_s=(-latency_s, 0.0), looped_s=looped_s)


@pytest.mark.parametrize("latency_s", [0.0, 0.05])
@pytest.mark.parametrize("looped_s", [None, 0.01])
def test_nothing_is_left_on_at_any_output_and_in_the_take(latency_s: float, looped_s: float | None) -> None:
    for seed in range(100):
        stage = performed(seed, latency_s, looped_s)
        assert hanging_after(stage.output.messages) == [], seed
        assert hanging_after(stage.take.messages) == [], seed
        ticks = [tick for tick, _ in stage.take.messages if tick >= 0]
        assert ticks == sorted(ticks) or latency_s > 0, seed
        assert len(stage.output.messages) < 2000, seed
