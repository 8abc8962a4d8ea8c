"""Writes the ids of a take one at a time: the only place that chooses tokens."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from musicgen_live.encodings import Decoder, bar_tokens
from musicgen_live.encodings.chords import ChordsDecoder
from musicgen_live.generation.cycles import LONGEST_CYCLE
from musicgen_live.generation.form_plan import Answering, FormPlan
from musicgen_live.generation.logits_processor import LogitsProcessor
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.reader import ReaderSnapshot
from musicgen_live.generation.reencoding import decode_bars, last_bars
from musicgen_live.generation.sampling import GreedyWithLoopGuard, Sampler, sampler_after, sampler_for
from musicgen_live.generation.step import Step
from musicgen_live.model.state import Floats
from musicgen_live.music.form import UNPLANNED, PlannedBar
from musicgen_live.music.key_detection import detect_key
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.scales import Key

_BAR, _POSITION = bar_tokens.ids_of("bar"), bar_tokens.ids_of("position")

MOST_BAR_IDS = 400
"""A bar with this many ids ends as soon as it can. Nothing else bounds it when the sampler chooses at random, as every
position can have all pitches; sixteen onsets of four notes each are 145 ids."""
_GUARDED_BARS = 32
"""The bars that `RepetitionGuard` needs: eight bars three times, and the eight before to compare with."""
_GUARDED_STEPS = 4 * LONGEST_CYCLE
"""The same without bars."""
_KEPT_IDS = 1 << 15
"""The ids that are kept at least: those of 81 bars of `MOST_BAR_IDS`. A composer goes back 20 bars, and a model that
takes over there reads up to 64."""
_KEY_BARS = 32
"""The latest bars whose key a close has."""
_LIMIT_HISTORY_TICKS = 20 * PPQ
"""The length of the history that limits need: notes last up to 16 quarters, the lowest rate is an onset in 20."""


@dataclass(frozen=True)
class Snapshot:
    """The state of a writer."""

    performance: Performance
    seed: int
    tick: int
    bar_tick: int
    piece_tick: int
    origin_tick: int
    bar_at: int
    length: int
    """The number of ids, forgotten ones included."""
    form: FormPlan
    form_tick: int
    reader: ReaderSnapshot
    processor: tuple[LogitsProcessor, Any]
    decoder: tuple[Decoder, Any]
    sampler: tuple[Sampler, Any]


class TokenWriter:
    """Writes one id after another: network, grammar with limits, sampler and decoder in step.

    `ids` are the latest of the music, at least `_KEPT_IDS`, without the prompt and the headers that only the network
    reads.
    """

    def __init__(
        self,
        performance: Performance,
        start_tick: int,
        earlier: Sequence[int] = (),
        read: Sequence[int] = (),
        sampler: Sampler | None = None,
    ) -> None:
        """Start at `start_tick` (a bar line if the model has bars) after reading the prompt of the performance.

        `earlier` are the ids of the music before it, of whole bars if the model has bars; the network reads `read` in
        place of the prompt. Without a sampler, use a new one.
        """
        self.performance = performance
        self.has_bars = performance.has_bars
        self.tick = self._bar_tick = self._piece_tick = start_tick
        """Everything before `tick` is written; as written, not as played."""
        self.ids = list(earlier)
        self._forgotten = 0
        """The number of ids before `ids`."""
        self.end_tick: int | None = None
        """The end of the take, of which the network is told as it comes near; None for no end, or one untold."""
        self.form = performance.form()
        self._form_tick = start_tick
        self.sampler = sampler or sampler_for(performance.settings, performance.seed)
        self.reader = performance.reader()
        if not read:
            self.reader.remember(performance.plan.theme)
        self.reader.read(read or performance.plan.prompt)
        self._seed = performance.seed
        self._bar_at = len(self.ids)
        self._origin_tick = start_tick
        self._decoder = performance.decoder()
        # After a prompt the repetition guard and bias start empty, since restart may repeat the same music on purpose.
        self._processor = self._new_processor(is_new=not read)

    @property
    def bar_tick(self) -> int:
        """The start of the bar in which `tick` lies."""
        bar_ticks = self.performance.settings.bar_ticks
        return self._bar_tick if self.has_bars else self.tick // bar_ticks * bar_ticks

    @property
    def past_bars(self) -> list[int]:
        """The ids before the open bar."""
        return self.ids[: self._bar_at]

    @property
    def open_bar(self) -> list[int]:
        """The ids of the open bar, its bar token first; empty before the first bar."""
        return self.ids[self._bar_at :]

    # --- writing ---------------------------------------------------------------------------------------------------

    def choose(self) -> Step | None:
        """Choose the next id and take it; None if nothing may follow. ModelError on a token that means nothing."""
        token_id = self.next_id()
        return None if token_id is None else Step(token_id, self.take(token_id), self.tick)

    def begin_onset(self) -> Step | None:
        """Take the position at `tick`, where a note then begins; None, and nothing taken, if none may begin there."""
        unit = -(-(self.tick - self._piece_tick) // bar_tokens.UNIT_TICKS)
        if not self.has_bars or not self.open_bar or unit not in bar_tokens.POSITIONS:
            return None
        token_id = _POSITION[bar_tokens.POSITIONS.index(unit)]
        logits = self._processor.process(self.reader.logits(), end_bar=False)
        if logits is None or logits[token_id] == -math.inf:
            return None
        return Step(token_id, self.take(token_id), self.tick)

    def next_id(self) -> int | None:
        """Choose the next id without taking it; None if nothing may follow.

        The sampler remembers its choice, so call this once for each id that is taken, this one or another.
        """
        is_full = self.has_bars and len(self.ids) - self._bar_at >= MOST_BAR_IDS
        logits = self._processor.process(self.reader.logits(), end_bar=is_full)
        return None if logits is None else self.sampler.choose(logits)

    def take(self, token_id: int) -> tuple[Note, ...]:
        """Take an id, chosen or given; return the notes that it completes, as written."""
        try:
            notes = self._decoder.decode(self.performance.bundle.vocabulary.tokens[token_id])
        except ValueError as exc:
            raise self.performance.unplayable(exc) from exc
        until_tick = self._origin_tick + self._decoder.until_tick
        if self.has_bars and token_id in _BAR:
            self._piece_tick = until_tick
            # A bar such as 7/4 has two bar tokens; the second begins no bar.
            begins = until_tick >= self._bar_tick + self.performance.settings.bar_ticks or not self.open_bar
            if begins:
                self._bar_at, self._bar_tick = len(self.ids), until_tick
            self._processor.begin_bar(self._bars_left, self._heard_key())
            plan = self.planned(self._bar_tick)
            self._append(token_id, plan if begins else replace(plan, ends_phrase=False), begins=begins)
        else:
            self._append(token_id)
        self._processor.advance(token_id)
        self.tick = until_tick
        return tuple(replace(note, start_tick=note.start_tick + self._origin_tick) for note in notes)

    def take_all(self, token_ids: Sequence[int]) -> None:
        """Take given ids, such as those of a musician's notes."""
        for token_id in token_ids:
            self.take(token_id)

    def settle(self, pitches: Sequence[int]) -> None:
        """Stay in the register of a musician's pitches from here on."""
        self._processor.settle(pitches)

    def keep_register(self, before: TokenWriter) -> None:
        """Stay in the register of the music that another writer has taken."""
        self._processor.keep_register(before._processor)

    def planned(self, bar_tick: int) -> PlannedBar:
        """Return the plan of the bar that begins at a tick; none before the form begins."""
        bar = (bar_tick - self._form_tick) // self.performance.settings.bar_ticks
        return self.form.bar(bar) if bar >= 0 else UNPLANNED

    def plan(self, form: FormPlan, from_tick: int) -> None:
        """Follow another form from a bar line on."""
        self.form, self._form_tick = form, from_tick

    def _heard_key(self) -> Key | None:
        """Return the key of the latest music where the end is near; None before, and where it is open."""
        if self._bars_left not in (1, 2):
            return None
        return detect_key(decode_bars(last_bars(self.ids, _KEY_BARS), 0))

    @property
    def _bars_left(self) -> int | None:
        """The number of bars up to the end of the take, the open one included; None without an end."""
        if self.end_tick is None:
            return None
        return -(-(self.end_tick - self._bar_tick) // self.performance.settings.bar_ticks)

    def append(self, token_id: int) -> None:
        """Have the network read an id, without advancing the tick or checking limits."""
        self._append(token_id)

    def _append(self, token_id: int, plan: PlannedBar = UNPLANNED, *, begins: bool = False) -> None:
        bars_left = self._bars_left if begins else None
        self.reader.advance(token_id, plan, bars_left)
        self.ids.append(token_id)
        if len(self.ids) == 2 * _KEPT_IDS:
            del self.ids[:_KEPT_IDS]
            self._forgotten += _KEPT_IDS
            self._bar_at = max(0, self._bar_at - _KEPT_IDS)

    def rest_until(self, tick: int) -> None:
        """Let no note begin before a tick; in bars, the tick lies in the open bar."""
        if self.has_bars:
            self._processor.rest_until(max(0, -(-(tick - self._piece_tick) // bar_tokens.UNIT_TICKS)))
        else:
            self._origin_tick = tick - self._decoder.until_tick
            self._processor.move_bias(tick)
        self.tick = tick

    def move(self, tick: int) -> None:
        """Continue at another bar line."""
        if self.has_bars:
            self._form_tick += tick - self.bar_tick
            self._origin_tick += tick - self.bar_tick
            self._bar_tick = self._piece_tick = self.tick = tick
        else:
            self.rest_until(tick)

    def predicted_logits(self) -> Floats:
        """Return the logits of the next id, `(classes,)`, before limits and chords; change nothing."""
        state = self.reader.snapshot()
        logits = self.reader.logits().copy()
        self.reader.restore(state)
        return logits

    # --- changing --------------------------------------------------------------------------------------------------

    def change(self, performance: Performance) -> None:
        """Continue with the same network by other settings."""
        settings, tick, decoder = performance.settings, self.tick, self._decoder
        if performance.asks_for_another_form(self.performance):
            self.plan(performance.form(), self.bar_tick + settings.bar_ticks)
        elif isinstance(self.form, Answering):
            self.form = replace(self.form, closeness=settings.theme)
        self.performance = performance
        self.sampler = sampler_after(self.sampler, settings, self._seed)
        self.reader.hide_recall(settings.variation or 0.0)
        self._decoder = performance.decoder()
        if isinstance(decoder, ChordsDecoder) and isinstance(self._decoder, ChordsDecoder):
            self._decoder.near = decoder.near
        self._origin_tick = self.bar_tick if self.has_bars else tick
        for token in performance.bundle.vocabulary.decode(self.open_bar if self.has_bars else []):
            self._decoder.decode(token)
        before, self._processor = self._processor, self._new_processor()
        self._processor.keep_register(before)
        if self.has_bars and tick > self.bar_tick:
            self.rest_until(tick)

    def seed(self, seed: int) -> None:
        """Choose and hide recall by another seed from here on; a greedy sampler chooses as before."""
        self._seed = seed
        sampler = sampler_for(self.performance.settings, seed)
        if not isinstance(sampler, GreedyWithLoopGuard):
            self.sampler = sampler
        self.reader.seed(seed)

    def _new_processor(self, *, is_new: bool = False) -> LogitsProcessor:
        """Return a processor that has followed the music as far back as it needs; `is_new` if that begins again."""
        processor = LogitsProcessor(self.performance, self.bar_tick if self.has_bars else self.tick)
        if self.has_bars:
            limit_bars = -(-_LIMIT_HISTORY_TICKS // self.performance.settings.bar_ticks)
            bars = max(0 if is_new else _GUARDED_BARS, limit_bars)
            earlier = last_bars(self.past_bars, bars)
            # A bar such as 7/4 has two tokens.
            latest = last_bars(earlier, 2 * limit_bars)
            processor.follow(earlier, self.open_bar, self._bars_left, latest=latest, is_new=is_new)
        elif not is_new:
            processor.follow(self.ids[-_GUARDED_STEPS:])
        return processor

    # --- going back ------------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Return the state."""
        return Snapshot(
            self.performance,
            self._seed,
            self.tick,
            self._bar_tick,
            self._piece_tick,
            self._origin_tick,
            self._forgotten + self._bar_at,
            self._forgotten + len(self.ids),
            self.form,
            self._form_tick,
            self.reader.snapshot(),
            (self._processor, self._processor.snapshot()),
            (self._decoder, self._decoder.snapshot()),
            (self.sampler, self.sampler.snapshot()),
        )

    def restore(self, state: Snapshot, *, keep_sampler: bool = False) -> None:
        """Return to an earlier state; snapshots taken after it are invalid from then on.

        With `keep_sampler`, the sampler and the seed stay as they are.
        """
        self.performance = state.performance
        self.tick, self._bar_tick, self._piece_tick = state.tick, state.bar_tick, state.piece_tick
        self._origin_tick, self.form, self._form_tick = state.origin_tick, state.form, state.form_tick
        self._bar_at = max(0, state.bar_at - self._forgotten)
        del self.ids[state.length - self._forgotten :]
        self.reader.restore(state.reader)
        self._processor, processor = state.processor
        self._processor.restore(processor)
        self._decoder, decoder = state.decoder
        self._decoder.restore(decoder)
        if not keep_sampler:
            self._seed = state.seed
            self.sampler, sampler = state.sampler
            self.sampler.restore(sampler)
