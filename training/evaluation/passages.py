"""Passages in bars: their notes as arrays, cuts of held-out pieces, and how a model continues in place of a cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from musicgen_live.config.settings import Settings
from musicgen_live.encodings import BAR_ENCODINGS, bar_tokens
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.plan import plan_after
from musicgen_live.generation.token_writer import TokenWriter
from musicgen_live.model.bundle import Bundle

from ..data.dataset import Dataset, Ids, Split
from ..data.token_kinds import is_kind
from .players import Players

Units = NDArray[np.int64]

_BAR, _PITCH = bar_tokens.ids_of("bar"), bar_tokens.ids_of("pitch")
_POSITION, _DURATION = bar_tokens.ids_of("position"), bar_tokens.ids_of("duration")


@dataclass(frozen=True)
class Passage:
    """Notes by onset and pitch, `(notes,)` each, and bars, `(bars,)`; times in units from the start."""

    onsets: Units
    durations: Units
    pitches: Units
    bar_starts: Units
    bar_lengths: Units

    @property
    def end(self) -> int:
        """The end of the last bar, in units."""
        return int(self.bar_lengths.sum())

    @cached_property
    def roll(self) -> NDArray[np.bool_]:
        """True where a pitch sounds, `(units, 128)`; up to the end of the last bar."""
        roll = np.zeros((self.end, 128), np.bool_)
        for onset, duration, pitch in zip(
            self.onsets.tolist(), self.durations.tolist(), self.pitches.tolist(), strict=True
        ):
            roll[onset : onset + duration, pitch] = True
        return roll

    def bar_of(self, times: Units) -> Units:
        """Return the number of the bar, from 0, in which each time lies."""
        return self.bar_starts.searchsorted(times, side="right") - 1


def passage_of(ids: Ids) -> Passage:
    """Return the notes and bars of ids of the encoding `bars` or `bars-hands`; a pitch must not be the last id."""
    is_bar, is_position = is_kind(ids, "bar"), is_kind(ids, "position")
    lengths = np.array(bar_tokens.BAR_UNITS, np.int64)
    bar_lengths = lengths[ids[is_bar] - _BAR.start]
    bar_starts = np.cumsum(bar_lengths) - bar_lengths
    pitched = np.flatnonzero(is_kind(ids, "pitch"))
    latest_position = np.maximum.accumulate(np.where(is_position, np.arange(len(ids)), 0))[pitched]
    positions = np.array(bar_tokens.POSITIONS, np.int64)[ids[latest_position] - _POSITION.start]
    onsets = bar_starts[np.cumsum(is_bar)[pitched] - 1] + positions
    durations = np.array(bar_tokens.DURATIONS, np.int64)[ids[pitched + 1] - _DURATION.start]
    pitches = ids[pitched].astype(np.int64) - _PITCH.start
    order = np.lexsort([pitches, onsets])
    return Passage(onsets[order], durations[order], pitches[order], bar_starts, bar_lengths)


@dataclass(frozen=True)
class Cut:
    """Whole bars of a held-out piece, which a model replaces."""

    piece: str
    prompt: Ids
    """The header of the piece and the bars right before the cut."""
    ids: Ids


def cuts_of(dataset: Dataset, split: Split, count: int, bars: int, prompt_bars: int) -> list[Cut]:
    """Return up to `count` cuts of `bars` bars that do not overlap, from as many pieces as possible, spread over each.

    Without `prompt_bars`, only the beginnings of pieces; no cuts without a note.
    """
    of_pieces: list[list[Cut]] = []
    for piece in dataset.of_split(split):
        ids = np.asarray(dataset.ids_of(piece))
        found = list(_cuts(piece.name, ids, bars, prompt_bars))
        of_pieces.append(found if prompt_bars else found[:1])
    shares = [0] * len(of_pieces)
    while sum(shares) < count and any(share < len(cuts) for share, cuts in zip(shares, of_pieces, strict=True)):
        for number, cuts in enumerate(of_pieces):
            if shares[number] < len(cuts) and sum(shares) < count:
                shares[number] += 1
    return [cuts[i * len(cuts) // share] for cuts, share in zip(of_pieces, shares, strict=True) for i in range(share)]


def _cuts(name: str, ids: Ids, bars: int, prompt_bars: int) -> Iterator[Cut]:
    starts = np.flatnonzero(is_kind(ids, "bar"))
    ends = [*starts[1:].tolist(), len(ids) - int(ids[-1] in bar_tokens.ids_of("end"))]
    header = ids[: starts[0]] if len(starts) else ids[:0]
    for first in range(prompt_bars, len(starts) - bars + 1, bars):
        cut = ids[starts[first] : ends[first + bars - 1]]
        if is_kind(cut, "pitch").any():
            before = ids[starts[first - prompt_bars] : starts[first]]
            yield Cut(name, np.concatenate([header, before]), cut)


def continuation(bundle: Bundle, cut: Cut, settings: Settings, seed: int) -> Ids:
    """Return the model's replacement of a cut: as many bars, each in the time signature of the cut's bar.

    It plays as in a take with these settings after the prompt of the cut, whose header stays. Where the writer chooses
    a bar line, the next bar of the cut begins. ValueError if the encoding has no bars.
    """
    if bundle.encoding not in BAR_ENCODINGS:
        raise ValueError(f"the encoding {bundle.encoding!r} has no bars")
    bars = cut.ids[is_kind(cut.ids, "bar")].tolist()
    prompt = tuple(cut.prompt.tolist())
    performances = {
        bar: Performance(plan_after(prompt, settings, bar_tokens.TIME_SIGNATURES[bar - _BAR.start]), bundle, seed)
        for bar in bars
    }
    writer = TokenWriter(performances[bars[0]], start_tick=0)
    for bar in bars:
        if writer.performance is not performances[bar]:
            writer.change(performances[bar])
        _finish_bar(writer)
        writer.take(bar)
    _finish_bar(writer)
    return np.array(writer.ids, np.uint16)


def _finish_bar(writer: TokenWriter) -> None:
    """Write until the writer chooses a bar line, without taking it."""
    while (token_id := writer.next_id()) is not None and token_id not in _BAR:
        writer.take(token_id)


def continuations(players: Players, cuts: Sequence[Cut], settings: Settings, seed: int) -> Iterator[Ids]:
    """Yield the continuation for every cut, each with its own seed."""
    return players.play(continuation, [(cut, settings, seed + number) for number, cut in enumerate(cuts)])
