"""A musician plays, and changes parameters, at random, on the manual clock."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from musicgen_live.interfaces.events import BarBegan, Changed
from musicgen_live.music.notes import Note
from musicgen_live.player.commands import Stop
from musicgen_live.session.listening.decisions import ListenMode, ListenOptions
from tests.support.musician import (
    SONATINA,
)
from tests.support.random_scripts import random_script
from tests.support.rehearsal import Rehearsal


@pytest.mark.parametrize("mode", ["continue", "answer", "follow"])
@pytest.mark.parametrize("enter", ["bar", "beat"])
def test_random_notes_and_changes_leave_no_hanging_note(mode: ListenMode, enter: str) -> None:
    rng = random.Random(f"{mode} {enter}")
    script = random_script(rng, 400)
    listen_options = ListenOptions(mode, enter)  # type: ignore[arg-type]
    rehearsal = Rehearsal(
        SONATINA, [*script, (script[-1][0] + 20.0, Stop())], 3, listen_options=listen_options, follows_chords=True
    )
    notes: list[Note] = rehearsal.notes()
    assert len(notes) > 40
    assert all(0 <= n.pitch <= 127 and 1 <= n.velocity <= 127 for n in notes)
    assert all(one.bar < other.bar for one, other in pairwise(rehearsal.published(BarBegan)))
    assert len(rehearsal.published(Changed)) > 20
