"""Measures our own sound: loading, the share of a core that voices take, memory, and how fast a .wav file is written.

    python -m benchmarks.sound [--quick] [--json]

The voices are 48 notes of the piano at different velocities, so that most are blends of two samples, mixed in stretches
of 10 ms as for a sound device, and the limiter behind them. Processor time, not the time of day, so that other programs
matter little. The .wav file is that of a take of the default preset.
"""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks import command
from benchmarks.figure import Figure
from musicgen_live.config.presets import load_preset
from musicgen_live.config.settings import DEFAULT_PRESET
from musicgen_live.config.sound_options import SoundOptions
from musicgen_live.session.play import render
from musicgen_live.sound.limiter import Limiter
from musicgen_live.sound.opening import open_synthesizer
from musicgen_live.sound.synthesizer import CHANNELS, RATE_HZ
from musicgen_live.sound.wav import write_wav

NOTES = 48
BLOCK_FRAMES = 441
BLOCKS = 200
BARS = 64


def measure_voices() -> dict[str, float]:
    """Return the seconds of loading, and the share of a core of 48 notes, first ever and once their tables are made."""
    started_s = time.process_time()
    synthesizer, limiter = open_synthesizer(SoundOptions()), Limiter()
    figures = {"load_s": round(time.process_time() - started_s, 2)}
    out = np.zeros((BLOCK_FRAMES, CHANNELS), np.float32)
    for name in ("first", "voices"):
        for number in range(NOTES):
            synthesizer.send(bytes((0x90, 30 + number, 40 + number)))
        started_s = time.process_time()
        for _ in range(BLOCKS):
            synthesizer.render(out)
            limiter.limit(out)
        used_s = time.process_time() - started_s
        figures[f"{name}_percent_of_a_core"] = round(100 * used_s / (BLOCKS * BLOCK_FRAMES / RATE_HZ), 2)
        for channel_mode in (120, 123):
            synthesizer.send(bytes((0xB0, channel_mode, 0)))
        while not synthesizer.is_silent:
            synthesizer.render(out)
    figures["resident_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    return figures


def measure_wav(bars: int) -> dict[str, float]:
    """Return the length of a take in seconds, and how many times faster than that its sound is written."""
    settings = load_preset(DEFAULT_PRESET).settings.changed({"bars": bars})
    with tempfile.TemporaryDirectory() as folder:
        take, wav = Path(folder) / "take.mid", Path(folder) / "take.wav"
        render(settings, 1, take, lambda _: None)
        started_s = time.process_time()
        length_s = write_wav(take, wav, SoundOptions())
        used_s = time.process_time() - started_s
    return {"take_s": round(length_s, 1), "times_real_time": round(length_s / used_s)}


def measured(quick: bool) -> dict[str, float]:
    """Measure voices, and the writing of a take, a short one if `quick`."""
    return measure_voices() | measure_wav(8 if quick else BARS)


def figures_of(result: dict[str, float]) -> tuple[Figure, ...]:
    """Return the figures of a measurement."""
    return (
        Figure(name="loading the piano, processor time", value=result["load_s"], unit="s"),
        Figure(name=f"{NOTES} notes at once", value=result["voices_percent_of_a_core"], unit="% of a core"),
        Figure(
            name="the same the first time that each key is played",
            value=result["first_percent_of_a_core"],
            unit="% of a core",
        ),
        Figure(
            name=f"memory of the process that sounds, with {NOTES} keys played", value=result["resident_mb"], unit="MB"
        ),
        Figure(name="writing a sound file", value=result["times_real_time"], unit="times faster than real time"),
    )


if __name__ == "__main__":
    command.run(__doc__, measured, figures_of)
