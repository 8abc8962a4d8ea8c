"""A listener receives anything, in any order: its decisions are possible and keep to its turns."""

from __future__ import annotations

import random

import pytest

from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.session.listening.call_and_response import listener_of
from musicgen_live.session.listening.decisions import EndTurn, ListenOptions
from tests.support.listening import PEDAL_DOWN, PEDAL_UP, DecisionCheck, unplug

BAR = 1920


@pytest.mark.parametrize("time_signature", [TimeSignature(4, 4), TimeSignature(6, 8), TimeSignature(5, 16)])
@pytest.mark.parametrize("enter", ["beat", "bar"])
@pytest.mark.parametrize("mode", ["continue", "answer", "follow"])
def test_random_notes_lead_to_consistent_decisions(mode: str, enter: str, time_signature: TimeSignature) -> None:
    rng = random.Random(f"{mode} {enter} {time_signature}")
    listen_options = ListenOptions(mode, enter, rest_ticks=rng.choice([0, 60, 240]))  # type: ignore[arg-type]
    listener = listener_of(listen_options, time_signature)
    bar_ticks = time_signature.bar_ticks
    check = DecisionCheck(bar_ticks)
    tick = received_tick = 0
    for _ in range(2_000):
        tick += rng.choice([0, 0, 1, 7, 30, 110, 130, 240, 470, 500, 2000])
        kind = rng.random()
        if kind < 0.01:
            decisions = unplug(listener, tick)
        elif kind < 0.1:
            decisions = listener.reach(tick)
        else:
            pitch, velocity = rng.randint(58, 64), rng.choice([0, 1, 80, 127])
            message = rng.choice(
                [bytes((0x90, pitch, velocity)), bytes((0x80, pitch, 0)), PEDAL_DOWN, PEDAL_UP, b"\xf8", b""]
            )
            # Messages arrive a little late.
            received_tick = max(received_tick, tick - rng.choice([0, 0, 9]))
            decisions = listener.receive(received_tick, message)
        for decision in decisions:
            check(tick, decision)
        # Without any rest, the turn may start at once.
        assert listener.timeout_tick is None or listener.timeout_tick >= tick - 9
    assert check.decisions > 150
    for decision in (*unplug(listener, tick), *listener.reach(tick + 20 * BAR)):
        check(tick, decision)
    # No more notes: the model has its turn, or had it, and then listens.
    assert listener.timeout_tick is None or mode == "answer"
    listener.receive(tick + 1000 * BAR, b"")
    assert listener.timeout_tick is None
    assert listener.listens == (mode != "continue")
    last = listener.receive(tick + 1001 * BAR, bytes((0x90, 60, 80)))
    assert [type(decision) for decision in last] == ([EndTurn] if mode == "continue" else [])
