"""Measures the piano that ships beside the piano of a SoundFont, key by key, and draws both.

    python -m benchmarks.instruments [--quick] [--json] [--png docs/pictures/piano-figures.png]

Needs fluidsynth, which plays the SoundFont FluidR3 without reverberation and chorus (Debian: fluidsynth,
fluid-soundfont-gm). The piano that ships is measured as a sampler plays it: decoded, times its gain, at the keys that
were sampled. The figures are the medians of three octaves at a time. `--quick` is no different.
"""

from __future__ import annotations

import math
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import mido
import soundfile

from benchmarks import command
from benchmarks.figure import Figure, LeftOutError
from benchmarks.instrument_measures import RATE_HZ, Floats, NoteMeasures, measure_note
from musicgen_live.sound.instrument import load_instrument

SOUNDFONT = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
PEER = "FluidR3"
HELD_S, APART_S = 9.0, 10.0
VELOCITY = 80
LOUDNESSES = {40: "ours, soft", 80: "ours, medium", 118: "ours, loud"}
KEYS = {"bass": "A0 to B2", "middle": "C3 to D5", "treble": "E♭5 to C8"}
REGISTERS = {"bass": range(21, 48), "middle": range(48, 75), "treble": range(75, 109)}
MEASURES = tuple(field.name for field in fields(NoteMeasures))

Measured = Mapping[int, NoteMeasures]
"""By pitch."""


def shipped_notes(name: str, velocity: int) -> Iterator[tuple[int, Floats]]:
    """Yield each sampled key of an instrument that ships, and its sound, shape (frames, 2)."""
    instrument = load_instrument(name)
    sound, _ = soundfile.read(instrument.ogg_path)
    for sample in instrument.samples:
        if sample.velocity == velocity:
            yield sample.pitch, sound[sample.start_frame : sample.end_frame] * sample.gain


def soundfont_notes(soundfont: Path, pitches: list[int]) -> Iterator[tuple[int, Floats]]:
    """Yield keys as fluidsynth plays them on the first program of a SoundFont, held for 9 s, shape (frames, 2)."""
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=1_000_000)])
    gap_s = APART_S - HELD_S
    for pitch in pitches:
        track.append(mido.Message("note_on", note=pitch, velocity=VELOCITY, time=round(gap_s * 1000)))
        track.append(mido.Message("note_off", note=pitch, time=round(HELD_S * 1000)))
    with tempfile.TemporaryDirectory() as name:
        midi, wav = Path(name) / "keys.mid", Path(name) / "keys.wav"
        mido.MidiFile(ticks_per_beat=1000, tracks=[track]).save(midi)
        quiet = ["-ni", "-q", "-R", "0", "-C", "0", "-r", str(RATE_HZ), "-F", str(wav)]
        subprocess.run(["fluidsynth", *quiet, str(soundfont), str(midi)], check=True, capture_output=True)
        sound, _ = soundfile.read(wav)
    for index, pitch in enumerate(pitches):
        # A little earlier than the note, which begins within the next 64 frames of fluidsynth's.
        start = round((gap_s + index * APART_S - 0.01) * RATE_HZ)
        yield pitch, sound[start : start + round(HELD_S * RATE_HZ)]


def medians(measured: Measured, pitches: range) -> dict[str, float | None]:
    """Return the median of every figure over the keys that have it; None if no key has."""
    found = [measures for pitch, measures in measured.items() if pitch in pitches]
    return {name: median([getattr(each, name) for each in found]) for name in MEASURES}


def median(values: list[float]) -> float | None:
    """Return the median of the values that are numbers, to three decimals; None if there are none."""
    known = [value for value in values if not math.isnan(value)]
    return round(statistics.median(known), 3) if known else None


def draw(ours: Mapping[int, Measured], other: Measured, other_name: str, path: Path) -> None:
    """Draw both pianos over the keyboard: ours at each velocity that was sampled, the other at one."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    panels = {
        "centroid_hz": "brightness: mean frequency of the first 0.3 s (Hz)",
        "attack_ms": "attack: to 3 dB below the top (ms)",
        "fall_10_s": "decay: to 10 dB below the top (s)",
        "fall_20_s": "decay: to 20 dB below the top (s)",
        "fall_30_s": "decay: to 30 dB below the top (s)",
        "cents": "first partial above equal temperament (cents)",
    }
    figure, axes = pyplot.subplots(3, 2, figsize=(11, 10), layout="constrained")
    for axis, (name, title) in zip(axes.flat, panels.items(), strict=True):
        axis.plot(list(other), [getattr(each, name) for each in other.values()], "o-", color="0.6", label=other_name)
        for (velocity, measured), colour in zip(ours.items(), ("#9ecae1", "#3182bd", "#08306b"), strict=True):
            values = [getattr(each, name) for each in measured.values()]
            axis.plot(list(measured), values, ".-", color=colour, label=f"ours, velocity {velocity}")
        axis.set_title(title, fontsize=10)
        axis.set_xticks(range(24, 109, 12), [f"C{octave}" for octave in range(1, 9)])
        if name not in ("cents", "attack_ms"):
            axis.set_yscale("log")
    axes.flat[0].legend(fontsize=8)
    figure.savefig(path, dpi=80)


def measured(quick: bool, png: Path | None = None) -> dict[str, Any]:  # noqa: ARG001 (it takes seconds)
    """Measure both pianos, and draw them if `png` is given."""
    if shutil.which("fluidsynth") is None or not SOUNDFONT.is_file():
        # fluidsynth plays another SoundFont, without a word, if there is none of that name.
        raise LeftOutError(f"fluidsynth and {SOUNDFONT} (Debian: fluidsynth, fluid-soundfont-gm)")
    ours: dict[int, Measured] = {
        velocity: {pitch: measure_note(sound, pitch) for pitch, sound in shipped_notes("piano", velocity)}
        for velocity in LOUDNESSES
    }
    pitches = list(ours[VELOCITY])
    other = {pitch: measure_note(sound, pitch) for pitch, sound in soundfont_notes(SOUNDFONT, pitches)}
    if png:
        draw(ours, other, PEER, png)
    rows: dict[str, Measured] = {LOUDNESSES[velocity]: found for velocity, found in ours.items()} | {PEER: other}
    return {
        register: {name: medians(found, keys) for name, found in rows.items()} for register, keys in REGISTERS.items()
    }


COLUMNS = {
    "centroid_hz": ("brightness", "Hz"),
    "attack_ms": ("attack", "ms"),
    "fall_10_s": ("to -10 dB", "s"),
    "fall_20_s": ("to -20 dB", "s"),
    "fall_30_s": ("to -30 dB", "s"),
}


def figures_of(result: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Return the figures of a measurement."""
    return tuple(
        Figure(row=f"{KEYS[register]}, {piano}", name=words, value=values[measure], unit=unit)
        for register, by_piano in result.items()
        for piano, values in by_piano.items()
        for measure, (words, unit) in COLUMNS.items()
        if values[measure] is not None
    )


def main() -> None:
    """Parse the arguments, measure, draw, print."""
    parser = command.parser(__doc__)
    parser.add_argument("--png", type=Path, help="draw the figures here")
    given = parser.parse_args()
    command.show(lambda: measured(given.quick, given.png), figures_of, as_json=given.json)


if __name__ == "__main__":
    main()
