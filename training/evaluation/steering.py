"""Measures whether takes are what was asked for: mode, density, texture, style, and the chords of a progression."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from musicgen_live.config.styles import for_style
from musicgen_live.encodings import bar_tokens
from musicgen_live.generation.plan import styles_of
from musicgen_live.generation.prompts import controls_of
from musicgen_live.music.scales import MODES

from ..data.dataset import Dataset, Ids, Piece, Split
from ..data.labels import described
from .figure import Figure, share_of
from .passages import Cut, Passage, cuts_of, passage_of
from .takes import Takes
from .theory.features import features_of_style, vector

SHORT_BARS, STYLE_BARS = 8, 16
REAL_PASSAGES = 400
PASSAGES_A_STYLE = 60
TREES = 300
FEWEST_NOTES = 8
"""Fewer notes have no style."""
CONTROLS = ("mode", "density", "texture")
PROGRESSION = (("Dm7", 2), ("G7", 7), ("Cmaj7", 0))
"""The chord of each bar, over and over, with the pitch class of its root."""
CHORD_STRENGTH = 4.0

Translate = Callable[[Ids], Ids]


def control_figures(takes: Takes, dataset: Dataset, split: Split, in_model_ids: Translate) -> list[Figure]:
    """Return for each mode, density and texture the share of takes that are what was asked for.

    Beside it stand held-out passages of the same length whose piece as a whole has that label.
    """
    cuts = _cuts(dataset, split, REAL_PASSAGES, SHORT_BARS, in_model_ids)
    figures = []
    for kind in CONTROLS:
        for value in MODES if kind == "mode" else bar_tokens.CONTROL_TOKENS[kind]:
            settings = takes.base.changed({kind: value, "bars": SHORT_BARS})
            played = [
                share_of([_is_heard(kind, value, described(ids)) for ids in takes.ids_of(number, settings)])
                for number in range(takes.seeds)
            ]
            labelled = [cut for cut in cuts if _is_heard(kind, value, header_tokens(cut.prompt))]
            real = share_of([_is_heard(kind, value, described(cut.ids)) for cut in labelled]) if labelled else None
            figures.append(Figure(f"--{kind} {value} gives {value}", tuple(played), real))
    return figures


def header_tokens(prompt: Ids) -> tuple[str, ...]:
    """Return the control tokens at the beginning of a prompt."""
    return tuple(f"{kind} {value}" for kind, value in controls_of(prompt.tolist()).items())


def _is_heard(kind: str, value: str, labels: Sequence[str]) -> bool:
    """Return True if labels have the token of a kind and value; a mode is that of the key."""
    if kind == "mode":
        return any(label.startswith("key ") and label.endswith(f" {value}") for label in labels)
    return f"{kind} {value}" in labels


def style_figures(
    takes: Takes, dataset: Dataset, split: Split, training: Dataset, in_model_ids: Translate
) -> list[Figure]:
    """Return the share of takes of each style that a classifier hears as that style, and their mean.

    The classifier learns from training passages, equally many of each style if there are as many. Beside its answers on
    takes stand those on held-out passages. No figures if the model or the training pieces have fewer than two styles.
    """
    features, heard = styled_passages(training, "train", in_model_ids)
    styles = [style for style in styles_of(takes.bundle.prompts) if style != "any" and style in heard]
    if len(styles) < 2:
        return []
    classify = _classifier(features, heard, takes.seed)
    real_features, real_styles = styled_passages(dataset, split, in_model_ids)
    answers = classify(real_features)
    figures = []
    for style in styles:
        settings = for_style(takes.base, style).changed({"bars": STYLE_BARS})
        played = []
        for number in range(takes.seeds):
            music = [passage for passage in takes.of(number, settings) if len(passage.pitches) >= FEWEST_NOTES]
            played.append(share_of([answer == style for answer in classify(_vectors(music))]))
        own = [answer == style for answer, of_piece in zip(answers, real_styles, strict=True) if of_piece == style]
        figures.append(Figure(f"--style {style} is heard as {style}", tuple(played), share_of(own) if own else None))
    means = tuple(float(np.mean(values)) for values in zip(*(figure.of_seeds for figure in figures), strict=True))
    lowest = tuple(min(values) for values in zip(*(figure.of_seeds for figure in figures), strict=True))
    known = [figure.real for figure in figures if figure.real is not None]
    return [
        Figure(f"--style is heard as asked, {len(styles)} styles", means, float(np.mean(known)) if known else None),
        Figure("the same, the style that is heard least", lowest, min(known, default=None)),
        *figures,
    ]


def styled_passages(
    dataset: Dataset, split: Split, in_model_ids: Translate
) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float64]], list[str]]:
    """Return the features of up to `PASSAGES_A_STYLE` passages of each style, and their styles.

    Pieces stand in the order of their hashes, so that a style has passages of all its composers.
    """
    of_styles: dict[str, list[Piece]] = {}
    for piece in sorted(dataset.of_split(split), key=lambda piece: piece.sha256):
        style = controls_of(in_model_ids(dataset.ids_of(piece)[:1]).tolist()).get("style", "any")
        of_styles.setdefault(style, []).append(piece)
    music: list[Passage] = []
    styles: list[str] = []
    for style, pieces in sorted(of_styles.items()):
        cuts = _cuts(replace(dataset, pieces=tuple(pieces)), split, PASSAGES_A_STYLE, STYLE_BARS, in_model_ids)
        long = [passage for cut in cuts if len((passage := passage_of(cut.ids)).pitches) >= FEWEST_NOTES]
        music += long
        styles += [style] * len(long)
    return _vectors(music), styles


def chord_figure(takes: Takes) -> Figure:
    """Return the share of bars under a chord whose first onset has the chord's root as its lowest note."""
    symbols = " | ".join(symbol for symbol, _ in PROGRESSION)
    settings = takes.base.changed({"chords": symbols, "chord_strength": CHORD_STRENGTH, "bars": 3 * len(PROGRESSION)})
    values = (
        share_of([is_root for take in takes.of(number, settings) for is_root in roots_in_bass(take)])
        for number in range(takes.seeds)
    )
    return Figure(f"root in the bass under --chords at strength {CHORD_STRENGTH:g}", tuple(values))


