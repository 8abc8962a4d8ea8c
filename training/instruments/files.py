"""Writes an instrument: all samples in one Ogg Vorbis file, and their description as JSON beside it."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from musicgen_live.config.files import replacing

from .levels import loudness_db, target_db
from .modes import SAMPLE_RATE_HZ, Floats

PEAK = 0.8
"""Of every sample in the file. Vorbis overshoots a little, and what it keeps depends on the level."""
SILENCE_FRAMES = 2048
"""Between samples, as long as the longest block of Vorbis, so that none is smeared into another."""
LEAD_FRAMES = 132
"""Of silence at the beginning of a sample: 3 ms, over which Vorbis smears its attack.

The short blocks of Vorbis reach back 190 frames, but what they add beyond 130 is 37 dB below the attack or less.
"""
_CHUNK = 2**16


@dataclass(frozen=True)
class RenderedSample:
    """A note as rendered."""

    pitch: int
    velocity: int
    sound: Floats
    """Shape (2, frames), at any level."""
    loop_start_frame: int | None = None
    """The beginning of the loop, in frames of the sound."""
    loop_end_frame: int | None = None
    """The end of the loop; what follows helps Vorbis alone. None: the end of the sound."""


@dataclass(frozen=True)
class Description:
    """The values of a description besides its samples."""

    name: str
    source: str
    release_s: Mapping[int, float]
    """Seconds by lowest pitch."""
    undamped_from_pitch: int


def write_instrument(
    description: Description, rendered: Iterable[RenderedSample], folder: Path, compression: float
) -> int:
    """Write NAME.ogg and NAME.json, and return the bytes of both. `compression` is from 0, best, to 1, smallest."""
    parts, samples = [np.zeros((2, SILENCE_FRAMES))], []
    at = SILENCE_FRAMES
    for each in rendered:
        scale = PEAK / np.abs(each.sound).max()
        sound = np.pad(each.sound * scale, ((0, 0), (LEAD_FRAMES, 0)))
        loops = each.loop_start_frame is not None
        frames = sound.shape[1] if each.loop_end_frame is None else each.loop_end_frame + LEAD_FRAMES
        heard = sound if each.loop_start_frame is None else each.sound[:, each.loop_start_frame :] * scale
        gain = 10 ** ((target_db(each.pitch, each.velocity) - loudness_db(heard)) / 20)
        samples.append(
            {
                "pitch": each.pitch,
                "velocity": each.velocity,
                "start_frame": at,
                "frames": frames,
                "loop_start_frame": at + LEAD_FRAMES + (each.loop_start_frame or 0) if loops else None,
                "gain": round(float(gain), 4),
            }
        )
        parts += [sound, np.zeros((2, SILENCE_FRAMES))]
        at += sound.shape[1] + SILENCE_FRAMES
    ogg = _vorbis(np.concatenate(parts, axis=1), compression)
    text = _json(description, samples)
    for suffix, data in ((".ogg", ogg), (".json", text.encode())):
        with replacing(folder / f"{description.name}{suffix}") as path:
            path.write_bytes(data)
    return len(ogg) + len(text)


def _json(description: Description, samples: list[dict[str, object]]) -> str:
    """Return the description as JSON, a line a sample."""
    head = {
        "name": description.name,
        "sample_rate_hz": SAMPLE_RATE_HZ,
        "source": description.source,
        "release_s": {str(pitch): seconds for pitch, seconds in description.release_s.items()},
        "undamped_from_pitch": description.undamped_from_pitch,
    }
    lines = ",\n  ".join(json.dumps(sample) for sample in samples)
    return json.dumps(head, indent=1)[:-2] + f',\n "samples": [\n  {lines}\n ]\n}}\n'


def _vorbis(sound: Floats, compression: float) -> bytes:
    """Return a stereo sound, shape (2, frames), as an Ogg Vorbis file."""
    buffer = io.BytesIO()
    with soundfile.SoundFile(
        buffer, "w", SAMPLE_RATE_HZ, 2, format="OGG", subtype="VORBIS", compression_level=compression
    ) as file:
        # libsndfile overruns its stack on a long sound in one piece.
        for start in range(0, sound.shape[1], _CHUNK):
            file.write(sound[:, start : start + _CHUNK].T.astype(np.float32))
    return buffer.getvalue()
