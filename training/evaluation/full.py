"""Measures all that says how far a model's music is from composers': predictions, form, endings, keys, steering."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from musicgen_live.config.settings import Settings

from ..data.dataset import Dataset, Split
from .comparison import MOST_COPIED_NOTES, Comparison
from .drift import drift_figures, endless_figures, key_figures
from .evaluate import translator
from .figure import Figure, Group, share_of
from .metrics import longest_loop_quarters
from .passages import Passage, passage_of
from .report import Match
from .steering import chord_figure, control_figures, style_figures
from .takes import Takes, bars_between
from .themes import theme_figure, themes_of
from .theory.endings import closes
from .theory.form import bars_of, likeness
from .theory.voice_leading import clashes_of, line_of, repeats_of, restrikes_of
from .two_sample import Accuracy

LONGEST_LOOP_QUARTERS = 8
ENDING_BARS = 16
GUESSING = 0.5


@dataclass(frozen=True)
class Music:
    """The held-out pieces that takes are measured beside, and the training pieces of the model."""

    dataset: Dataset
    split: Split
    training: Dataset


def full_groups(
    match: Match, comparison: Comparison | None, music: Music, takes: Takes, presets: Mapping[str, Settings]
) -> Iterator[Group]:
    """Yield the figures of a model group by group, each as soon as it is measured.

    `match` and `comparison` are what `evaluate` and `compare` returned; `presets` are the settings whose endings count.
    """
    in_model_ids = translator(takes.bundle, music.dataset)
    yield Group("Prediction", tuple(prediction_figures(match)))
    if comparison is not None:
        yield Group("Takes told from real music", tuple(accuracy_figures(comparison)))
        yield Group("Passages", tuple(passage_figures(comparison)))
    yield Group("Endings", tuple(ending_figures(music, takes, presets)))
    drift = drift_figures(takes, music.dataset, music.split, in_model_ids)
    endless = endless_figures(takes, music.dataset, music.split, in_model_ids)
    yield Group("Long takes", (*drift, *endless))
    yield Group("Mode, density and texture", tuple(control_figures(takes, music.dataset, music.split, in_model_ids)))
    styles = style_figures(takes, music.dataset, music.split, music.training, in_model_ids)
    if styles:
        yield Group("Style", tuple(styles))
    theme = theme_figure(takes, themes_of(music.dataset, music.split, takes.count, in_model_ids))
    yield Group("Chords and themes", (chord_figure(takes), *([theme] if theme else [])))


def prediction_figures(match: Match) -> list[Figure]:
    """Return the loss beside that of the n-gram with memory, the fair comparison."""
    nats = match.network.nats_per_note
    if match.memory is None:
        return [Figure("nats a note", (nats,), decimals=3)]
    memory = match.memory.nats_per_note
    return [
        Figure("nats a note", (nats,), memory, 3, "n-gram with memory"),
        Figure("the model's below those of the n-gram with memory by", (match.gain_over(match.memory),)),
    ]


def accuracy_figures(comparison: Comparison) -> list[Figure]:
    """Return the accuracy of each classifier, with either kind of features."""
    kinds: tuple[tuple[str, Mapping[str, Accuracy]], ...] = (
        ("metrics and histograms", comparison.classifier_accuracy),
        ("music theory", comparison.theory_accuracy),
    )
    return [
        Figure(f"{name}, by {kind}", accuracy.of_seeds or (accuracy.mean,), GUESSING, reference="guessing")
        for kind, accuracies in kinds
        for name, accuracy in accuracies.items()
    ]


def passage_figures(comparison: Comparison) -> list[Figure]:
    """Return form, loops, lines, clashes and keys of the model's passages beside those that they replace."""
    measures: tuple[tuple[str, int | None, Callable[[Passage], float]], ...] = (
        ("likeness of bars at distance 8", 3, lambda passage: likeness(bars_of(passage), 8)),
        ("likeness of bars at distance 4", 3, lambda passage: likeness(bars_of(passage), 4)),
        (
            f"passages that loop for more than {LONGEST_LOOP_QUARTERS} quarters",
            None,
            lambda passage: float(longest_loop_quarters(passage) > LONGEST_LOOP_QUARTERS),
        ),
        ("steps of the top line that repeat its note", None, lambda passage: repeats_of(line_of(passage, top=True))),
        ("time in which seconds sound", None, clashes_of),
        ("notes struck while they sound", None, restrikes_of),
    )
    held_out, generated = comparison.held_out_passages, comparison.generated_passages
    figures = [
        Figure(name, tuple(_mean(measure, music) for music in generated), _mean(measure, held_out), decimals)
        for name, decimals, measure in measures
    ]
    if (copies := comparison.generated.free_of_copies) is not None:
        name = f"passages copying at most {MOST_COPIED_NOTES} notes in a row"
        figures.append(Figure(name, (copies,), comparison.held_out.free_of_copies))
    return [*figures, *key_figures(comparison.prompts, held_out, generated)]


def ending_figures(music: Music, takes: Takes, presets: Mapping[str, Settings]) -> list[Figure]:
    """Return the share of takes of 16 bars that close, for each preset, beside the pieces that do."""
    in_model_ids = translator(takes.bundle, music.dataset)
    pieces = (
        passage_of(in_model_ids(np.asarray(music.dataset.ids_of(piece))))
        for piece in music.dataset.of_split(music.split)
    )
    real = share_of([closes(bars_between(piece, -ENDING_BARS, None)) for piece in pieces])
    figures = []
    for name, settings in presets.items():
        asked = settings.changed({"bars": ENDING_BARS})
        played = (share_of([closes(take) for take in takes.of(number, asked)]) for number in range(takes.seeds))
        figures.append(Figure(f"takes of {name} that close", tuple(played), real))
    if len(figures) > 1:
        means = tuple(float(np.mean(values)) for values in zip(*(f.of_seeds for f in figures), strict=True))
        figures.insert(0, Figure("takes that close, all presets", means, real))
    return figures


def _mean(measure: Callable[[Passage], float], music: Sequence[Passage]) -> float:
    return float(np.mean([measure(passage) for passage in music]))
