"""Measures how well melody and bass are told apart, on scores whose voices are separate parts, against the plain rule.

    python -m benchmarks.parts [--quick] [--json]

Reads up to 40 scores of each of five corpora, or of one with `--quick`, that have four parts or two: the first part is
the melody (the first violin, the soprano, the right hand), the last one the bass. Of both rules it counts the notes
given to the melody that are in the first part, those of the first part that are given to the melody, and the same for
the bass. The right hand has more than a melody, so of two parts only the first number says something. The plain rule
gives the top note of each onset to the melody and the lowest one to the bass.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from benchmarks import command
from benchmarks.corpora import corpus
from benchmarks.figure import Figure
from musicgen_live.errors import TakeError
from musicgen_live.midi.file_reader import read_midi
from musicgen_live.music.notes import Note
from musicgen_live.music.parts import BASS, MELODY, split_parts

FILES = 40
SETS = {
    "openscore-quartets": (4, "string quartets: the first violin, the cello"),
    "mutopia-pd-chorale": (4, "hymns and chorales: the soprano, the bass"),
    "chopin-nifc": (2, "Chopin: the right hand, the left hand"),
    "mutopia-pd-classical": (2, "classical piano music: the same"),
    "mutopia-pd-ragtime": (2, "ragtime: the same"),
}
"""The parts of a score, and what the first and the last one are."""

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
        pitches = [note.pitch for note in group]
        top, lowest = pitches.index(max(pitches)), pitches.index(min(pitches))
        found += [MELODY if i == top else BASS if i == lowest else "" for i in range(len(pitches))]
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


def measured(quick: bool) -> dict[str, Any]:
    """Measure both rules on each corpus, or on one."""
    found: dict[str, Any] = {}
    for name in list(SETS)[: 1 if quick else None]:
        scores = scores_in(corpus(name), SETS[name][0], FILES)
        rules = {"ours": agreement(scores, our_rule), "plain": agreement(scores, plain_rule)}
        counts = {rule: {line: asdict(each) for line, each in agreements.items()} for rule, agreements in rules.items()}
        found[name] = {"files": len(scores), **counts}
    return found


def figures_of(result: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Return the figures of a measurement."""
    return tuple(figure for name, counts in result.items() for figure in _figures(name, counts))


def _figures(name: str, counts: Mapping[str, Any]) -> Iterator[Figure]:
    parts, words = SETS[name]
    yield Figure(row=words, name="scores", value=counts["files"])
    found = {(rule, line): Agreement(**counts[rule][line]) for rule in ("ours", "plain") for line in (MELODY, BASS)}
    for line in (MELODY, BASS):
        ours, plain = found["ours", line], found["plain", line]
        shares = {"given rightly": (ours.precision, plain.precision)}
        if parts > 2:
            shares["found"] = (ours.recall, plain.recall)
        for kind, (share, peer_share) in shares.items():
            yield Figure(
                row=words,
                name=f"{line} {kind}, against the plain rule",
                value=round(100 * share),
                unit="%",
                peer_value=round(100 * peer_share),
            )


if __name__ == "__main__":
    command.run(__doc__, measured, figures_of)
