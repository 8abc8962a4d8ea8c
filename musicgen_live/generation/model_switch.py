"""One writer takes over from another one of the take: with an opening, or reading what the other has written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from musicgen_live.config.settings import DEFAULT_STEP, ticks_of
from musicgen_live.encodings import BAR_ENCODINGS, bar_tokens, bars, chords
from musicgen_live.generation.plan import requested_controls, styles_of
from musicgen_live.generation.prompts import Ids, controls_of, header_of
from musicgen_live.generation.reencoding import decode_bars, decode_steps, encode_bars, fitting_bars, last_bars
from musicgen_live.generation.sampling import NucleusSampler, sampler_after
from musicgen_live.generation.token_writer import Snapshot, TokenWriter
from musicgen_live.music.notes import Note

if TYPE_CHECKING:
    from musicgen_live.generation.performance import Performance
    from musicgen_live.model.bundle import Bundle

_BAR = bar_tokens.ids_of("bar")
_TOLD_BARS, _TOLD_STEPS = 64, 100
"""How far back music is looked at; a network is given less of it to read."""


def with_prompt(old: TokenWriter, performance: Performance, seed: int) -> tuple[TokenWriter, Snapshot | None]:
    """A writer with an opening in the place of another; and, if it goes on in an open bar, that writer before it."""
    line_tick = _line(old)
    heard, opening = (old.ids[: old.opened], old.ids[old.opened + 1 :]) if old.has_bars else (old.ids, [])
    has_bars = performance.bundle.encoding in BAR_ENCODINGS
    writer = TokenWriter(performance, seed, line_tick if has_bars else old.tick, heard)
    writer.chosen, base = old.chosen, None
    if has_bars and (opening or old.tick > line_tick):
        base = with_bar_begun(writer)
        writer.take_all(opening)
        writer.rest_until(old.tick)
    return writer, base


def switched(
    old: TokenWriter, performance: Performance, header: Ids, given: tuple[Note, ...]
) -> tuple[TokenWriter, Snapshot | None, tuple[Note, ...]]:
    """A writer of another model that has read the latest music; with an opening, where there is none.

    Besides, if it is one in bars, that writer at the bar line, and what the open bar has; `given` is what it had.
    """
    settings, bundle, base = performance.settings, performance.bundle, None
    if not old.ids:
        writer, base = with_prompt(old, performance, performance.seed)
    elif bundle.encoding in BAR_ENCODINGS:
        writer, base, changed = switched_to_bars(old, performance, header)
        given = given if changed is None else changed
    else:
        writer, given = switched_to_steps(old, performance), ()
    writer.chosen, writer.groove = old.chosen, old.groove
    writer.groove.change(settings)
    if isinstance(old.sampler, NucleusSampler) or old.performance.bundle.vocabulary == bundle.vocabulary:
        writer.sampler = sampler_after(old.sampler, settings, performance.seed)
    return writer, base, given


def switched_to_bars(
    old: TokenWriter, performance: Performance, header: Ids
) -> tuple[TokenWriter, Snapshot, tuple[Note, ...] | None]:
    """A writer of a model in bars that has read a header and what another one has written.

    Besides, that writer at the bar line, and what the open bar has; None where that is what it had.
    """
    line_tick = _line(old)
    if old.performance.bundle.encoding == performance.bundle.encoding:
        heard, opening, given = old.ids[: old.opened], old.ids[old.opened + 1 :], None
    else:
        heard, given = _bars_heard(old, performance, line_tick)
        opening = encoded_bars(performance, given, line_tick, old.tick)[0][1:]
    writer = TokenWriter(performance, performance.seed, line_tick, heard, (*header, *fitting_bars(heard)))
    writer.reader.remind(header, performance.settings.remind or 0)
    base = with_bar_begun(writer)
    writer.take_all(opening)
    writer.rest_until(old.tick)
    return writer, base, given


def switched_to_steps(old: TokenWriter, performance: Performance) -> TokenWriter:
    """A writer of a model without bars that has read what another one has written."""
    heard = _steps_heard(old, performance.bundle)
    return TokenWriter(
        performance, performance.seed, old.tick, heard, heard[-max(map(len, performance.bundle.prompts)) :]
    )


def with_bar_begun(writer: TokenWriter, line_tick: int | None = None) -> Snapshot:
    """Begin the bar that a writer stands before, or the one at a bar line, if it is not begun; the writer there."""
    if writer.opened == len(writer.ids) or (line_tick is not None and writer.line < line_tick):
        writer.take(_BAR[bar_tokens.TIME_SIGNATURES.index(writer.performance.settings.time_signature)])
    return writer.snapshot()


def encoded_bars(performance: Performance, notes: Sequence[Note], first_tick: int, until_tick: int) -> list[list[int]]:
    """Bar by bar the ids of notes from a bar line on, at least as many bars as it takes."""
    hands = performance.bundle.encoding == bars.NAME_WITH_HANDS
    return encode_bars(notes, first_tick, until_tick, performance.settings.time_signature, hands=hands)


def own_controls(performance: Performance) -> dict[str, str]:
    """What an opening says of its music that settings leave to it: its style and mode."""
    if performance.bundle.encoding not in BAR_ENCODINGS:
        return {}
    asked = requested_controls(performance.settings)
    said = controls_of(performance.plan.reminder)
    return {kind: value for kind, value in said.items() if kind not in asked}


def header_for(performance: Performance, own: Mapping[str, str]) -> Ids:
    """What the network is told of the music: what is asked for, and else what it began as, its `own` controls."""
    if performance.bundle.encoding not in BAR_ENCODINGS:
        return ()
    known = dict(own)
    if known.get("style") not in styles_of(performance.bundle.prompts):
        known.pop("style", None)
    return header_of({**known, **requested_controls(performance.settings)})


def _line(writer: TokenWriter) -> int:
    bar_ticks = writer.performance.settings.bar_ticks
    return writer.tick // bar_ticks * bar_ticks


def _steps_heard(writer: TokenWriter, bundle: Bundle) -> list[int]:
    """The latest music as ids of a model of the `chords` encoding; what its vocabulary has not is left out."""
    vocabulary, before = bundle.vocabulary, writer.performance.bundle.vocabulary
    if writer.has_bars:
        return chords.encode(sorted(_notes(writer)), vocabulary.tokens)
    tokens = before.decode(writer.ids[-_TOLD_STEPS:])
    return [vocabulary.ids[token] for token in tokens if token in vocabulary.ids]


def _bars_heard(writer: TokenWriter, performance: Performance, line_tick: int) -> tuple[list[int], tuple[Note, ...]]:
    """The latest music as ids of a model in bars, up to a bar line, and the notes behind that."""
    first_tick = line_tick - _TOLD_BARS * performance.settings.bar_ticks
    notes = [note for note in _notes(writer) if note.start_tick >= first_tick]
    before = [note for note in notes if note.start_tick < line_tick]
    told = encoded_bars(performance, before, first_tick, line_tick)[:_TOLD_BARS]
    begins = next((at for at, bar in enumerate(told) if len(bar) > 1), len(told))
    return list(chain.from_iterable(told[begins:])), tuple(note for note in notes if note.start_tick >= line_tick)


def _notes(writer: TokenWriter) -> Sequence[Note]:
    """The latest notes, as they are written."""
    settings = writer.performance.settings
    if not writer.has_bars:
        tokens = writer.performance.bundle.vocabulary.decode(writer.ids[-_TOLD_STEPS:])
        return decode_steps(tokens, ticks_of(settings.step or DEFAULT_STEP), writer.tick)
    whole = last_bars(writer.ids[: writer.opened], _TOLD_BARS)
    count = sum(token_id in _BAR for token_id in whole)
    return decode_bars([*whole, *writer.ids[writer.opened :]], writer.line - count * settings.bar_ticks)
