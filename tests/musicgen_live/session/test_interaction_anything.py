"""A musician beside the model who plays and changes anything, in any order, on the manual clock."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from musicgen_live.config.parameters import Change
from musicgen_live.interfaces.events import BarBegan, Changed
from musicgen_live.music.notes import Note
from musicgen_live.player.protocol import Command, InputGone, Stop
from musicgen_live.session.listening.decisions import ListenMode, ListenOptions
from tests.musicgen_live.session.test_conductor import random_change
from tests.support.musician import (
    SONATINA,
    message,
)
from tests.support.rehearsal import Rehearsal


def random_script(rng: random.Random, events: int) -> list[tuple[float, Change | Command]]:
    """Strikes, releases, pedals and chords, keyboards that are unplugged, and wishes, in bursts and with pauses."""
    script: list[tuple[float, Change | Command]] = []
    held: list[int] = []
    at_s, thru = 0.1, rng.random() < 0.5
    for _ in range(events):
        at_s += rng.choice([0.0, 0.0, 0.002, 0.03, 0.1, 0.25, 0.5]) if rng.random() < 0.98 else rng.uniform(1, 12)
        what = rng.random()
        if what < 0.35:
            held.append(rng.randrange(30, 100))
            script.append(message(at_s, f"90{held[-1]:02x}{rng.randrange(1, 128):02x}", thru=thru))
        elif what < 0.7 and held:
            script.append(message(at_s, f"80{held.pop(rng.randrange(len(held))):02x}00", thru=thru))
        elif what < 0.75:
            script.append(message(at_s, f"b040{rng.choice(('00', '7f'))}", thru=thru))
        elif what < 0.76:
            script.append((at_s, InputGone(0)))
            held.clear()
        elif what < 0.85:
            script.append(message(at_s, f"{rng.choice(('80', '90'))}{rng.randrange(40, 70):02x}50", "chords"))
        elif (change := random_change(rng)).name != "mute":
            script.append((at_s, change))
    return script


@pytest.mark.parametrize("mode", ["continue", "answer", "follow"])
@pytest.mark.parametrize("enter", ["bar", "beat"])
def test_hundreds_of_strikes_and_changes_in_any_order_break_nothing_and_leave_nothing_on(
    mode: ListenMode, enter: str
) -> None:
    rng = random.Random(f"{mode} {enter}")
    script = random_script(rng, 400)
    listen_options = ListenOptions(mode, enter)  # type: ignore[arg-type]
    rehearsal = Rehearsal(
        SONATINA, [*script, (script[-1][0] + 20.0, Stop())], 3, listen_options=listen_options, hears_chords=True
    )
    notes: list[Note] = rehearsal.notes()
    assert len(notes) > 50
    assert all(0 <= n.pitch <= 127 and 1 <= n.velocity <= 127 for n in notes)
    assert all(one.bar < other.bar for one, other in pairwise(rehearsal.told(BarBegan)))
    assert len(rehearsal.told(Changed)) > 20
