"""Reads the description of an instrument that ships: its samples in one Ogg file, their pitches, loops and releases."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from musicgen_live.config.files import read_regular, reason_of
from musicgen_live.errors import SoundError

MOST_BYTES = 2**20
"""Of a description. That of the piano, with 90 samples, has 10 kB."""
MOST_FRAMES = 2**28
"""Of a file of samples: 100 minutes, so that a wrong number is found here and not by what allocates memory."""
PITCHES = range(128)
LOOP_BLEND_FRAMES = 2048
"""The frames before a loop that a sampler may blend into its end, so that the errors of Vorbis do not click there."""


@dataclass(frozen=True)
class Sample:
    """A note of an instrument, recorded once: the frames `start_frame` to `start_frame + frames` of the Ogg file."""

    pitch: int
    """The MIDI number of the pitch at which it sounds when it is played at its own rate."""
    velocity: int
    """The MIDI velocity of the note, 1 to 127."""
    start_frame: int
    frames: int
    loop_start_frame: int | None
    """The first frame of the loop, in frames of the file; the loop ends with the sample. None: the sample decays.

    The `LOOP_BLEND_FRAMES` before the loop are, but for the errors of the file format, those before its end.
    """
    gain: float
    """The factor that its frames, stored at nearly full scale, are multiplied by for the level of its velocity."""

    @property
    def end_frame(self) -> int:
        """The first frame after the sample."""
        return self.start_frame + self.frames


@dataclass(frozen=True)
class Instrument:
    """An instrument: its samples, sorted by pitch, then velocity, and how its notes end."""

    name: str
    sample_rate_hz: int
    source: str
    """A sentence on the origin of the samples."""
    samples: tuple[Sample, ...]
    releases: tuple[tuple[int, float], ...]
    """A lowest pitch, and the release in seconds from there on; the first pitch is 0."""
    undamped_from_pitch: int
    """Notes from this pitch on have no damper: they sound on after the key is released. 128 if every note has one."""
    ogg_path: Path
    """The samples, to be decoded from the beginning: libraries are some frames off when they seek in Ogg Vorbis."""

    def release_s(self, pitch: int) -> float:
        """Return the seconds in which a released note falls by 60 dB; infinity where there is no damper."""
        if pitch >= self.undamped_from_pitch:
            return math.inf
        return next(seconds for lowest, seconds in reversed(self.releases) if pitch >= lowest)


def instruments_folder() -> Path:
    """Return the folder of the instruments that ship."""
    return Path(__file__).resolve().parent / "instruments"


def instrument_names() -> list[str]:
    """Return the names of the instruments that ship, sorted."""
    return sorted(path.stem for path in instruments_folder().glob("*.json"))


def instrument_files() -> list[Path]:
    """Return the description and the samples of every instrument that ships, sorted."""
    return sorted(path for path in instruments_folder().iterdir() if path.suffix in (".json", ".ogg"))


def check_name(name: str) -> None:
    """Raise SoundError if no instrument of this name ships."""
    if name not in instrument_names():
        raise SoundError(f"there is no instrument {name!r}; there are {', '.join(instrument_names())}")


def load_instrument(name: str) -> Instrument:
    """Read the description of an instrument that ships; SoundError if there is none, or if it is damaged.

    The samples themselves are in `ogg_path`: Ogg Vorbis, stereo.
    """
    check_name(name)
    return read_instrument(instruments_folder() / f"{name}.json")


def read_instrument(path: Path) -> Instrument:
    """Read the description of an instrument; its samples are in the Ogg file beside it, of the same name.

    Raises SoundError if the file cannot be read or describes no instrument.
    """
    try:
        return _instrument(json.loads(read_regular(path, most_bytes=MOST_BYTES)), path)
    except OSError as exc:
        raise SoundError(f"the instrument {path} cannot be read ({reason_of(exc)}); install the program again") from exc
    except (KeyError, TypeError, ValueError, RecursionError) as exc:
        reason = f"it has no {exc}" if isinstance(exc, KeyError) else exc
        raise SoundError(f"{path} describes no instrument ({reason}); install the program again") from exc


def _instrument(values: Any, path: Path) -> Instrument:  # noqa: ANN401 (checked here)
    if not isinstance(values, dict):
        raise TypeError("it is no JSON object")
    samples = sorted((_sample(each) for each in _list(values, "samples")), key=lambda each: (each.pitch, each.velocity))
    if not samples:
        raise ValueError("it has no samples")
    if len({(each.pitch, each.velocity) for each in samples}) < len(samples):
        raise ValueError("two samples have the same pitch and velocity")
    return Instrument(
        name=_text(values, "name"),
        sample_rate_hz=_whole(values, "sample_rate_hz", 8_000, 192_000),
        source=_text(values, "source"),
        samples=tuple(samples),
        releases=_releases(values["release_s"]),
        undamped_from_pitch=_whole(values, "undamped_from_pitch", 0, 128),
        ogg_path=path.with_suffix(".ogg"),
    )


def _sample(values: Any) -> Sample:  # noqa: ANN401 (checked here)
    if not isinstance(values, dict):
        raise TypeError("a sample is no JSON object")
    start_frame = _whole(values, "start_frame", 0, MOST_FRAMES)
    frames = _whole(values, "frames", 1, MOST_FRAMES)
    # The loop has at least one frame.
    last_frame = start_frame + frames - 1
    loops = values["loop_start_frame"] is not None
    return Sample(
        pitch=_whole(values, "pitch", 0, 127),
        velocity=_whole(values, "velocity", 1, 127),
        start_frame=start_frame,
        frames=frames,
        loop_start_frame=_whole(values, "loop_start_frame", start_frame, last_frame) if loops else None,
        gain=_number(values["gain"], "gain"),
    )


def _releases(values: Any) -> tuple[tuple[int, float], ...]:  # noqa: ANN401 (checked here)
    if not isinstance(values, dict):
        raise TypeError("its release_s is no JSON object")
    releases = sorted((int(pitch), _number(seconds, "release_s")) for pitch, seconds in values.items())
    if not releases or releases[0][0] != 0 or releases[-1][0] not in PITCHES:
        raise ValueError("its release_s does not begin with the pitch 0, or ends above 127")
    return tuple(releases)


def _list(values: dict[str, Any], name: str) -> list[Any]:
    value = values[name]
    if not isinstance(value, list):
        raise TypeError(f"its {name} is no list")
    return value


def _text(values: dict[str, Any], name: str) -> str:
    value = values[name]
    if not isinstance(value, str):
        raise TypeError(f"its {name} is no text")
    return value


def _whole(values: dict[str, Any], name: str, lowest: int, highest: int) -> int:
    value = values[name]
    if type(value) is not int or not lowest <= value <= highest:
        raise ValueError(f"{name} is {value!r:.40}; a whole number from {lowest} to {highest} is needed")
    return value


def _number(value: object, name: str) -> float:
    if type(value) not in (int, float) or not 0 < value <= 1000:  # type: ignore[operator]
        raise ValueError(f"{name} is {value!r:.40}; a number above 0, up to 1000, is needed")
    return float(value)  # type: ignore[arg-type]
