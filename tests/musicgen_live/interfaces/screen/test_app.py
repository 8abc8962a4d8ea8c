"""The screen during a take and before it, in terminals of all sizes."""

from __future__ import annotations

import asyncio
import re
import threading

import pytest
from rich.segment import Segment
from textual.geometry import Region
from textual.pilot import Pilot

from musicgen_live.interfaces.events import BarBegan, Changed, Refused, UserMessage
from musicgen_live.interfaces.screen.lines import Lines
from tests.support.seen import text_seen
from tests.support.terminal import Stage, golden, hear, perform, press


@pytest.mark.parametrize("size", [(80, 24), (60, 20), (45, 16), (120, 36), (200, 60)], ids=lambda s: f"{s[0]}x{s[1]}")
def test_the_screen_during_a_take(size: tuple[int, int]) -> None:
    async def act(stage: Stage, _: Pilot[None]) -> None:
        assert text_seen(stage.app) == golden(f"playing-{size[0]}x{size[1]}")

    perform(act, size)


def test_the_screen_before_any_event() -> None:
    async def act(stage: Stage, _: Pilot[None]) -> None:
        assert text_seen(stage.app) == golden("at-first")

    perform(act, scene=())


def test_no_colour_is_sent_to_whoever_wants_none(monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(stage: Stage, _: Pilot[None]) -> None:
        drawn = [segment.style for part in stage.app.query(Lines) for line in strips(part) for segment in line]
        colours = {colour.name for style in drawn if style for colour in (style.color, style.bgcolor) if colour}
        assert colours == {"default"}
        assert text_seen(stage.app) == golden("playing-80x24")

    monkeypatch.setenv("NO_COLOR", "1")
    perform(act)


def strips(part: Lines) -> list[list[Segment]]:
    """Return the lines of a part as the terminal gets them."""
    return [list(strip) for strip in part.render_lines(Region(0, 0, *part.size))]


def test_a_tiny_terminal_raises_nothing() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        for size in ((1, 1), (10, 3), (80, 6), (80, 24)):
            await pilot.resize_terminal(*size)
            await hear(stage, pilot)
        assert text_seen(stage.app) == golden("playing-80x24")

    perform(act)


@pytest.mark.parametrize("size", [(1, 24), (2, 24), (3, 10), (20, 5), (200, 2)])
def test_a_terminal_of_an_odd_shape_raises_nothing(size: tuple[int, int]) -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await pilot.resize_terminal(*size)
        await hear(stage, pilot, UserMessage("x" * 300))
        assert len(text_seen(stage.app).splitlines()) <= size[1]

    perform(act)


def test_a_name_with_control_characters_is_harmless() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await hear(stage, pilot, UserMessage("There is no port \x1b[2J\x07."), Changed("model", "my\x1bmodel", 2))
        seen = text_seen(stage.app)
        assert "There is no port ·[2J·." in seen
        # One method draws every line, so no control character is left in any.
        assert all(text.isprintable() for part in stage.app.query(Lines) for text in texts_drawn(part))

    perform(act)


def texts_drawn(part: Lines) -> list[str]:
    return [segment.text for row in range(part.size.height) for segment in part.render_line(row)]


LONG_PATH = "/home/musician/models/of/this/year/trained-on-all-that-i-ever-played.safetensors"


def test_a_narrow_list_shows_a_long_path_completely() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        await press(stage, pilot, "m")
        assert LONG_PATH in re.sub(r"\s", "", text_seen(stage.app))

    perform(act, (30, 14), stage=Stage(models=["piano", LONG_PATH]))


def test_the_playhead_moves_on() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        stage.now_s += 0.5
        await hear(stage, pilot)
        assert text_seen(stage.app) == golden("a-beat-later")

    perform(act)


def test_a_change_is_shown_when_it_takes_effect() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        assert "top-p      0.95 → 0.9 at bar 3" in text_seen(stage.app)
        stage.now_s = 104.0
        await hear(stage, pilot, BarBegan(3), Changed("top-p", 0.9, 3), Changed("reroll", None, 3))
        assert "top-p          0.9 since bar 3" in text_seen(stage.app)
        assert "reroll since bar 3" in text_seen(stage.app)

    perform(act)


def test_events_of_another_thread_are_shown_without_a_key() -> None:
    async def act(stage: Stage, pilot: Pilot[None]) -> None:
        teller = threading.Thread(target=stage.app.handle, args=(Refused("key", "key is 'H'; write another"),))
        teller.start()
        teller.join()
        async with asyncio.timeout(30):
            while "key is 'H'; write another" not in text_seen(stage.app):
                await pilot.pause(0.01)

    perform(act)
