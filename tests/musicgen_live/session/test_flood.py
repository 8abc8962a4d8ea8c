"""Changes of every parameter that pour in: the music goes on in time, without a missing note."""

from __future__ import annotations

import random

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.interfaces.events import Planned
from musicgen_live.player.commands import Command, Stop
from musicgen_live.player.reports import Sent
from tests.support.daw import START, Daw
from tests.support.musician import BAR, SONATINA
from tests.support.random_scripts import random_change
from tests.support.rehearsal import Rehearsal

SECONDS = 4
CHANGES_PER_BURST, BURSTS_PER_S = 5000, 4
"""Together 20,000 changes a second."""


def flood(rng: random.Random) -> list[tuple[float, Change | Command]]:
    """Return changes of all parameters but those that silence the music or write files."""
    changes = [change for _ in range(CHANGES_PER_BURST) if (change := random_change(rng)).name not in ("mute", "keep")]
    return [
        (1.0 + burst / BURSTS_PER_S, change)
        for burst in range(SECONDS * BURSTS_PER_S)
        for change in rng.sample(changes, len(changes))
    ]


@pytest.mark.parametrize("sync", ["internal", "clock"])
def test_twenty_thousand_changes_a_second_cost_no_note(sync: str) -> None:
    daw = Daw(at_s=0.1).sends(START).beats(14)
    pulses: list[tuple[float, Change | Command]] = [(sent.at_s, sent) for sent in daw.sent] if sync == "clock" else []
    script = sorted([*flood(random.Random(1)), *pulses, (6.5, Stop())], key=lambda entry: entry[0])
    rehearsal = Rehearsal(SONATINA, script, 3, sync=sync)
    plan: set[tuple[int, int]] = set()
    for event in rehearsal.published(Planned):
        plan = {note for note in plan if note[0] < event.tick}
        plan |= {(note.start_tick, note.pitch) for note in event.notes}
    heard = {(note.start_tick, note.pitch) for note in rehearsal.notes()}
    assert {note for note in plan if note[0] < 2 * BAR} == {note for note in heard if note[0] < 2 * BAR}
    assert sum(report.dropped for report in rehearsal.reported if isinstance(report, Sent)) == 0
