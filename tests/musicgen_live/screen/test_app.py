"""The app in a terminal that is not there: keys to wishes, events to what is seen. Golden screens are in goldens/."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from textual.events import Key
from textual.pilot import Pilot

from musicgen_live.errors import SettingsError
from musicgen_live.live.events import (
    Asked,
    BarBegan,
    Changed,
    Ended,
    Event,
    Kept,
    Opened,
    Place,
    Planned,
    Played,
    Refused,
    Struck,
)
from musicgen_live.notes import Note
from musicgen_live.screen.app import PlayApp
from musicgen_live.settings import Settings
from musicgen_live.steering import Steer, values_of
from tests.musicgen_live.screen.seen import text_seen

GOLDENS = Path(__file__).parent / "goldens"

VALUES = tuple(values_of(Settings(model="piano", key="D dorian", top_p=0.95)).items())
MELODY = (62, 65, 69, 72, 71, 69, 65, 64, 62, 60, 57, 60, 62, 64, 65, 69)
NOTES = tuple(Note(240 * place, 240, pitch, 80) for place, pitch in enumerate(MELODY * 2)) + tuple(
    Note(1920 * bar, 1920, pitch, 60) for bar, pitch in enumerate((50, 48, 46, 45))
)
SCENE: tuple[Event, ...] = (
    Opened(("musicgen-live",), ("Keystation 49",), "takes/2026-11-22-205512-piano.mid", (4, 4), "internal", VALUES),
    Place(0, 100.0, 120.0, runs=True),
    Planned(0, 7680, NOTES),
    Struck(0, (b"\x90\x3e\x50", b"\x90\x32\x3c"), (0.07, 0.09), 0),
    BarBegan(2),
    Played(960, 76, 90),
    Played(1430, 76, 0),
    Played(2160, 79, 90),
    Asked("top-p", 0.9, 3),
    Changed("texture", "full", 2),
    Asked("reroll", None, 3),
    Kept("takes/2026-11-22-205512-piano-bar-1.mid", 1, 1),
)


@dataclass
class Stage:
    """An app whose clock stands still, and all that it asked for."""

    now_s: float = 102.5
    asked: list[Steer] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    ends: int = 0

    def __post_init__(self) -> None:
        self.app = PlayApp(
            self.asked.append, lambda: self.now_s, self.end, self.save, ["nocturne", "ragtime"], ["classic", "piano"]
        )

    def end(self) -> None:
        self.ends += 1

    def save(self, name: str) -> str:
        if name == "sonatina":
            raise SettingsError("sonatina ships with the project; choose another name")
        self.saved.append(name)
        return f"Saved the preset {name}."


Act = Callable[[Stage, Pilot[None]], Awaitable[None]]


def perform(act: Act, size: tuple[int, int] = (80, 24), scene: tuple[Event, ...] = SCENE) -> Stage:
    stage = Stage()

    async def run() -> None:
        async with stage.app.run_test(size=size) as pilot:
            await hear(stage, pilot, *scene)
            await act(stage, pilot)

    asyncio.run(run())
    return stage


async def hear(stage: Stage, pilot: Pilot[None], *events: Event) -> None:
    for event in events:
        stage.app.tell(event)
    # Twice: a list that opens is laid out by the first.
    for _ in range(2):
        await pilot.pause(0)
        stage.app.look()
    await pilot.pause(0)


async def press(stage: Stage, pilot: Pilot[None], *keys: str) -> None:
    """As `Pilot.press`, which waits for an idle processor: here all that follows from a key is waited for, no more."""
    for key in keys:
        name = {" ": "space", ".": "full_stop", "#": "number_sign"}.get(key, key)
        stage.app.post_message(Key(name, key if len(key) == 1 else None))
        await hear(stage, pilot)


async def asked(stage: Stage, pilot: Pilot[None], *keys: str) -> list[Steer]:
    """What keys ask for, from the first value of the list on; wishes of before are forgotten."""
    stage.now_s += 60
    stage.asked.clear()
    await press(stage, pilot, "home", *keys)
    return list(stage.asked)


def golden(name: str) -> str:
    return (GOLDENS / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (45, 16), (120, 36), (200, 60)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_what_is_seen_while_it_plays(size: tuple[int, int]) -> None:
    async def act(stage: Stage, _: Pilot[None]) -> None:
        assert text_seen(stage.app) == golden(f"playing-{size[0]}x{size[1]}")

    perform(act, size)


def test_what_is_seen_before_there_is_anything() -> None:
    async def act(stage: Stage, _: Pilot[None]) -> None:
        assert text_seen(stage.app) == golden("at-first")

    perform(act, scene=())


def test_a_terminal_of_no_size_to_speak_of_is_borne() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        for size in ((1, 1), (10, 3), (80, 6), (80, 24)):
            await pilot.resize_terminal(*size)
            await hear(stage, pilot)
        assert text_seen(stage.app) == golden("playing-80x24")

    perform(act)


def test_the_music_runs_below_the_play_head_as_time_goes_on() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.now_s += 0.5
        await hear(stage, pilot)
        assert text_seen(stage.app) == golden("a-beat-later")

    perform(act)


def test_a_change_is_seen_to_be_heard() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert "top-p      0.95 → 0.9 at bar 3" in text_seen(stage.app)
        stage.now_s = 104.0
        await hear(stage, pilot, BarBegan(3), Changed("top-p", 0.9, 3), Changed("reroll", None, 3))
        assert "top-p          0.9 since bar 3" in text_seen(stage.app)
        assert "reroll since bar 3" in text_seen(stage.app)

    perform(act)


def test_events_come_from_another_thread_and_are_seen_without_a_key() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        teller = threading.Thread(target=stage.app.tell, args=(Refused("key", "key is 'H'; write another"),))
        teller.start()
        teller.join()
        async with asyncio.timeout(30):
            while "key is 'H'; write another" not in text_seen(stage.app):
                await pilot.pause(0.01)

    perform(act)


def test_arrows_choose_a_value_and_change_it() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert await asked(stage, pilot, "right") == [Steer("tempo", 121.0)]
        assert await asked(stage, pilot, "left", "left") == [Steer("tempo", 119.0), Steer("tempo", 118.0)]
        assert await asked(stage, pilot, "shift+right") == [Steer("tempo", 130.0)]
        assert await asked(stage, pilot, "down", "left") == [Steer("temperature", 0.95)]
        assert await asked(stage, pilot, "down", "down", "up", "right") == [Steer("temperature", 1.05)]
        assert await asked(stage, pilot, "end", "right") == [Steer("answer-bars", 1)]
        assert await asked(stage, pilot, "end", "down", "up", "right") == [Steer("freeze", 1)]
        assert await asked(stage, pilot, "pagedown", "right") == [Steer("low", "C-1")]
        assert await asked(stage, pilot, "pagedown", "pageup", "up", "right") == [Steer("tempo", 121.0)]

    perform(act)


def test_keys_go_on_from_what_is_pending_not_from_what_is_heard() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        # top-p is 0.95, and 0.9 from bar 3 on.
        keys = ("down", "down", "left", "left")
        assert await asked(stage, pilot, *keys) == [Steer("top-p", 0.89), Steer("top-p", 0.88)]

    perform(act)


def test_keys_for_all_of_it() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert await asked(stage, pilot, " ", " ") == [Steer("mute", True), Steer("mute", False)]
        assert await asked(stage, pilot, "f") == [Steer("freeze", 4)]
        await hear(stage, pilot, Changed("freeze", 2, 2))
        assert await asked(stage, pilot, "f") == [Steer("freeze", 0)]
        assert await asked(stage, pilot, "r", "0", "k") == [Steer("reroll"), Steer("restart"), Steer("keep")]

    perform(act)


def test_a_value_is_typed() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "enter")
        assert text_seen(stage.app) == golden("typing")
        await press(stage, pilot, *"93.5", "enter")
        assert stage.asked == [Steer("tempo", 93.5)]

    perform(act)


def test_what_cannot_be_is_said_and_nothing_is_asked_for() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "enter", *"fast", "enter")
        assert "tempo is 'fast'; it can be a number from 10 to 1000" in text_seen(stage.app)
        await press(stage, pilot, "enter", "escape")
        assert stage.asked == []

    perform(act)


def test_keys_that_are_typed_do_nothing_else() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "down", "down", "down", "enter", *"F# minor", "left", "q", "escape")
        assert (stage.asked, stage.ends) == ([], 0)
        await press(stage, pilot, "enter", *"F# minor", "enter")
        assert stage.asked == [Steer("key", "F# minor")]

    perform(act)


def test_the_music_goes_on_behind_a_list() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "p")
        assert text_seen(stage.app) == golden("picking")
        stage.now_s += 0.5
        await hear(stage, pilot)
        assert text_seen(stage.app).splitlines()[0].startswith("▶ 2.3")

    perform(act)


def test_presets_models_and_choices_are_picked_from_a_list() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert await asked(stage, pilot, "p", "down", "enter") == [Steer("preset", "ragtime")]
        # The list begins at the one that plays.
        assert await asked(stage, pilot, "m", "enter") == [Steer("model", "piano")]
        assert await asked(stage, pilot, "m", "up", "enter") == [Steer("model", "classic")]
        assert await asked(stage, pilot, "p", "escape") == []
        to_density = ("down",) * 4
        assert await asked(stage, pilot, *to_density, "enter", "down", "enter") == [Steer("density", "sparse")]
        assert await asked(stage, pilot, *to_density, "enter", "enter") == [Steer("density")]

    perform(act)


def test_a_switch_turns_with_enter() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert await asked(stage, pilot, "end", "up", "up", "enter") == [Steer("mute", True)]

    perform(act)


def test_a_preset_is_saved_by_a_name_or_it_is_said_why_not() -> None:
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


def test_help_names_every_key_and_any_key_goes_back() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "question_mark")
        assert text_seen(stage.app) == golden("help")
        await press(stage, pilot, "r")
        assert text_seen(stage.app) == golden("playing-80x24")
        assert stage.asked == []

    perform(act)


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
def test_the_app_leaves_when_the_take_has_ended(key: str) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, key)
        assert stage.ends == 1
        assert stage.app.is_running
        assert "The take is being ended" in text_seen(stage.app)
        stage.app.tell(Ended())
        async with asyncio.timeout(30):
            while stage.app.is_running and stage.app.return_code is None:
                await pilot.pause(0.01)

    stage = perform(act)
    assert (stage.ends, stage.app.return_code) == (1, 0)


def test_who_cannot_wait_for_the_end_leaves_with_a_second_key() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "q")
        stage.app.post_message(Key("q", "q"))

    stage = perform(act)
    assert (stage.ends, stage.app.return_code) == (1, 0)


def test_the_end_can_be_asked_for_while_something_is_typed() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "enter", "ctrl+c")

    assert perform(act).ends == 1
