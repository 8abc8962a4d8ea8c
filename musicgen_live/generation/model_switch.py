"""Makes the writer that takes over within a take: after a prompt, or of another model that reads the latest music."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from musicgen_live.encodings import bar_tokens, bars, chords
from musicgen_live.generation.checkpoints import OpenBar
from musicgen_live.generation.limits import bar_ids_of
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.plan import in_mode, requested_controls, styles_of
from musicgen_live.generation.prompts import Ids, controls_of, header_of
from musicgen_live.generation.reencoding import decode_bars, decode_steps, encode_bars, fitting_bars, last_bars
from musicgen_live.generation.sampling import NucleusSampler, Sampler, sampler_after
from musicgen_live.generation.token_writer import Snapshot, TokenWriter
from musicgen_live.model.bundle import Bundle
from musicgen_live.music.notes import Note

_BAR = bar_tokens.ids_of("bar")
_LOOKBACK_BARS, _LOOKBACK_STEPS = 64, 100
"""The music that is encoded again, of which the network reads the end."""


def with_prompt(
    old: TokenWriter, performance: Performance, notes: tuple[Note, ...] = (), sampler: Sampler | None = None
) -> tuple[TokenWriter, OpenBar | None]:
    """Return a writer that replaces another one and reads the prompt; and the open bar, where the other is in one.

    `notes` are those read in the open bar.
    """
    start_tick = old.bar_tick if performance.has_bars else old.tick
    earlier, open_ids = (old.past_bars, old.open_bar[1:]) if old.has_bars else (old.ids, [])
    writer = TokenWriter(performance, start_tick, earlier, sampler=sampler)
    if not performance.has_bars or not (open_ids or old.tick > start_tick):
        return writer, None
    start = begin_bar(writer)
    writer.take_all(open_ids)
    writer.rest_until(old.tick)
    return writer, OpenBar(start, notes)


def switched(
    old: TokenWriter, performance: Performance, header: Ids, notes: tuple[Note, ...]
) -> tuple[TokenWriter, OpenBar | None]:
    """Return a writer of another model that has read the latest music, or a prompt if there is no music yet.

    `notes` are those read in the open bar. Returns the open bar too, if the model has bars.
    """
    sampler = _sampler_after(old, performance)
    if not old.ids:
        return with_prompt(old, performance, notes, sampler)
    if performance.has_bars:
        return _switched_to_bars(old, performance, header, notes, sampler)
    return _switched_to_steps(old, performance, sampler), None


def begin_bar(writer: TokenWriter, bar_tick: int | None = None) -> Snapshot:
    """Take the token of the next bar unless a bar, or the one at `bar_tick`, is open; return the state after it."""
    pieces = bar_ids_of(writer.performance.settings.time_signature)
    while not writer.open_bar or (bar_tick is not None and writer.bar_tick < bar_tick):
        writer.take(pieces[sum(token_id in _BAR for token_id in writer.open_bar) % len(pieces)])
    return writer.snapshot()


def encoded_bars(performance: Performance, notes: Sequence[Note], first_tick: int, until_tick: int) -> list[list[int]]:
    """Return the ids of notes from a bar line on, bar by bar, at least up to `until_tick`."""
    hands = performance.bundle.encoding == bars.NAME_WITH_HANDS
    return encode_bars(notes, first_tick, until_tick, performance.settings.time_signature, hands=hands)


def begun_bar(performance: Performance, notes: Sequence[Note], bar_tick: int, until_tick: int) -> list[int]:
    """Return the ids of a bar up to a tick, after its first token; the second half of 7/4 is in it if it has begun."""
    ids = encoded_bars(performance, notes, bar_tick, until_tick)[0][1:]
    first_half = bars.pieces_of(performance.settings.time_signature)[0]
    if ids and ids[-1] in _BAR and until_tick < bar_tick + first_half.bar_ticks:
        ids.pop()
    return ids


def prompt_controls(performance: Performance) -> dict[str, str]:
    """Return the style and key of the prompt that the settings leave to it."""
    if not performance.has_bars:
        return {}
    requested = requested_controls(performance.settings)
    controls = controls_of(performance.plan.reminder)
    return {kind: value for kind, value in controls.items() if kind not in requested}


def header_for(performance: Performance, own: Mapping[str, str]) -> Ids:
    """Return the header for the music from here on: the controls requested, and else its `own`, those of the prompt."""
    if not performance.has_bars:
        return ()
    controls = dict(own)
    if controls.get("style") not in styles_of(performance.bundle.prompts):
        controls.pop("style", None)
    settings = performance.settings
    return header_of(in_mode({**controls, **requested_controls(settings)}, settings.mode))


def _switched_to_bars(
    old: TokenWriter, performance: Performance, header: Ids, notes: tuple[Note, ...], sampler: Sampler | None
) -> tuple[TokenWriter, OpenBar]:
    bar_tick = old.bar_tick
    if old.performance.bundle.encoding == performance.bundle.encoding:
        earlier, open_ids = old.past_bars, old.open_bar[1:]
    else:
        earlier, notes = _latest_bars(old, performance, bar_tick)
        open_ids = begun_bar(performance, notes, bar_tick, old.tick)
    writer = TokenWriter(performance, bar_tick, earlier, (*header, *fitting_bars(earlier)), sampler)
    writer.reader.remind(header, performance.settings.remind or 0)
    writer.keep_register(old)
    start = begin_bar(writer)
    writer.take_all(open_ids)
    writer.rest_until(old.tick)
    return writer, OpenBar(start, notes)


def _switched_to_steps(old: TokenWriter, performance: Performance, sampler: Sampler | None) -> TokenWriter:
    earlier = _latest_steps(old, performance.bundle)
    read = earlier[-max(map(len, performance.bundle.prompts)) :]
    return TokenWriter(performance, old.tick, earlier, read, sampler)


def _sampler_after(old: TokenWriter, performance: Performance) -> Sampler | None:
    """Return the sampler that continues the old one; None if that remembers ids of another vocabulary."""
    if isinstance(old.sampler, NucleusSampler) or old.performance.bundle.vocabulary == performance.bundle.vocabulary:
        return sampler_after(old.sampler, performance.settings, performance.seed)
    return None


def _latest_steps(writer: TokenWriter, bundle: Bundle) -> list[int]:
    """Return the latest music as ids of a model of the `chords` encoding, without tokens that it does not know."""
    vocabulary, before = bundle.vocabulary, writer.performance.bundle.vocabulary
    if writer.has_bars:
        return chords.encode(sorted(_latest_notes(writer)), vocabulary.tokens)
    tokens = before.decode(writer.ids[-_LOOKBACK_STEPS:])
    return [vocabulary.ids[token] for token in tokens if token in vocabulary.ids]


def _latest_bars(writer: TokenWriter, performance: Performance, bar_tick: int) -> tuple[list[int], tuple[Note, ...]]:
    """Return the latest music before a bar line as ids of a model in bars, and the notes from that line on."""
    first_tick = bar_tick - _LOOKBACK_BARS * performance.settings.bar_ticks
    notes = [note for note in _latest_notes(writer) if note.start_tick >= first_tick]
    before = [note for note in notes if note.start_tick < bar_tick]
    encoded = encoded_bars(performance, before, first_tick, bar_tick)[:_LOOKBACK_BARS]
    first = next((at for at, bar in enumerate(encoded) if len(bar) > 1), len(encoded))
    return list(chain.from_iterable(encoded[first:])), tuple(note for note in notes if note.start_tick >= bar_tick)


def _latest_notes(writer: TokenWriter) -> Sequence[Note]:
    """Return the latest notes, as written."""
    settings = writer.performance.settings
    if not writer.has_bars:
        tokens = writer.performance.bundle.vocabulary.decode(writer.ids[-_LOOKBACK_STEPS:])
        return decode_steps(tokens, settings.step_ticks, writer.tick)
    whole = last_bars(writer.past_bars, _LOOKBACK_BARS)
    units = sum(bar_tokens.BAR_UNITS[token_id - _BAR.start] for token_id in whole if token_id in _BAR)
    return decode_bars([*whole, *writer.open_bar], writer.bar_tick - units * bar_tokens.UNIT_TICKS)