def roots_in_bass(passage: Passage) -> list[bool]:
    """Return for each bar with notes whether its first onset has the root of the bar's chord as its lowest note."""
    bars = passage.bar_of(passage.onsets)
    found = []
    for bar in np.unique(bars).tolist():
        inside = bars == bar
        first = passage.pitches[inside & (passage.onsets == passage.onsets[inside].min())]
        found.append(int(first.min()) % 12 == PROGRESSION[bar % len(PROGRESSION)][1])
    return found


def _cuts(dataset: Dataset, split: Split, count: int, bars: int, in_model_ids: Translate) -> list[Cut]:
    """Return cuts of pieces; each has the header of its piece as a prompt, with a bar before it."""
    cuts = cuts_of(dataset, split, count, bars, 1)
    return [Cut(cut.piece, in_model_ids(cut.prompt), in_model_ids(cut.ids)) for cut in cuts]


def _vectors(music: Sequence[Passage]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.array([vector(features_of_style(passage)) for passage in music])


def _classifier(
    features: np.ndarray[tuple[int, int], np.dtype[np.float64]], styles: Sequence[str], seed: int
) -> Callable[[np.ndarray[tuple[int, int], np.dtype[np.float64]]], list[str]]:
    """Return a function that names the style of each row of features."""
    from sklearn.ensemble import RandomForestClassifier

    forest = RandomForestClassifier(TREES, random_state=seed, class_weight="balanced").fit(features, styles)
    return lambda rows: forest.predict(rows).tolist() if len(rows) else []
