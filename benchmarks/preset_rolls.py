"""Draws three takes of every preset as piano rolls, for docs/presets.md.

    python -m benchmarks.preset_rolls [--out docs/pictures] [--preset NAME]

The seeds are 1, 2 and 3: nothing is chosen.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from PIL import Image

from musicgen_live.config.library import shipped_preset_names
from musicgen_live.config.presets import load_preset
from musicgen_live.generation.performance import Performance
from musicgen_live.midi.file_reader import read_midi
from musicgen_live.midi.piano_roll import draw
from musicgen_live.midi.takes.label import TakeLabel
from musicgen_live.session.render import write_take

SEEDS = (1, 2, 3)
BARS, STEPS = 16, 128
WIDTH = 800
COLOURS = 16
"""A palette of so few colours keeps a picture of three takes below 70 kB."""


def main() -> None:
    """Draw the pictures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("docs/pictures"))
    parser.add_argument("--preset", action="append", help="only this one; can be repeated")
    given = parser.parse_args()
    for name in given.preset or shipped_preset_names():
        path = given.out / f"preset-{name}.png"
        picture_of(name).save(path, optimize=True)
        print(f"{path}: {path.stat().st_size:,} bytes")


def picture_of(preset: str) -> Image.Image:
    """Return the takes of a preset below each other."""
    pictures = [take_picture(preset, seed) for seed in SEEDS]
    joined = Image.new("RGB", (WIDTH, sum(picture.height for picture in pictures)), "white")
    top = 0
    for picture in pictures:
        joined.paste(picture, (0, top))
        top += picture.height
    return joined.quantize(COLOURS, dither=Image.Dither.NONE)


def take_picture(preset: str, seed: int) -> Image.Image:
    """Return a take of 16 bars, or of 128 notes and chords of a model without bars."""
    settings = load_preset(preset).settings
    performance = Performance.load(settings, seed)
    length = {"bars": BARS} if performance.has_bars else {"steps": STEPS}
    performance = Performance.of(settings.changed(length), performance.bundle, seed)
    with tempfile.TemporaryDirectory() as folder:
        take = Path(folder) / "take.mid"
        write_take(performance, take, TakeLabel.of(preset, seed, settings))
        picture = draw(read_midi(take), f"{preset}, seed {seed}")
    return picture.resize((WIDTH, round(picture.height * WIDTH / picture.width)), Image.Resampling.BOX)


if __name__ == "__main__":
    main()
