"""Measures how well continuations of a file stay in its key, beside the composer's own continuation.

    python -m benchmarks.keys [--quick] [--json]

It cuts every held-out piece of five corpora, of at least 16 bars, at the bar line after 8 bars and continues it with 8
bars; it skips pieces with fewer than 16 notes before or after the cut. For the notes after the cut it computes the
share in the scale of the key detected in the file (a minor key with both sevenths), the share of passages with less
than 70 % of their notes in it, and how often the key detected in these notes alone is the same. `--quick` reads one
corpus.
"""

from __future__ import annotations

import csv
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import mido

from benchmarks import command
from benchmarks.corpora import SPLITS, corpus
from benchmarks.figure import Figure
from benchmarks.music import SETS
from musicgen_live.config.library import model_path
from musicgen_live.config.presets import load_preset
from musicgen_live.config.settings import Settings
from musicgen_live.encodings import BAR_ENCODINGS
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.key_bias import class_losses
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.plan import for_file
from musicgen_live.generation.prompt_file import read_prompt_file
from musicgen_live.midi.file_reader import read_midi
from musicgen_live.model.bundle import Bundle
from musicgen_live.music.key_detection import detect_key
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.scales import Key

BARS, SEED = 8, 0
PRESETS = ("sonatina", "stream")
FEWEST_NOTES = 16
FEW_IN_KEY = 0.7
STEPS_A_BAR = 10
"""Steps per bar of a model without bars, which gives about as many notes as the composers wrote."""

Passage = tuple[Key, Sequence[Note]]
"""Notes, and the key of the music before them."""


@dataclass(frozen=True)
class Cut:
    """Beginning of a piece as a file, the key detected in it, and the composer's notes after it."""

    path: Path
    key: Key
    continuation: tuple[Note, ...]


@dataclass(frozen=True)
class InKey:
    """Figures of the passages of one way; shares are 0 to 1."""

    passages: int
    in_scale: float
    few_in_scale: float
    same_key: float


def measured(quick: bool) -> list[dict[str, Any]]:
    """Measure the composers, and two presets, with the key left to the network and with the strength of the preset."""
    sets = SETS[:1] if quick else SETS
    with tempfile.TemporaryDirectory() as folder:
        cuts = [cut for name in sets for cut in cut_pieces(name, Path(folder), BARS)]
        rows = [{"preset": "", "key_strength": 0.0, **vars(in_key([(cut.key, cut.continuation) for cut in cuts]))}]
        for preset in PRESETS:
            settings = load_preset(preset).settings
            for strength in (0.0, settings.key_strength):
                found = in_key(gone_on(settings, strength, cuts, BARS))
                rows.append({"preset": preset, "key_strength": strength, **vars(found)})
    return rows


def figures_of(result: list[dict[str, Any]]) -> tuple[Figure, ...]:
    """Return the figures of a measurement."""
    return tuple(figure for row in result for figure in _figures(row))


def _figures(row: dict[str, Any]) -> Iterator[Figure]:
    way = f"by `{row['preset']}`" if row["preset"] else "by the composer"
    if row["preset"] and not row["key_strength"]:
        way += ", key left to the network"
    yield Figure(row=way, name="pieces", value=row["passages"])
    yield Figure(row=way, name="notes in the scale of the key", value=_percent(row["in_scale"]), unit="%")
    yield Figure(row=way, name="passages with under 70 %", value=_percent(row["few_in_scale"]), unit="%")
    yield Figure(row=way, name="same key", value=_percent(row["same_key"]), unit="%")


def _percent(share: float) -> float:
    return round(100 * share, 1)


def cut_pieces(name: str, folder: Path, bars: int) -> Iterator[Cut]:
    """Yield the cut of every held-out piece of a corpus that is long enough."""
    with (SPLITS / f"{name}.csv").open(encoding="utf-8") as file:
        held_out = [row["file"] for row in csv.DictReader(file) if row["split"] != "train"]
    for file_name in held_out:
        path = corpus(name) / file_name
        score = read_midi(path).score
        last_tick = score.notes[-1].start_tick
        lines = [bar.end_tick for bar in islice(score.bars(), 2 * bars) if bar.start_tick <= last_tick]
        if len(lines) < 2 * bars:
            continue
        cut_tick, end_tick = lines[bars - 1], lines[2 * bars - 1]
        before = [note for note in score.notes if note.start_tick < cut_tick]
        continuation = tuple(note for note in score.notes if cut_tick <= note.start_tick < end_tick)
        if min(len(before), len(continuation)) < FEWEST_NOTES:
            continue
        cut = cut_file(path, cut_tick, folder / f"{name}-{file_name}")
        key = read_prompt_file(str(cut)).key
        if key is not None:
            yield Cut(cut, key, continuation)


def cut_file(path: Path, tick: int, to: Path) -> Path:
    """Write the events before a tick (480 per quarter) to another file, and end held notes at that tick."""
    piece = mido.MidiFile(path)
    last_tick = tick * piece.ticks_per_beat // PPQ
    for track in piece.tracks:
        kept, tick_now, previous_tick = mido.MidiTrack(), 0, 0
        for message in track:
            tick_now += message.time
            is_release = message.type == "note_off" or (message.type == "note_on" and not message.velocity)
            if tick_now < last_tick or is_release:
                kept.append(message.copy(time=min(tick_now, last_tick) - previous_tick))
                previous_tick = min(tick_now, last_tick)
        track[:] = kept
    piece.save(to)
    return to


def gone_on(base: Settings, strength: float, cuts: Sequence[Cut], bars: int) -> list[Passage]:
    """Continue each piece with a preset's settings."""
    bundle = Bundle.load(model_path(base.model))
    has_bars = bundle.encoding in BAR_ENCODINGS
    base = replace(base, bars=bars if has_bars else None, steps=None if has_bars else STEPS_A_BAR * bars)
    passages: list[Passage] = []
    for cut in cuts:
        settings = replace(for_file(base, str(cut.path)), key_strength=strength)
        steps = Composer(Performance.of(settings, bundle, SEED)).steps()
        passages.append((cut.key, [note for step in steps for note in step.notes]))
    return passages


def in_key(passages: Sequence[Passage]) -> InKey:
    """Measure how much of the passages, each with the key of the music before it, is in that key."""
    passages = [(key, notes) for key, notes in passages if len(notes) >= FEWEST_NOTES]
    shares = [sum(class_losses(key)[n.pitch % 12] < 1 for n in notes) / len(notes) for key, notes in passages]
    return InKey(
        len(passages),
        statistics.mean(shares),
        statistics.mean(share < FEW_IN_KEY for share in shares),
        statistics.mean(detect_key(notes) == key for key, notes in passages),
    )


if __name__ == "__main__":
    command.run(__doc__, measured, figures_of)
