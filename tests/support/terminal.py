"""Runs the screen app without a terminal: keys cause changes, events cause output. Golden screens are in goldens/."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from textual.events import Key
from textual.pilot import Pilot

from musicgen_live.config.changes import values_of
from musicgen_live.config.parameter import Change
from musicgen_live.config.settings import Settings
from musicgen_live.errors import SettingsError
from musicgen_live.interfaces.events import (
    BarBegan,
    Changed,
    Event,
    Granted,
    Kept,
    MessagesSent,
    Opened,
    Planned,
    Played,
    TurnBegan,
)
from musicgen_live.interfaces.screen.app import PlayApp
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import TimeSignature

GOLDENS = Path(__file__).parents[1] / "musicgen_live" / "interfaces" / "screen" / "goldens"

VALUES = tuple((values_of(Settings(model="piano", key="D dorian", top_p=0.95)) | {"preset": "sonatina"}).items())
MELODY = (62, 65, 69, 72, 71, 69, 65, 64, 62, 60, 57, 60, 62, 64, 65, 69)
NOTES = tuple(Note(240 * i, 240, pitch, 80) for i, pitch in enumerate(MELODY * 2)) + tuple(
    Note(1920 * bar, 1920, pitch, 60) for bar, pitch in enumerate((50, 48, 46, 45))
)
SCENE: tuple[Event, ...] = (
    Opened(
        ("musicgen-live",),
        ("Keystation 49",),
        "takes/2026-11-22-205512-piano.mid",
        TimeSignature(4, 4),
        "internal",
        VALUES,
        4711,
    ),
    Position(0, 100.0, 120.0, runs=True),
    Planned(0, 7680, NOTES),
    MessagesSent(0, (b"\x90\x3e\x50", b"\x90\x32\x3c"), (0.07, 0.09), 0),
    BarBegan(2),
    Played(960, 76, 90),
    Played(1430, 76, 0),
    Played(2160, 79, 90),
    TurnBegan("network", 1920, 5760),
    Granted("top-p", 0.9, 3),
    Changed("texture", "full", 2),
    Granted("reroll", None, 3),
    Kept("takes/2026-11-22-205512-piano-bar-1.mid", 1, 1),
)


@dataclass
class Stage:
    """An app whose clock stands still, and the changes that it requested."""

    now_s: float = 102.5
    asked: list[Change] = field(default_factory=list)
    saved: list[str] = field(default_factory=list)
    ends: int = 0
    presets: list[str] = field(default_factory=lambda: ["nocturne", "ragtime"])
    models: list[str] = field(default_factory=lambda: ["classic", "piano"])

    def __post_init__(self) -> None:
        self.app = PlayApp(
            self.asked.append, lambda: self.now_s, self.end, self.save, lambda: self.presets, lambda: self.models
        )

    def end(self) -> None:
        self.ends += 1

    def save(self, name: str) -> str:
        if name == "sonatina":
            raise SettingsError("sonatina ships with the project; choose another name")
        self.saved.append(name)
        self.presets = sorted([*self.presets, name])
        return f"Saved the preset {name}."


Act = Callable[[Stage, Pilot[None]], Awaitable[None]]


def perform(
    act: Act, size: tuple[int, int] = (80, 24), scene: tuple[Event, ...] = SCENE, stage: Stage | None = None
) -> Stage:
    stage = stage or Stage()

    async def run() -> None:
        async with stage.app.run_test(size=size) as pilot:
            await hear(stage, pilot, *scene)
            await act(stage, pilot)

    asyncio.run(run())
    return stage


async def hear(stage: Stage, pilot: Pilot[None], *events: Event) -> None:
    for event in events:
        stage.app.handle(event)
    # Twice, because the first pause lays out a list that opens.
    for _ in range(2):
        await pilot.pause(0)
        stage.app.look()
    await pilot.pause(0)


async def press(stage: Stage, pilot: Pilot[None], *keys: str) -> None:
    """Press keys and wait for their effects only, while `Pilot.press` waits for an idle processor."""
    for key in keys:
        name = {" ": "space", ".": "full_stop", "#": "number_sign"}.get(key, key)
        stage.app.post_message(Key(name, key if len(key) == 1 else None))
        await hear(stage, pilot)


async def asked(stage: Stage, pilot: Pilot[None], *keys: str) -> list[Change]:
    """Return the changes that keys request, from the first value of the list on, without earlier changes."""
    stage.now_s += 60
    stage.asked.clear()
    await press(stage, pilot, "home", *keys)
    return list(stage.asked)


def golden(name: str) -> str:
    return (GOLDENS / f"{name}.txt").read_text(encoding="utf-8")
