"""The keys of the screen: changes, lists, typed values, and the end."""

from __future__ import annotations

import asyncio

import pytest
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import OptionList

from musicgen_live.config.parameter import Change
from musicgen_live.interfaces.events import Changed, Ended
from tests.support.seen import text_seen
from tests.support.terminal import Stage, asked, golden, hear, perform, press


def test_arrows_choose_a_value_and_change_it() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert await asked(stage, pilot, "right") == [Change("tempo", 121.0)]
        assert await asked(stage, pilot, "left", "left") == [Change("tempo", 119.0), Change("tempo", 118.0)]
        assert await asked(stage, pilot, "shift+right") == [Change("tempo", 130.0)]
        assert await asked(stage, pilot, "down", "left") == [Change("temperature", 0.95)]
        assert await asked(stage, pilot, "down", "down", "up", "right") == [Change("temperature", 1.05)]
        assert await asked(stage, pilot, "end", "right") == [Change("answer-bars", 1)]
        assert await asked(stage, pilot, "end", "down", "up", "right") == [Change("thru", True)]
        assert await asked(stage, pilot, "pagedown", "right") == [Change("low", "C-1")]
        assert await asked(stage, pilot, "pagedown", "pageup", "up", "right") == [Change("tempo", 121.0)]

    perform(act)


def test_keys_step_from_the_pending_value_not_the_present_one() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        # top-p is 0.95, and 0.9 from bar 3 on.
        keys = ("down", "down", "left", "left")
        assert await asked(stage, pilot, *keys) == [Change("top-p", 0.89), Change("top-p", 0.88)]

    perform(act)


def test_keys_for_the_whole_music() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert await asked(stage, pilot, " ", " ") == [Change("mute", True), Change("mute", False)]
        assert await asked(stage, pilot, "f") == [Change("freeze", 4)]
        await hear(stage, pilot, Changed("freeze", 2, 2))
        assert await asked(stage, pilot, "f") == [Change("freeze", 0)]
        assert await asked(stage, pilot, "r", "0", "k") == [Change("reroll"), Change("restart"), Change("keep")]
        assert await asked(stage, pilot, "u", "v", "v") == [
            Change("undo"),
            Change("variant", "b"),
            Change("variant", "a"),
        ]

    perform(act)


def test_scenes_have_the_keys_of_their_numbers() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert await asked(stage, pilot, "1", "9") == [Change("scene", "1"), Change("scene", "9")]
        assert await asked(stage, pilot, "c", *"solo", "enter") == [Change("store", "solo")]
        assert await asked(stage, pilot, "c", *"2", "escape") == []

    perform(act)


def test_a_value_is_typed() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "enter")
        assert text_seen(stage.app) == golden("typing")
        await press(stage, pilot, *"93.5", "enter")
        assert stage.asked == [Change("tempo", 93.5)]

    perform(act)


def test_a_wrong_value_is_reported_and_nothing_requested() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "enter", *"fast", "enter")
        assert "tempo is 'fast'; it can be a number from 10 to 1000" in text_seen(stage.app)
        await press(stage, pilot, "enter", "escape")
        assert stage.asked == []

    perform(act)


def test_typed_characters_are_no_commands() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "down", "down", "down", "enter", *"F# minor", "left", "q", "escape")
        assert (stage.asked, stage.ends) == ([], 0)
        await press(stage, pilot, "enter", *"F# minor", "enter")
        assert stage.asked == [Change("key", "F# minor")]

    perform(act)


def test_the_music_continues_behind_a_list() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "p")
        assert text_seen(stage.app) == golden("picking")
        stage.now_s += 0.5
        await hear(stage, pilot)
        assert text_seen(stage.app).splitlines()[0].startswith("▶ 2.3")

    perform(act)


def test_presets_models_and_choices_are_picked_from_a_list() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert await asked(stage, pilot, "p", "down", "enter") == [Change("preset", "ragtime")]
        # The list begins at the present value.
        assert await asked(stage, pilot, "m", "enter") == [Change("model", "piano")]
        assert await asked(stage, pilot, "m", "up", "enter") == [Change("model", "classic")]
        assert await asked(stage, pilot, "p", "escape") == []
        to_density = ("down",) * 4
        assert await asked(stage, pilot, *to_density, "enter", "down", "enter") == [Change("density", "sparse")]
        assert await asked(stage, pilot, *to_density, "enter", "enter") == [Change("density")]

    perform(act)


def test_keys_pause_tap_and_end_every_note() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert await asked(stage, pilot, ".", ".", "t", "x") == [
            Change("pause", True),
            Change("pause", False),
            Change("tap"),
            Change("panic"),
        ]

    perform(act)


def test_enter_toggles_a_switch() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert await asked(stage, pilot, "end", *["up"] * 8, "enter") == [Change("pause", True)]

    perform(act)


def test_a_preset_is_saved_by_a_name_or_refused_with_a_reason() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "s", *"evening", "enter")
        assert stage.saved == ["evening"]
        assert "Saved the preset evening." in text_seen(stage.app)
        await press(stage, pilot, "s", *"sonatina", "enter")
        assert "sonatina ships with the project; choose another name" in text_seen(stage.app)
        await press(stage, pilot, "s", "enter")
        await press(stage, pilot, "s", "escape")
        assert stage.saved == ["evening"]

    perform(act)


def test_a_preset_that_was_just_saved_is_in_the_list() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "s", *"evening", "enter")
        await press(stage, pilot, "p")
        listed = stage.app.screen.query_one(OptionList).options
        assert [option.prompt for option in listed] == ["evening", "nocturne", "ragtime"]

    perform(act)


def test_help_names_every_key_and_any_key_closes_it() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "question_mark")
        assert text_seen(stage.app) == golden("help")
        await press(stage, pilot, "r")
        assert text_seen(stage.app) == golden("playing-80x24")
        assert stage.asked == []

    perform(act)


def test_in_a_low_terminal_arrows_show_the_rest_of_the_help() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "question_mark")
        assert "Any key goes back" not in text_seen(stage.app)
        await press(stage, pilot, "end")
        async with asyncio.timeout(30):
            while "Any key goes back" not in text_seen(stage.app):
                await pilot.pause(0.01)
        await press(stage, pilot, "r")
        assert text_seen(stage.app) == golden("playing-60x20")
        assert stage.asked == []

    perform(act, (60, 20))


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
def test_the_app_exits_when_the_take_has_ended(key: str) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, key)
        assert stage.ends == 1
        assert stage.app.is_running
        assert "The take is being ended" in text_seen(stage.app)
        stage.app.handle(Ended())
        async with asyncio.timeout(30):
            while stage.app.is_running and stage.app.return_code is None:
                await pilot.pause(0.01)

    stage = perform(act)
    assert (stage.ends, stage.app.return_code) == (1, 0)


def test_a_second_key_exits_before_the_take_has_ended() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "q")
        stage.app.post_message(Key("q", "q"))

    stage = perform(act)
    assert (stage.ends, stage.app.return_code) == (1, 0)


def test_the_end_can_be_requested_while_a_dialog_is_open() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "enter", "ctrl+c")

    assert perform(act).ends == 1
