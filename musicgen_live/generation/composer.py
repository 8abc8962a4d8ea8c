"""Composes a take bar by bar; can go back, change settings and model, and read what others played."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from musicgen_live.config.settings import Settings
from musicgen_live.encodings import chords
from musicgen_live.generation.checkpoints import Checkpoint, Checkpoints, OpenBar
from musicgen_live.generation.form_plan import Answering
from musicgen_live.generation.groove import Groove
from musicgen_live.generation.model_switch import (
    begin_bar,
    begun_bar,
    encoded_bars,
    header_for,
    prompt_controls,
    switched,
    with_prompt,
)
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.reencoding import moved_to_its_bar, with_default_velocity
from musicgen_live.generation.step import Step
from musicgen_live.generation.token_writer import TokenWriter
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.state import Floats
from musicgen_live.music.notes import Note

KEPT_BARS = 20
"""The bars that a composer can go back."""


@dataclass(frozen=True)
class Bar:
    """The music of a bar, or of the rest of one.

    Examples:
        >>> from musicgen_live import load
        >>> bar = next(load("two-voice", seed=1, bars=2).bars())
        >>> bar.end_tick, len(bar.notes), bar.is_last
        (1920, 11, False)
    """

    start_tick: int
    end_tick: int
    """The next bar line; without bars, the end of the step that crosses it. The last bar may end anywhere."""
    notes: tuple[Note, ...]
    """The notes in the order of writing, as they are played; they may last beyond the end."""
    ids: tuple[int, ...]
    """The ids chosen for the bar. In bars, the token of the next bar is the last."""
    is_last: bool = False
    """True if the take is over after the bar."""
    section: str = ""
    """The letter of the section of the form that begins with the bar, such as `A'`."""


class Composer:
    """Composes a take from its performance: settings, model and seed.

    The settings and the model of the latest `change` hold wherever the take is rewound to. Length and time signature
    are those that it began with; `in_meter` returns a composer of another one.
    """

    def __init__(self, performance: Performance, start_tick: int = 0) -> None:
        """Begin at a bar line; ValueError at another tick."""
        settings = performance.settings
        if start_tick % settings.bar_ticks:
            raise ValueError(f"the tick {start_tick} is not on a bar line of {settings.meter}")
        self._performance = performance
        self._requested = settings
        """The latest requested settings, with the prompt, which `restart` needs; `_performance.settings` has none."""
        self._seed = performance.seed
        self._meter = settings.meter
        self._bar_ticks = settings.bar_ticks
        self._most_ids = settings.steps if performance.has_bars else None
        self._planned_end_tick = self._end_tick = performance.end_tick(start_tick)
        self._writer = TokenWriter(performance, start_tick)
        self._groove = Groove(settings, performance.seed)
        self._next_tick = start_tick
        self._chosen = 0
        self._open_bar: OpenBar | None = None
        self._is_over = self._begins_with_onset = False
        self._prompt_controls = prompt_controls(performance)
        self._changes = 0
        self._checkpoints = Checkpoints(KEPT_BARS * settings.bar_ticks)
        self._save_checkpoint()

    @property
    def next_tick(self) -> int:
        """The start of the next bar: a bar line, unless notes were read up to a tick within a bar."""
        return self._next_tick

    @property
    def is_over(self) -> bool:
        """True if nothing follows."""
        return self._is_over

    @property
    def settings(self) -> Settings:
        """The settings of the next bar, with all values filled in."""
        names = ("prompt", "prompt_midi", "bars", "steps")
        return replace(self._performance.settings, **{name: getattr(self._requested, name) for name in names})

    @property
    def ids(self) -> tuple[int, ...]:
        """The latest music up to `next_tick` as ids of the model: at least 64 bars, if there are as many."""
        return tuple(self._writer.ids)

    def predicted_logits(self) -> Floats:
        """Return the logits of the next id, `(classes,)`, before limits and chords; change nothing."""
        return self._writer.predicted_logits()

    # --- composing -------------------------------------------------------------------------------------------------

    def request_onset(self) -> None:
        """Have the bar that is composed next begin with a note, if the limits allow one there; a request to `compose`.

        Models without bars have no rests.
        """
        self._begins_with_onset = True

    def compose(self) -> Bar | None:
        """Compose the next bar, or the rest of one that was read in part; None if the take is over.

        ModelError on a token that means nothing.
        """
        if self._is_over:
            return None
        start_tick = self._next_tick
        steps = list(self._write_bar())
        notes = tuple(note for step in steps for note in step.notes)
        section = self._writer.planned(start_tick).section if start_tick % self._bar_ticks == 0 else ""
        return Bar(start_tick, self._next_tick, notes, tuple(step.token_id for step in steps), self._is_over, section)

    def steps(self) -> Iterator[Step]:
        """Compose the rest of the take, each step when it is needed."""
        while not self._is_over:
            yield from self._write_bar()

    def _write_bar(self) -> Iterator[Step]:
        writer, first_tick = self._writer, self._next_tick
        # A take that is to be looped leads on, unless someone asks it to end.
        leads_on = self._performance.settings.loop and self._end_tick == self._planned_end_tick
        writer.end_tick = None if leads_on else self._end_tick
        end_tick = self._before_end(writer.bar_tick + self._bar_ticks)
        begins_with_onset, self._begins_with_onset = self._begins_with_onset, False
        while True:
            step = (writer.begin_onset() if begins_with_onset else None) or writer.choose()
            begins_with_onset = False
            if step is None:
                self._is_over = True
                break
            self._chosen += 1
            self._is_over = self._most_ids is not None and self._chosen >= self._most_ids
            yield self._groove.step(step, first_tick, self._end_tick)
            if self._is_over or writer.tick >= end_tick:
                break
        self._reach(self._groove.tick(self._before_end(writer.tick)), writer.tick)

    def _before_end(self, tick: int) -> int:
        return tick if self._end_tick is None else min(tick, self._end_tick)

    def _reach(self, tick: int, written_tick: int, open_bar: OpenBar | None = None) -> None:
        """Set the position, `written_tick` without swing, and save a checkpoint there."""
        self._next_tick, self._open_bar = tick, open_bar
        self._is_over = self._is_over or (self._end_tick is not None and written_tick >= self._end_tick)
        self._save_checkpoint()

    # --- going back ------------------------------------------------------------------------------------------------

    def rewind(self, tick: int) -> None:
        """Forget everything composed and read from a tick on, up to `KEPT_BARS` back.

        The tick must be one at which a bar began or reading ended; ValueError otherwise. Without a change since, the
        next bar is the same as before: a reroll or restart at this tick or earlier still counts, a later one does not.
        """
        point = self._checkpoints.return_to(tick)
        self._writer = point.writer
        self._writer.restore(point.snapshot)
        self._groove.restore(point.groove)
        self._next_tick, self._open_bar, self._chosen = point.tick, point.open_bar, point.chosen
        self._is_over, self._prompt_controls = point.is_over, point.prompt_controls
        if point.changes != self._changes:
            self._continue_by(self._performance)
            self._save_checkpoint()

    def checkpoint_before(self, tick: int) -> int | None:
        """Return the last tick up to this one that `rewind` accepts; None if there is none any more."""
        return self._checkpoints.before(tick)

    def move(self, tick: int) -> None:
        """Continue at another bar line, as if the music so far led to it; `rewind` cannot go back before it.

        ValueError if the tick is no bar line. The rest of an open bar stays silent.
        """
        if tick % self._bar_ticks:
            raise ValueError(f"the tick {tick} is not on a bar line")
        if self._next_tick % self._bar_ticks:
            self.read((), (self._next_tick // self._bar_ticks + 1) * self._bar_ticks)
        self._writer.move(tick)
        self._is_over = False
        self._checkpoints.clear()
        self._reach(tick, tick)

    def _save_checkpoint(self) -> None:
        self._checkpoints.put(
            Checkpoint(
                self._next_tick,
                self._writer,
                self._writer.snapshot(),
                self._groove.snapshot(),
                self._chosen,
                self._open_bar,
                self._is_over,
                self._prompt_controls,
                self._changes,
            )
        )

    # --- changing --------------------------------------------------------------------------------------------------

    def change(self, settings: Settings, bundle: Bundle | None = None) -> None:
        """Use other settings from the next bar on, and another model if given, which reads the latest music.

        `prompt`, `bars`, `steps` and `meter` have no effect here. If settings and model do not go together, it raises
        SettingsError or ModelError, and nothing changes.
        """
        performance = Performance.within(self._meter, settings, bundle or self._performance.bundle, self._seed)
        is_same = performance.settings == self._performance.settings and performance.bundle is self._performance.bundle
        self._requested = settings
        if is_same:
            return
        self._changes += 1
        self._continue_by(performance)
        self._performance = performance
        self._save_checkpoint()

    def revert(self, settings: Settings, bundle: Bundle) -> None:
        """Take back a `change` after which nothing could be composed; it holds from the next `rewind` on."""
        self._performance = Performance.within(self._meter, settings, bundle, self._seed)
        self._requested = settings
        self._changes += 1

    def check_meter(self, settings: Settings, bundle: Bundle | None = None) -> None:
        """Raise SettingsError or ModelError if `in_meter` cannot go on by other settings, or by another model."""
        Performance.within(settings.meter, settings, bundle or self._performance.bundle, self._seed)

    def in_meter(self, settings: Settings, tick: int, bundle: Bundle | None = None) -> Composer:
        """Return a composer that continues this music in the time signature of other settings, from a bar line on.

        Its ticks are counted so that `tick`, a bar line of the new time signature with the number of that at
        `next_tick`, is where this one stands, which stays as it is and must be at a bar line too. With a bundle,
        another model goes on. SettingsError or ModelError if the model cannot have the time signature.
        """
        performance = Performance.within(settings.meter, settings, bundle or self._performance.bundle, self._seed)
        after = Composer(performance, tick)
        header = header_for(performance, self._prompt_controls)
        after._writer, after._open_bar = switched(self._writer, performance, header, ())
        after._writer.move(tick)
        after._requested, after._prompt_controls = settings, self._prompt_controls
        after._most_ids, after._chosen = self._most_ids, self._chosen

        def moved(end_tick: int | None) -> int | None:
            if end_tick is None:
                return None
            bars, rest = divmod(end_tick - self._next_tick, self._bar_ticks)
            return end_tick - self._next_tick + tick if rest else tick + bars * after._bar_ticks

        after._planned_end_tick, after._end_tick = moved(self._planned_end_tick), moved(self._end_tick)
        after._checkpoints.clear()
        after._reach(tick, tick, after._open_bar)
        return after

    def reroll(self, seed: int) -> None:
        """Choose by another seed from the next bar on; without random choices, nothing changes."""
        self._writer.seed(seed)
        self._groove.seed(seed)
        self._save_checkpoint()

    def answer(self, theme_bars: int) -> None:
        """From the next bar on, answer the bars right before it, as often as the setting `theme` says."""
        if self._performance.bundle.architecture.reference and theme_bars > 0:
            theme = self._performance.settings.theme
            self._writer.plan(
                Answering(theme_bars, theme, self._seed), -(-self._next_tick // self._bar_ticks) * self._bar_ticks
            )
            self._save_checkpoint()

    def end(self, bars: int) -> None:
        """End the take so many bars after the next bar line, or where it ends before, and lead the music to a close.

        A `restart` takes the end back.
        """
        end_tick = (-(-self._next_tick // self._bar_ticks) + bars) * self._bar_ticks
        self._end_tick = end_tick if self._end_tick is None else min(end_tick, self._end_tick)

    def restart(self, seed: int | None = None) -> None:
        """Begin again with a prompt from the next bar on, as a take with `seed` (default: this take's seed) begins.

        SettingsError or TakeError if the prompt's file cannot be read any more.
        """
        seed = self._seed if seed is None else seed
        bundle = self._performance.bundle
        performance = Performance.within(self._meter, self._requested, bundle, seed, with_prompt=True)
        notes = self._open_bar.notes if self._open_bar else ()
        self._writer, self._open_bar = with_prompt(self._writer, performance, notes)
        self._groove = Groove(performance.settings, seed)
        self._performance, self._prompt_controls = performance, prompt_controls(performance)
        self._end_tick = self._planned_end_tick
        self._save_checkpoint()

    def _continue_by(self, performance: Performance) -> None:
        """Continue the music by another performance."""
        header = header_for(performance, self._prompt_controls)
        if performance.bundle is not self._writer.performance.bundle:
            if not self._writer.ids:
                requested = replace(self._requested, prompt=None, prompt_midi=None)
                bundle = performance.bundle
                performance = Performance.within(self._meter, requested, bundle, self._seed, with_prompt=True)
                self._prompt_controls = prompt_controls(performance)
            notes = self._open_bar.notes if self._open_bar else ()
            self._writer, self._open_bar = switched(self._writer, performance, header, notes)
        else:
            self._writer.change(performance)
        self._groove.change(performance.settings)
        reader = self._writer.reader
        reader.remind(header, performance.settings.remind or 0, now=header != reader.header)

    # --- reading ---------------------------------------------------------------------------------------------------

    def read(self, notes: Sequence[Note], until_tick: int) -> None:
        """Read notes as the music from `next_tick` to `until_tick`, which is not composed then; skip other notes.

        The notes are as played, in ticks of the music; the network reads them as written: without swing, as loud as
        with the usual velocity, at the nearest position that can be written. Where `until_tick` lies within a bar, more
        of it can be read, and the next bar composed is its rest. A note a little before a bar line counts as one on it.
        ValueError if `until_tick` is not after `next_tick`.
        """
        if until_tick <= self._next_tick:
            raise ValueError(f"there is music up to the tick {self._next_tick} already; {until_tick} is not behind it")
        writer, open_bar = self._writer, None
        written_tick = self._groove.unswing_tick(until_tick)
        inside = [note for note in notes if self._next_tick <= note.start_tick < until_tick]
        written = with_default_velocity(map(self._groove.unswing, inside), writer.performance.settings.velocity)
        if writer.has_bars:
            open_bar = self._read_bars(written, written_tick)
        else:
            for token_id in chords.encode(sorted(written), writer.performance.bundle.vocabulary.tokens):
                writer.append(token_id)
            writer.rest_until(written_tick)
        self._reach(until_tick, written_tick, open_bar)

    def settle(self, notes: Sequence[Note]) -> None:
        """Stay in the register of a musician's notes, which were read, from here on."""
        self._writer.settle([note.pitch for note in notes])

    def _read_bars(self, notes: Sequence[Note], until_tick: int) -> OpenBar:
        """Read notes in bars, with those of the open bar again, because the ids of a bar are in order."""
        writer = self._writer
        earlier: tuple[Note, ...] = ()
        if (open_bar := self._open_bar) and (open_bar.notes or writer.tick > writer.bar_tick):
            performance, start, earlier = writer.performance, open_bar.start, open_bar.notes
            writer.restore(start, keep_sampler=True)
            if writer.performance is not performance:
                self._continue_by(performance)
        else:
            start = begin_bar(writer)
        placed = [moved_to_its_bar(note, self._bar_ticks) for note in (*earlier, *notes)]
        encoded = encoded_bars(writer.performance, placed, writer.bar_tick, until_tick)
        for bar in encoded[: (until_tick - writer.bar_tick) // self._bar_ticks]:
            writer.take_all(bar[1:])
            start = begin_bar(writer, writer.bar_tick + self._bar_ticks)
            self._reach(writer.bar_tick, writer.bar_tick, OpenBar(start, ()))
        rest = tuple(note for note in placed if note.start_tick >= writer.bar_tick)
        writer.take_all(begun_bar(writer.performance, rest, writer.bar_tick, until_tick))
        writer.rest_until(until_tick)
        return OpenBar(start, rest)
