"""Random changes and messages of musicians."""

from __future__ import annotations

import random

from musicgen_live.config.parameter import Change
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.interfaces.scaling import change_at_position
from musicgen_live.player.commands import Command, InputGone
from tests.support.musician import (
    message,
)


def random_change(rng: random.Random) -> Change:
    """Return any value of any parameter, with mute and freeze mostly off and no pause, so that there are notes.

    Nothing ends the take, or has changes wait for a later line than the next, which may come after its end.
    """
    parameter = PARAMETERS[rng.choice(sorted(PARAMETERS.keys() - {"end", "quantise"}))]
    if parameter.kind == "action":
        return Change(parameter.name)
    if parameter.name == "pause" or (parameter.name in ("mute", "freeze") and rng.random() < 0.7):
        return Change(parameter.name, 0 if parameter.name == "freeze" else False)
    if parameter.optional and rng.random() < 0.3:
        return Change(parameter.name)
    if parameter.kind == "text" and not parameter.choices() and not parameter.is_pitch:
        return Change(parameter.name, rng.choice(["Dm7 G7 | Cmaj7", "F", "Am | E7", "(C F Bb)"]))
    if parameter.name == "tempo":
        return Change("tempo", rng.uniform(60, 240))
    return change_at_position(parameter.name, rng.random())


def random_script(rng: random.Random, events: int) -> list[tuple[float, Change | Command]]:
    """Return note-ons, releases, pedals, chords, lost keyboards and changes, in bursts and with pauses."""
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
