"""Measures how well melody and bass are told apart, on scores whose voices are separate parts, against the plain rule.

    python -m benchmarks.parts FOLDER [--parts 4] [--files 40]

Reads the MIDI files below FOLDER that have this number of parts: the first one is the melody (the first violin, the
soprano, the right hand), the last one the bass. Of both rules it counts the notes given to the melody that are in the
first part, those of the first part that are given to the melody, and the same for the bass. The right hand has more
than a melody, so of two parts only the first number says something. The plain rule gives the top note of each onset to
the melody and the lowest one to the bass. Prints one JSON line last.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path

from musicgen_live.errors import TakeError
from musicgen_live.midi.file_reader import read_midi
from musicgen_live.music.notes import Note
from musicgen_live.music.parts import BASS, MELODY, split_parts

Rule = Callable[[Iterable[Note]], tuple[str, ...]]
"""Returns the part of each of the notes, which are sorted."""


@dataclass
class Agreement:
    """Counts of notes for one line: those given to it, those of its part, and those that are both."""

    given: int = 0
    belonging: int = 0
    both: int = 0

    @property
    def precision(self) -> float:
        """The share of the notes given to the line that are in its part."""
        return self.both / max(1, self.given)

    @property
    def recall(self) -> float:
        """The share of the notes of its part that are given to the line."""
        return self.both / max(1, self.belonging)


def our_rule(notes: Iterable[Note]) -> tuple[str, ...]:
    """Return the parts by the rule of the program."""
    return tuple(note.part for note in split_parts(notes))


def plain_rule(notes: Iterable[Note]) -> tuple[str, ...]:
    """Return the parts by onset alone; a note by itself is melody."""
    found: list[str] = []
    for _, group in groupby(notes, key=lambda note: note.start_tick):
        onset = list(group)
        found += [*([BASS] if onset[1:] else []), *[""] * (len(onset) - 2), MELODY]
    return tuple(found)


def agreement(scores: Iterable[Sequence[Sequence[Note]]], rule: Rule) -> dict[str, Agreement]:
    """Return the agreement of a rule with scores, for the melody and for the bass."""
    found = {MELODY: Agreement(), BASS: Agreement()}
    for parts in scores:
        owned = sorted((note, number) for number, part in enumerate(parts) for note in part)
        given = rule(note for note, _ in owned)
        for line, number in ((MELODY, 0), (BASS, len(parts) - 1)):
            counts = found[line]
            for (_, owner), part in zip(owned, given, strict=True):
                counts.given += part == line
                counts.belonging += owner == number
                counts.both += part == line and owner == number
    return found


def scores_in(folder: Path, parts: int, files: int) -> list[tuple[tuple[Note, ...], ...]]:
    """Return up to so many scores with a number of parts, drawn in an order that is always the same."""
    paths = sorted(folder.rglob("*.mid"))
    random.Random(1).shuffle(paths)
    found: list[tuple[tuple[Note, ...], ...]] = []
    for path in paths:
        if len(found) == files:
            break
        try:
            score = read_midi(path).score
        except TakeError:
            continue
        if len(score.parts) == parts:
            found.append(score.parts)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--parts", type=int, default=4)
    parser.add_argument("--files", type=int, default=40)
    arguments = parser.parse_args()
    scores = scores_in(arguments.folder, arguments.parts, arguments.files)
    if not scores:
        parser.error(f"{arguments.folder} has no MIDI file with {arguments.parts} parts")
    figures = {}
    for name, rule in (("ours", our_rule), ("plain", plain_rule)):
        found = agreement(scores, rule)
        figures[name] = {line: asdict(counts) for line, counts in found.items()}
        for line, counts in found.items():
            print(f"{name:6} {line:7} given rightly {counts.precision:.3f}, found {counts.recall:.3f}")
    print(json.dumps({"files": len(scores), **figures}))


if __name__ == "__main__":
    main()
