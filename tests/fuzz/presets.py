"""Presets and controller maps with absurd values, from a seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from musicgen_live.config.controller_map_file import load_controller_map
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.config.presets import load_preset, preset_text
from musicgen_live.config.settings import setting_types
from musicgen_live.errors import MusicgenError
from tests.fuzz.faults import faults_of

NUMBERS = (
    *("nan", "inf", "-inf", "1e308", "-1e308", "0", "-1", "1", "1.5", "1" + "0" * 400, "-1" + "0" * 400, "1" * 5000),
    *("0xFF", "1_000", "9223372036854775808", "120", "true", "1979-05-27", "07:32:00", "[]", "{}", "[1]", '""'),
    *("[[[[]]]]", "[" * 3000 + "]" * 3000, "1e-400", "0x" + "f" * 5000),
)
TEXTS = (
    *("", " ", "C", "D dorian", "Dm7 | G7", "C4", "4/4", "1/8", "0/0", "1/0", "9" * 30 + "/4", "1" * 5000 + "/8"),
    *(
        "٣/4",
        "piano",
        "classic",
        "../x",
        "/dev/null",
        "a\\u0000b",
        "\\u001b[2J",
        "\\uD7FF",
        "😀",
        "x" * 5000,
        "C" * 800,
    ),
    *("|" * 500, "(" * 300, "sample", "argmax", "ragtime", "major", "off", "%", "N.C.", "B#9", "C-1", "G9", "C99"),
    *("-1", "128", "1" * 300, "1" * 5000, "signed-bit"),
)
BROKEN_LINES = (
    "bogus = 1",
    "description = 1",
    "= 1",
    "a.b = 1",
    "controls = 1",
    "[controls",
    '"" = 1',
    "\x00",
    "\ufeff",
)
PARTS = ["low", "high", "to", "step", "relative", "x"]
KEYS = (
    "",
    "cc",
    "CC 1",
    "cc 1" + "0" * 400,
    "note " + "9" * 5000,
    "x" * 300,
    "note C2",
    "note H9",
    "note 36",
    "cc 200",
)


def fuzzed_files(count: int, seed: int) -> Iterator[bytes]:
    """Yield presets, with controller bindings now and then, and with broken bytes now and then."""
    rng = random.Random(seed)
    settings = list(setting_types())

    def value() -> str:
        return rng.choice(NUMBERS) if rng.random() < 0.55 else f'"{rng.choice(TEXTS)}"'

    def binding() -> str:
        key = rng.choice([*KEYS, f"cc {rng.randint(-1, 200)}", f"cc {rng.randrange(128)} channel {rng.randint(0, 99)}"])
        name = rng.choice([*PARAMETERS, "bogus", ""])
        parts = [f"{part} = {value()}" for part in rng.sample(PARTS, rng.randint(0, 3))]
        table = "{ " + ", ".join([f'value = "{name}"', *parts]) + " }"
        return f'"{key}" = {rng.choice([f"{chr(34)}{name}{chr(34)}", value(), table])}'

    for _ in range(count):
        lines = [f"{rng.choice(settings).replace('_', rng.choice('_-'))} = {value()}" for _ in range(rng.randint(0, 4))]
        if rng.random() < 0.1:
            lines.append(rng.choice(BROKEN_LINES))
        if rng.random() < 0.6:
            lines += ["[controls]", *(binding() for _ in range(rng.randint(0, 5)))]
        data = bytearray("\n".join(lines).encode())
        if data and rng.random() < 0.15:
            for _ in range(rng.randint(1, 5)):
                data[rng.randrange(len(data))] = rng.randrange(256)
        yield bytes(data)


def faults(count: int, seed: int, folder: Path) -> dict[str, bytes]:
    """Read each file as a preset and as a controller map."""
    path = folder / "fuzzed.toml"

    def read(data: bytes) -> None:
        path.write_bytes(data)
        with suppress(MusicgenError):
            preset = load_preset(str(path))
            preset_text(preset.settings, preset.controls, preset.description)
        load_controller_map(path)

    return faults_of(fuzzed_files(count, seed), read)
