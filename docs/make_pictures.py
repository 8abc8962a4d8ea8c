"""Makes the pictures of the screen that the pages show, by sending it the events of real music. Run it with Python.

`python docs/make_pictures.py` writes docs/pictures/screen-*.svg. The music is what a preset plays from a seed.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from musicgen_live.config.changes import values_of
from musicgen_live.config.library import model_names, preset_names
from musicgen_live.config.presets import load_preset
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
from musicgen_live.model.blas import use_one_blas_thread
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import COMMON_TIME

PICTURES = Path(__file__).resolve().parent / "pictures"
PRESET, SEED, BARS = "sonatina", 1, 10
TEMPO = 120.0
TAKE = "duet.mid"
KEPT = "2026-11-22 14.03.18 piano bars 1-5.mid"
NOW_S = 11.3
"""The position of the playhead: in bar 6."""
LATE_MS = 0.07
"""Not measured here: the median in README.md."""
SCENES: dict[str, tuple[tuple[int, int], tuple[str, ...]]] = {
    "playing": ((80, 24), ()),
    "wide": ((120, 36), ()),
    "value": ((80, 24), ("down", "down", "enter")),
    "preset": ((80, 24), ("p",)),
    "keys": ((80, 24), ("question_mark",)),
}
"""The size of the terminal and the keys to press."""


def music() -> tuple[Note, ...]:
    """Return the notes that the preset plays."""
    use_one_blas_thread()
    from musicgen_live.generation.composer import Composer
    from musicgen_live.generation.performance import Performance

    settings = replace(load_preset(PRESET).settings, bars=BARS, tempo=TEMPO, meter="4/4")
    return tuple(note for step in Composer(Performance.load(settings, SEED)).steps() for note in step.notes)


def events_of_take() -> tuple[Event, ...]:
    """Return the events of a take with a musician and some changes."""
    values = {**values_of(load_preset(PRESET).settings), "preset": PRESET, "tempo": TEMPO}
    notes = music()
    sent = [note for note in notes if note.start_tick <= NOW_S * 2 * 480]
    return (
        Opened(
            ("musicgen-live, channel 1",), ("Keystation 49",), TAKE, COMMON_TIME, "internal", (*values.items(),), SEED
        ),
        Position(0, 0.0, TEMPO, runs=True),
        Planned(0, 4 * 480 * BARS, tuple(note for note in notes if note.start_tick < 8 * 1920)),
        MessagesSent(0, (), (LATE_MS,) * len(sent), 0),
        BarBegan(6),
        *(
            Played(1920 * 5 + tick, pitch, velocity)
            for at, pitch in ((0, 84), (240, 86), (480, 88), (720, 91))
            for tick, velocity in ((at, 90), (at + 230, 0))
        ),
        TurnBegan("network", 1920 * 4, 1920 * 8),
        Changed("density", "dense", 6),
        Granted("top-p", 0.9, 7),
        Kept(KEPT, 1, 5),
    )


async def make(events: tuple[Event, ...]) -> None:
    """Write every picture."""
    for name, (size, keys) in SCENES.items():
        app = PlayApp(lambda _: None, lambda: NOW_S, lambda: None, lambda saved: saved, preset_names, model_names)
        async with app.run_test(size=size) as pilot:
            for event in events:
                app.handle(event)
            app.look()
            await pilot.press(*keys)
            app.look()
            await pilot.pause()
            path = PICTURES / f"screen-{name}.svg"
            path.write_text(app.export_screenshot(title="musicgen-live play --ui"), encoding="utf-8")


def main() -> None:
    """Make the folder and the pictures."""
    PICTURES.mkdir(exist_ok=True)
    asyncio.run(make(events_of_take()))


if __name__ == "__main__":
    main()
