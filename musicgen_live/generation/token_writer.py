"""Writes a take id by id: the network, its limits, the chooser and the decoder in step, to be kept and gone back to."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from musicgen_live.encodings import BAR_ENCODINGS, Decoder, bar_tokens
from musicgen_live.encodings.bar_tokens import DEFAULT_VELOCITY
from musicgen_live.encodings.chords import ChordsDecoder
from musicgen_live.generation.constraints import Constrained, EarliestPosition
from musicgen_live.generation.grammar import masked
from musicgen_live.generation.groove import Groove
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.reader import ReaderSnapshot
from musicgen_live.generation.reencoding import last_bars
from musicgen_live.generation.sampling import GreedyWithLoopGuard, sampler_after, sampler_for
from musicgen_live.generation.step import Step
from musicgen_live.model.lstm import read_all
from musicgen_live.model.state import Floats
from musicgen_live.music.notes import PPQ, Note

_BAR = bar_tokens.ids_of("bar")
_A_BAR = _BAR[:1]

MOST_BAR_IDS = 400
"""A bar that has so many ids ends as soon as it can. Nothing else bounds it where choices are wild, as every place can
have all pitches; sixteen onsets of four notes each are 145 ids."""
_GUARDED_BARS = 32
"""What `RepetitionGuard` has to have heard: three rounds of eight bars, and the eight that they are compared with."""
_RINGING_TICKS = 20 * PPQ
"""What limits have to have heard: notes can last 16 quarters, and at the fewest there is an onset in 20."""


class TokenWriter:
    """Where a take is, with everything that what comes next hangs on.

    `ids` are what was heard, without what was only told to the network; `unread` is the last of them where the network
    has not read it yet, so that it can be told something before.
    """

    def __init__(
        self, performance: Performance, seed: int, start_tick: int, heard: Sequence[int] = (), read: Sequence[int] = ()
    ) -> None:
        """Begin at a tick, in the opening of the performance, or behind what the network is given to `read` instead.

        `heard` are ids that went before; in bars, whole ones.
        """
        settings = performance.settings
        self.performance = performance
        self.has_bars = performance.bundle.encoding in BAR_ENCODINGS
        self.tick = self.line = start_tick
        """Everything before this tick is written, and where the bar of it begins; as written, not as played."""
        self.ids = list(heard)
        self.opened = len(self.ids)
        """How many ids lie before the bar that is being written."""
        self.chosen = 0
        """How many ids were chosen."""
        self.earliest = EarliestPosition()
        self.groove = Groove(settings, seed)
        self.reader = performance.reader(seed)
        self.sampler = sampler_for(settings, seed)
        self._seed = seed
        self._origin = start_tick
        self._decoder: Decoder = performance.decoder()
        self._logits: Floats | None = read_all(self.reader, read or performance.plan.prompt)
        self.unread: int | None = None
        # Behind an opening, phrases are counted anew: it may come as often as it is asked for.
        self._limit(_GUARDED_BARS if read else 0)

    # --- going on --------------------------------------------------------------------------------------------------

    def choose(self) -> Step | None:
        """Choose the next id and take it; None if nothing may follow. ModelError on a token that means nothing."""
        token_id = self.next_id()
        if token_id is None:
            return None
        self.chosen += 1
        return Step(token_id, self.take(token_id), self.tick)

    def next_id(self) -> int | None:
        """Choose the next id without taking it; None if nothing may follow.

        The sampler remembers its choice, so call this once for each id that is taken, this one or another.
        """
        logits = self._read()
        if self._grammar:
            mask = self._grammar.allowed()
            if self.has_bars and len(self.ids) - self.opened >= MOST_BAR_IDS and mask[_BAR.start : _BAR.stop].any():
                mask[: _BAR.start] = mask[_BAR.stop :] = False
            if not mask.any():
                return None
            logits = masked(logits, mask)
        if self._bias:
            logits = self._bias.apply(logits)
        return self.sampler.choose(logits)

    def take(self, token_id: int) -> tuple[Note, ...]:
        """Go on by an id, chosen or given; the notes that it completes, as they are written."""
        self._read()
        try:
            notes = self._decoder.decode(self.performance.bundle.vocabulary.tokens[token_id])
        except ValueError as exc:
            raise self.performance.unplayable(exc) from exc
        if self._grammar:
            self._grammar.advance(token_id)
        if self._bias:
            self._bias.advance(token_id)
        if self.has_bars and token_id in _BAR:
            self.opened = len(self.ids)
            self.line = self._origin + self._decoder.until_tick
        self.ids.append(token_id)
        self.unread, self._logits = token_id, None
        self.tick = self._origin + self._decoder.until_tick
        return tuple(replace(note, start_tick=note.start_tick + self._origin) for note in notes)

    def hear(self, token_id: int) -> None:
        """Have the network read an id of music without bars, whatever its limits."""
        self._read()
        self.ids.append(token_id)
        self.unread, self._logits = token_id, None

    def written(self, notes: Iterable[Note]) -> list[Note]:
        """Notes that were played as they would be written: without swing, as loud as with the usual velocity."""
        softer = DEFAULT_VELOCITY - self.performance.settings.velocity
        even = map(self.groove.even, notes)
        return [replace(note, velocity=min(max(note.velocity + softer, 1), 127)) for note in even]

    def take_all(self, token_ids: Iterable[int]) -> None:
        """Go on by ids that were heard from someone else."""
        for token_id in token_ids:
            self.take(token_id)

    def rest_until(self, tick: int) -> None:
        """Nothing more begins before this tick; in bars, it lies in the bar that has begun."""
        if self.has_bars:
            self.earliest.set(-(-(tick - self.line) // bar_tokens.UNIT_TICKS))
        else:
            self._origin = tick - self._decoder.until_tick
            self._bias = self.performance.bias(tick)
        self.tick = tick

    def move(self, tick: int) -> None:
        """Have what comes next begin at another bar line."""
        if self.has_bars:
            by = tick - self.line
            self._origin, self.line, self.tick = self._origin + by, tick, tick
        else:
            self.rest_until(tick)

    def next_logits(self) -> Floats:
        """What the network predicts, `(classes,)`, before limits and chords."""
        return self._read().copy()

    def _read(self) -> Floats:
        if self.unread is not None:
            self._logits, self.unread = self.reader.step(self.unread), None
        assert self._logits is not None, "a prompt is read first, and then one id behind another"
        return self._logits

    # --- changing --------------------------------------------------------------------------------------------------

    def change(self, performance: Performance) -> None:
        """Go on with the same network as other settings want it."""
        settings, floor_tick = performance.settings, self.tick
        self.performance = performance
        self.sampler = sampler_after(self.sampler, settings, self._seed)
        self.groove.change(settings)
        self.reader.vary(settings.variation or 0.0)
        before, opening = self._decoder, self.ids[self.opened :] if self.has_bars else []
        self._decoder = performance.decoder()
        if isinstance(before, ChordsDecoder) and isinstance(self._decoder, ChordsDecoder):
            self._decoder.near = before.near
        self._origin = self.line if self.has_bars else self.tick
        for token in performance.bundle.vocabulary.decode(opening):
            self._decoder.decode(token)
        self._limit(_GUARDED_BARS)
        if self.has_bars and floor_tick > self.line:
            self.rest_until(floor_tick)

    def seed(self, seed: int) -> None:
        """Choose, vary and humanize by another seed from here on; a chooser without chance chooses as before."""
        self._seed = seed
        fresh = sampler_for(self.performance.settings, seed)
        if not isinstance(fresh, GreedyWithLoopGuard):
            self.sampler = fresh
        self.reader.seed(seed)
        self.groove.seed(seed)

    def continue_choices_of(self, other: TokenWriter) -> None:
        """Choose, and have notes played, as another writer of this take would from here on."""
        self.chosen, self.sampler, self.groove, self._seed = other.chosen, other.sampler, other.groove, other._seed

    def _limit(self, bars: int) -> None:
        """Grammar, limits and chords anew, which follow so many bars at least, and what the open bar has."""
        self._bias = self.performance.bias(self.line if self.has_bars else self.tick)
        self.earliest.reset()
        self._grammar = self.performance.grammar(self.earliest)
        if self._grammar is None:
            return
        self._grammar.reset(_A_BAR)
        if not self.has_bars:
            return
        bars = max(bars, -(-_RINGING_TICKS // self.performance.settings.bar_ticks))
        if isinstance(self._grammar, Constrained) and self.opened:
            self._grammar.follow(last_bars(self.ids[: self.opened], bars))
        for token_id in self.ids[self.opened :]:
            self._grammar.advance(token_id)
            if self._bias:
                self._bias.advance(token_id)

    # --- going back ------------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """What it is now, to go back to."""
        return Snapshot(self._copy(), len(self.ids), self.reader.snapshot())

    def _copy(self) -> TokenWriter:
        """A writer of its own where it is, but for the ids and the network, which go on and go back together."""
        other = copy.copy(self)
        own = (self.earliest, self._grammar, self.sampler, self._decoder, self.groove)
        other.earliest, other._grammar, other.sampler, other._decoder, other.groove = copy.deepcopy(own)
        other._bias = copy.copy(self._bias)  # What changes in it are numbers.
        return other


@dataclass(frozen=True)
class Snapshot:
    """What a writer was."""

    _writer: TokenWriter
    _length: int
    _memory: ReaderSnapshot

    def restore(self) -> TokenWriter:
        """The writer as it was; those that were kept after it are of no use from then on."""
        writer = self._writer._copy()
        del writer.ids[self._length :]
        writer.reader.restore(self._memory)
        return writer
