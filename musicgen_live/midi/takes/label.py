"""Knows what a take says of itself, in text events of its file: enough to repeat it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from musicgen_live.config.checked_values import checked_values
from musicgen_live.config.part_options import PartOptions, format_part, parse_part
from musicgen_live.config.presets import with_absolute_paths
from musicgen_live.config.settings import Settings, setting_types
from musicgen_live.config.version import __version__
from musicgen_live.errors import SettingsError, TakeError

PROGRAM = "musicgen-live"
"""The beginning of the first text."""
_DEFAULTS = Settings()
_MOST_SEED_DIGITS = 30
PLAYED_ALONG = "a musician played along"
"""The text at the first note of a musician."""


def steered(name: str) -> str:
    """Return the text at the first change of a parameter."""
    return f"steered: {name}"


@dataclass(frozen=True)
class TakeLabel:
    """The origin of a take, and who had a part in it.

    In the file, the lines of `texts` are followed by `steered: NAME` where a parameter was changed for the first time,
    and by `PLAYED_ALONG` where a musician joined in.
    """

    preset: str
    """The name of the preset that the settings came from, whatever flags changed in them."""
    seed: int
    values: Mapping[str, Any]
    """The settings that differ from their default."""
    version: str = __version__
    sync: str = "internal"
    """The transport: `internal`, `clock` or `link`."""
    steered: tuple[str, ...] = ()
    """The parameters that were changed while it played."""
    has_musician: bool = False
    """True if a musician played along."""
    bars: str | None = None
    """The bars that were kept, such as `9-16`; None for a whole take."""
    parts: tuple[PartOptions, ...] = ()
    """The parts that the music was split into; none if it was not."""

    @classmethod
    def of(
        cls,
        preset: str,
        seed: int,
        settings: Settings,
        sync: str = "internal",
        parts: Sequence[PartOptions] = (),
    ) -> TakeLabel:
        """Return the label of a take that begins; files that the settings name are found from every folder."""
        defaults = asdict(_DEFAULTS)
        values = {
            name: value for name, value in asdict(with_absolute_paths(settings)).items() if value != defaults[name]
        }
        return cls(preset, seed, values, sync=sync, parts=tuple(parts))

    @property
    def title(self) -> str:
        """The name of the take, which is that of its tracks and in its file's name."""
        return f"{self.preset} {self.seed}" if self.bars is None else f"{self.preset} {self.seed} bars {self.bars}"

    def remarks(self) -> list[str]:
        """Return sentences on what may be different when the take is repeated; none if it comes out the same."""
        remarks = []
        if self.version != __version__:
            remarks.append(f"That take is of version {self.version}, and this is {__version__}: its music may differ.")
        if self.steered:
            remarks.append(f"That take was steered ({', '.join(self.steered)}): from there on its music differs.")
        if self.has_musician:
            remarks.append("A musician played along in that take: where it answered, its music differs.")
        if self.sync != "internal":
            remarks.append("That take followed a clock: where the clock jumped, its music differs.")
        return remarks

    def settings(self) -> Settings:
        """Return the settings; SettingsError if this version cannot have them."""
        return _DEFAULTS.changed(checked_values(self.values, setting_types(), "the take"))

    def texts(self) -> tuple[str, ...]:
        """Return the text events, in ASCII but for the preset's name."""
        settings = json.dumps(dict(self.values))
        lines = [f"{PROGRAM} {self.version}", f"preset: {self.preset}", f"seed: {self.seed}", f"settings: {settings}"]
        if self.parts:
            lines.append(f"parts: {json.dumps([format_part(part) for part in self.parts])}")
        if self.sync != "internal":
            lines.append(f"sync: {self.sync}")
        if self.bars is not None:
            lines.append(f"bars: {self.bars}")
        lines += map(steered, self.steered)
        return (*lines, PLAYED_ALONG) if self.has_musician else tuple(lines)

    @classmethod
    def parse(cls, texts: Iterable[str]) -> TakeLabel | None:
        """Return the label that text events give; None if they are not of a take, TakeError if they are damaged."""
        lines = list(texts)
        program = next((line for line in lines if line.startswith(f"{PROGRAM} ")), None)
        if program is None:
            return None
        found: dict[str, str] = {}
        steered: list[str] = []
        for line in lines:
            key, colon, text = line.partition(": ")
            if key == "steered":
                steered += [text] if text not in steered else []
            elif colon:
                found.setdefault(key, text)
        seed = found.get("seed", "")
        if not (seed.isdecimal() and len(seed) <= _MOST_SEED_DIGITS and "preset" in found and "settings" in found):
            raise TakeError("what it says of its preset, seed and settings is incomplete")
        return cls(
            found["preset"],
            int(seed),
            _values(found["settings"]),
            program.removeprefix(f"{PROGRAM} "),
            found.get("sync", "internal"),
            tuple(steered),
            PLAYED_ALONG in lines,
            found.get("bars"),
            _parts(found.get("parts", "[]")),
        )


def _values(text: str) -> dict[str, Any]:
    """Return the object of a JSON text; TakeError if it is none."""
    try:
        values = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise TakeError("what it says of its settings is damaged") from error
    if not isinstance(values, dict):
        raise TakeError("what it says of its settings is damaged")
    return values


def _parts(text: str) -> tuple[PartOptions, ...]:
    """Return the parts of a JSON text; TakeError if it has none."""
    try:
        return tuple(parse_part(part) for part in json.loads(text))
    except (ValueError, RecursionError, TypeError, AttributeError, SettingsError) as error:
        raise TakeError("what it says of its parts is damaged") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no value of a setting")
