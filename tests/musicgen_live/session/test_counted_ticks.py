"""Commands to the player after a change of the time signature."""

from __future__ import annotations

import pytest

from musicgen_live.music.notes import Note
from musicgen_live.music.pedal import PedalPress
from musicgen_live.player.commands import (
    Command,
    Cut,
    Feed,
    Finish,
    Panic,
    Replace,
    SetMeter,
    SetMute,
    SetTempo,
    YieldTo,
)
from musicgen_live.session.counted_ticks import earlier


@pytest.mark.parametrize(
    ("command", "sent"),
    [
        (
            Feed((Note(2880, 240, 60, 80),), (PedalPress(2880, 480),)),
            Feed((Note(3840, 240, 60, 80),), (PedalPress(3840, 480),)),
        ),
        (Replace(0, 1440, (Note(480, 1, 60, 80),)), Replace(960, 2400, (Note(1440, 1, 60, 80),))),
        (Cut(2880, ends_notes=True), Cut(3840, ends_notes=True)),
        (YieldTo(2880, 3360), YieldTo(3840, 4320)),
        (Finish(2880), Finish(3840)),
        (SetTempo(2880, 90.0), SetTempo(3840, 90.0)),
        (SetMeter(2880, "3/4"), SetMeter(3840, "3/4")),
        (SetMute(True, 2880, "bass"), SetMute(True, 3840, "bass")),
        (SetMute(True), SetMute(True)),
        (Panic(), Panic()),
    ],
)
def test_a_command_has_the_ticks_that_the_player_counts(command: Command, sent: Command) -> None:
    assert earlier(command, -960) == sent
