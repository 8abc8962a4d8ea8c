"""Channel mode messages, such as All Notes Off, end what their keyboard holds, and nothing else."""

from __future__ import annotations

import pytest

from musicgen_live.music.notes import Note
from musicgen_live.player.commands import Command, Feed, SetChannel, Stop
from tests.support.stage import Stage, keys, perform

LONG = Feed((Note(0, 1920, 60, 80),))
ALL_SOUND_OFF, RESET, LOCAL_OFF, ALL_NOTES_OFF = "b0 78 00", "b0 79 00", "b0 7a 00", "b0 7b 00"
NOTES_OFF_MODES = (ALL_NOTES_OFF, "b0 7c 00", "b0 7d 00", "b0 7e 01", "b0 7f 00")
"""All Notes Off, omni off and on, mono and poly."""


def thru(at_s: float, message: str, *, port: int = 0) -> tuple[float, Command]:
    return keys(at_s, message, port=port, thru=True)


def played(*messages: str) -> Stage:
    """Play through at 240, 480 and so on, while the music holds C4 on the same channel until 1920."""
    return perform((0, LONG), *(thru(0.25 * (i + 1), message) for i, message in enumerate(messages)), (3, Stop()))


@pytest.mark.parametrize("mode", [ALL_SOUND_OFF, *NOTES_OFF_MODES])
def test_it_releases_the_keys_and_not_the_music(mode: str) -> None:
    stage = played("90 40 50", "90 43 50", mode)
    assert stage.received()[2:] == [(720, "80 40 00"), (720, "80 43 00")]
    assert stage.sent()[3:] == [
        (720, "8f 40 00"),
        (720, "8f 43 00"),
        (1920, "80 3c 00"),
        (2880, "b0 7b 00"),
    ]


@pytest.mark.parametrize("mode", [ALL_SOUND_OFF, ALL_NOTES_OFF])
def test_a_pitch_that_the_music_plays_too_sounds_on(mode: str) -> None:
    assert played("90 3c 40", mode).sent()[3:] == [(1920, "80 3c 00"), (2880, "b0 7b 00")]


@pytest.mark.parametrize("mode", [ALL_SOUND_OFF, *NOTES_OFF_MODES])
def test_it_lets_the_pedals_up_with_the_keys(mode: str) -> None:
    stage = played("b0 40 7f", "90 40 50", "b0 42 7f", mode)
    assert stage.received()[3:] == [(960, "80 40 00"), (960, "b0 40 00"), (960, "b0 42 00")]


def test_all_notes_off_after_the_last_key_leaves_the_pedal_down() -> None:
    assert played("b0 40 7f", "90 40 50", "80 40 00", ALL_NOTES_OFF).received()[3:] == []
    assert played("b0 40 7f", "90 40 50", "80 40 00", ALL_SOUND_OFF).received()[3:] == [(960, "b0 40 00")]


def test_reset_all_controllers_resets_all_but_notes() -> None:
    stage = played("90 40 50", "b0 40 7f", "b0 01 30", "d0 20", "e0 00 50", RESET)
    assert stage.received()[5:] == [(1440, "b0 01 00"), (1440, "b0 40 00"), (1440, "d0 00"), (1440, "e0 00 40")]


def test_local_control_is_for_the_keyboard_alone() -> None:
    stage = played("90 40 50", LOCAL_OFF)
    assert stage.received() == [(240, "90 40 50")]


def test_it_is_for_one_channel_of_one_port() -> None:
    stage = perform(
        (0, LONG), thru(0.25, "90 40 50"), thru(0.25, "91 41 50"), thru(0.25, "90 42 50", port=1),
        thru(0.5, "b1 7b 00"), (1, Stop()),
    )  # fmt: skip
    assert stage.received()[3:] == [(480, "81 41 00")]


@pytest.mark.parametrize("mode", [ALL_SOUND_OFF, RESET, LOCAL_OFF, *NOTES_OFF_MODES])
def test_with_nothing_held_it_does_nothing(mode: str) -> None:
    stage = played(mode, "90 40 50", "80 40 00", mode)
    assert stage.received() == [(480, "90 40 50"), (720, "80 40 00")]


def test_our_own_all_notes_off_in_a_loop_releases_no_keys() -> None:
    # The change of the channel sends All Notes Off, which comes in again at the port of the key.
    script = ((0, LONG), keys(0.25, "90 40 50"), (0.5, SetChannel(3)), keys(1.5, "80 40 00"))
    stage = perform(*script, (2, Stop()), looped_s=0.005)
    assert stage.received() == [(240, "90 40 50"), (1440, "80 40 00")]
