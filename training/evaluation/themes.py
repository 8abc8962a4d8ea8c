"""Measures which figures of a prompt return in what a model plays after it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musicgen_live.encodings import bar_tokens, bars
from musicgen_live.generation.plan import for_file
from musicgen_live.midi.file_writer import Track, midi_file, time_signature_event
from musicgen_live.midi.messages import NOTE_ON
from musicgen_live.music.score import Score

from ..data.dataset import Dataset, Ids, Split
from ..data.token_kinds import is_kind
from .figure import Figure
from .passages import Passage, passage_of
from .takes import Takes
from .theory.rhythm import figures_of

MOST_PROMPT_BARS, FEWEST_PROMPT_BARS, ANSWER_BARS = 24, 11, 8
FEWEST_PROMPT_NOTES, FEWEST_ANSWER_NOTES = 60, 20


@dataclass(frozen=True)
class Theme:
    """The beginning of a piece as a prompt, and the bars with which the piece goes on."""

    prompt: Score
    prompt_passage: Passage
    answer: Passage


def themes_of(dataset: Dataset, split: Split, count: int, in_model_ids: Callable[[Ids], Ids]) -> list[Theme]:
    """Return themes of up to `count` pieces, spread over those that are long enough and keep their time signature."""
    found = []
    for piece in dataset.of_split(split):
        ids = in_model_ids(np.asarray(dataset.ids_of(piece)))
        if (theme := _theme(ids)) is not None:
            found.append(theme)
    return [found[i * len(found) // count] for i in range(count)] if len(found) > count else found


def _theme(ids: Ids) -> Theme | None:
    starts = np.flatnonzero(is_kind(ids, "bar"))
    cut = min(MOST_PROMPT_BARS, len(starts) // 2)
    if cut <= FEWEST_PROMPT_BARS or len(starts) <= cut + ANSWER_BARS:
        return None
    if len(set(ids[starts[1 : cut + ANSWER_BARS]].tolist())) != 1:
        return None
    # The first bar may be an upbeat.
    prompt, answer = ids[starts[1] : starts[cut]], ids[starts[cut] : starts[cut + ANSWER_BARS]]
    before, after = passage_of(prompt), passage_of(answer)
    if len(before.pitches) < FEWEST_PROMPT_NOTES or len(after.pitches) < FEWEST_ANSWER_NOTES:
        return None
    return Theme(bars.decode(bar_tokens.VOCABULARY.decode(prompt.tolist())), before, after)


def theme_figure(takes: Takes, themes: Sequence[Theme]) -> Figure | None:
    """Return the share of the figures of a continuation that its prompt, a MIDI file, had; None without themes.

    Beside it stands the piece's own continuation.
    """
    if not themes:
        return None
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.mid" for number in range(len(themes))]
        for theme, path in zip(themes, paths, strict=True):
            write_midi(theme.prompt, path)
        played = tuple(float(np.mean(list(_returning(takes, themes, paths, seed)))) for seed in range(takes.seeds))
    real = float(np.mean([returning_figures(theme.prompt_passage, theme.answer) for theme in themes]))
    return Figure("figures of a prompt that return in its continuation", played, real)


def _returning(takes: Takes, themes: Sequence[Theme], paths: Sequence[Path], number: int) -> Iterator[float]:
    asked = {"bars": ANSWER_BARS, "style": "any"}
    requests = [
        (for_file(takes.base, str(path)).changed(asked), seed)
        for path, seed in zip(paths, takes.seeds_of(number), strict=False)
    ]
    for theme, ids in zip(themes, takes.played(requests), strict=False):
        yield returning_figures(theme.prompt_passage, passage_of(ids))


def returning_figures(before: Passage, after: Passage) -> float:
    """Return the share of the distinct figures of music that the music before had, 0 to 1; 0 without figures."""
    own = set(figures_of(after))
    return len(own & set(figures_of(before))) / len(own) if own else 0.0


def write_midi(score: Score, path: Path) -> None:
    """Write a score to a MIDI file of one track."""
    (change, *_) = score.time_signatures
    events = [(note.start_tick, note.velocity, note.pitch) for note in score.notes]
    events += [(note.end_tick, 0, note.pitch) for note in score.notes]
    track = Track()
    track.add(0, time_signature_event(change.time_signature))
    for tick, velocity, pitch in sorted(events):
        track.add(tick, bytes((NOTE_ON, pitch, velocity)))
    path.write_bytes(midi_file([track.chunk(0)]))
