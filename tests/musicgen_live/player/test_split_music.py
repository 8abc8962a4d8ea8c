"""A player of split music: a channel, a mute, a program and a pedal for each part."""

from __future__ import annotations

import pytest

from musicgen_live.music.notes import Note
from musicgen_live.music.pedal import PedalPress
from musicgen_live.player.commands import Command, Cut, Feed, Panic, SetMute, SetPause, SetProgram, Stop
from musicgen_live.player.part_channels import PlayerPart
from tests.support.stage import Stage, perform

PARTS = (PlayerPart("melody", 0), PlayerPart("bass", 1, has_pedal=False), PlayerPart("chords", 2))
CHORD = Feed(
    (Note(0, 1920, 76, 80, "melody"), Note(0, 1920, 36, 80, "bass"), Note(0, 1920, 60, 80, "chords")),
)
PEDAL = Feed((Note(0, 960, 60, 80, "chords"), Note(1920, 960, 62, 80, "chords")), (PedalPress(60, 1860),))


def performed(*script: tuple[float, Command], parts: tuple[PlayerPart, ...] = PARTS) -> Stage:
    return perform(*script, parts=parts)


def test_each_part_is_sent_on_its_channel() -> None:
    stage = performed((0, CHORD), (3, Stop()))
    assert stage.sent()[:3] == [(0, "90 4c 50"), (0, "91 24 50"), (0, "92 3c 50")]
    assert [m for _, m in stage.sent()[-3:]] == ["b0 7b 00", "b1 7b 00", "b2 7b 00"]


def test_a_part_can_be_muted_at_once_and_from_a_tick_on() -> None:
    stage = performed((0, CHORD), (0.5, SetMute(True, part="bass")), (3, Stop()))
    assert stage.sent()[3:4] == [(480, "81 24 00")]
    again = Feed(tuple(Note(1920 + n.start_tick, 480, n.pitch, n.velocity, n.part) for n in CHORD.notes))
    stage = performed((0, CHORD), (0, again), (0.5, SetMute(True, 1920, "bass")), (3, Stop()))
    assert [m for tick, m in stage.sent() if tick == 1920 and m[0] == "9"] == ["90 4c 50", "92 3c 50"]


def test_all_music_muted_mutes_every_part() -> None:
    stage = performed((0, SetMute(True)), (0, CHORD), (3, Stop()))
    assert [m for _, m in stage.sent() if m[0] == "9"] == []


def test_programs_and_banks_are_sent_first_and_when_they_change() -> None:
    parts = (PlayerPart("melody", 0, program=4), PlayerPart("bass", 1, program=33, bank=129), PlayerPart("chords", 2))
    stage = performed((0, CHORD), (0.5, SetProgram(7, None, "melody")), (3, Stop()), parts=parts)
    assert stage.sent()[:4] == [(0, "c0 04"), (0, "b1 00 01"), (0, "b1 20 01"), (0, "c1 21")]
    assert [entry for entry in stage.sent() if entry[0] == 480] == [(480, "80 4c 00"), (480, "c0 07")]


def test_the_pedal_goes_down_and_up_on_the_channels_of_parts_that_have_one() -> None:
    stage = performed((0, PEDAL), (4, Stop()))
    pedal = [entry for entry in stage.recorded() if " 40 " in entry[1]]
    assert pedal == [(60, "b0 40 7f"), (60, "b2 40 7f"), (1920, "b0 40 00"), (1920, "b2 40 00")]


@pytest.mark.parametrize(
    ("command", "tick"),
    [
        (SetPause(True), 480),
        (Panic(), 480),
        (SetMute(True), 480),
        (Cut(0, ends_notes=True), 480),
        (Stop(), 480),
    ],
)
def test_the_pedal_goes_up_when_the_music_ends_before_it(command: Command, tick: int) -> None:
    stage = performed((0, PEDAL), (0.5, command), (4, Stop()))
    assert [entry for entry in stage.recorded() if entry[1] == "b2 40 00"] == [(tick, "b2 40 00")]


def test_a_cut_leaves_a_pedal_that_is_down_until_it_was_to_go_up() -> None:
    stage = performed((0, PEDAL), (0.5, Cut(960)), (4, Stop()))
    assert [entry for entry in stage.recorded() if entry[1][1:] == "2 40 00"] == [(1920, "b2 40 00")]


def test_no_pedal_goes_down_while_the_music_is_muted() -> None:
    stage = performed((0, SetMute(True)), (0, PEDAL), (4, Stop()))
    assert [m for _, m in stage.sent() if " 40 " in m] == []
