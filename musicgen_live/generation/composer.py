"""Music bar by bar, which can be gone back in, steered, and given what someone else played."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from musicgen_live.config.settings import DEFAULT_STEP, Settings, ticks_of
from musicgen_live.encodings import BAR_ENCODINGS, chords
from musicgen_live.generation.checkpoints import Checkpoint, Checkpoints
from musicgen_live.generation.model_switch import (
    encoded_bars,
    header_for,
    own_controls,
    switched,
    with_bar_begun,
    with_prompt,
)
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.reencoding import moved_to_its_bar
from musicgen_live.generation.step import Step
from musicgen_live.generation.token_writer import Snapshot, TokenWriter
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.state import Floats
from musicgen_live.music.notes import Note

KEPT_BARS = 20
"""How many bars can be gone back."""


@dataclass(frozen=True)
class Bar:
    """What was composed for a bar, or for the rest of one."""

    start_tick: int
    end_tick: int
    """The next bar line; without bars, where the step ends that crosses it. The last one may end anywhere."""
    notes: tuple[Note, ...]
    """In the order in which they were written, as they are played; they may ring on beyond the end."""
    ids: tuple[int, ...]
    """What was chosen for it. In bars, the token of the bar behind it is the last."""
    is_last: bool = False
    """Whether the take is over behind it."""


class Composer:
    """Composes a take from its performance: settings, model and seed.

    Settings and model are those of the latest `change`, wherever the take is rewound to. Its length and time signature
    are those it began with.
    """

    def __init__(self, performance: Performance, start_tick: int = 0) -> None:
        """Begin at a bar line; ValueError if it is none."""
        settings = performance.settings
        if start_tick % settings.bar_ticks:
            raise ValueError(f"the tick {start_tick} is not on a bar line of {settings.meter}")
        self._performance = performance
        self._requested = settings
        """The settings of the latest change as they came: they name the prompt of a restart, which that change's
        performance leaves out."""
        self._seed = performance.seed
        self._meter = settings.meter
        self._bar_ticks = settings.bar_ticks
        self._most_ids: int | None = None
        self._end_tick: int | None = None
        if performance.bundle.encoding in BAR_ENCODINGS:
            self._most_ids = settings.steps
            self._end_tick = settings.bars and start_tick + settings.bars * settings.bar_ticks
        elif settings.steps:
            self._end_tick = start_tick + settings.steps * ticks_of(settings.step or DEFAULT_STEP)
        self._own = own_controls(performance)
        self._version = 0
        self._writer = TokenWriter(performance, performance.seed, start_tick)
        self._next_tick = start_tick
        self._given: tuple[Note, ...] = ()
        self._base: Snapshot | None = None
        self._is_over = False
        self._points = Checkpoints(KEPT_BARS * settings.bar_ticks)
        self._mark()

    @property
    def next_tick(self) -> int:
        """Where the next bar will begin: a bar line, unless something was read up to a place within a bar."""
        return self._next_tick

    @property
    def is_over(self) -> bool:
        """Whether the take is."""
        return self._is_over

    @property
    def settings(self) -> Settings:
        """Those that the next bar will be composed by, filled in."""
        requested = self._requested
        return replace(
            self._performance.settings,
            prompt=requested.prompt,
            prompt_midi=requested.prompt_midi,
            bars=requested.bars,
            steps=requested.steps,
        )

    @property
    def ids(self) -> tuple[int, ...]:
        """What was heard up to `next_tick`, in the ids of the model; of another model's music, the latest."""
        return tuple(self._writer.ids)

    def predicted_logits(self) -> Floats:
        """What the network predicts of the next id, `(classes,)`, before limits and chords; nothing goes on by it."""
        kept = self._writer.snapshot()
        logits = self._writer.next_logits()
        self._writer = kept.restore()
        return logits

    # --- composing -------------------------------------------------------------------------------------------------

    def compose(self) -> Bar | None:
        """Compose the next bar, or the rest of one that was read in part; None where the take is over.

        ModelError on a token that means nothing.
        """
        if self._is_over:
            return None
        start_tick = self._next_tick
        steps = list(self._bar())
        notes = tuple(note for step in steps for note in step.notes)
        return Bar(start_tick, self._next_tick, notes, tuple(step.token_id for step in steps), self._is_over)

    def steps(self) -> Iterator[Step]:
        """The rest of the take, each step when it is asked for."""
        while not self._is_over:
            yield from self._bar()

    def _bar(self) -> Iterator[Step]:
        writer, first_tick = self._writer, self._next_tick
        line_tick = writer.line if writer.has_bars else writer.tick // self._bar_ticks * self._bar_ticks
        end_tick = self._before_end(line_tick + self._bar_ticks)
        while True:
            step = writer.choose()
            if step is None:
                self._is_over = True
                break
            self._is_over = self._most_ids is not None and writer.chosen >= self._most_ids
            yield writer.groove.step(step, first_tick, self._end_tick)
            if self._is_over or writer.tick >= end_tick:
                break
        self._came_to(writer.groove.tick(self._before_end(writer.tick)), writer.tick)
        self._mark()

    def _before_end(self, tick: int) -> int:
        return tick if self._end_tick is None else min(tick, self._end_tick)

    def _came_to(
        self, tick: int, written_tick: int, given: tuple[Note, ...] = (), base: Snapshot | None = None
    ) -> None:
        self._next_tick, self._given, self._base = tick, given, base
        self._is_over = self._is_over or (self._end_tick is not None and written_tick >= self._end_tick)

    # --- going back ------------------------------------------------------------------------------------------------

    def rewind(self, tick: int) -> None:
        """Forget what was composed and read from `tick` on, up to `KEPT_BARS` back.

        It is a tick that a bar began at or that was read up to; ValueError otherwise. The next bar is the same as it
        was, if nothing was changed since: a reroll or restart at this tick or before it still counts, a later one does
        not.
        """
        point = self._points.return_to(tick)
        self._writer = point.snapshot.restore()
        self._next_tick, self._given, self._base = point.tick, point.given, point.base
        self._is_over, self._own = point.is_over, point.own
        if point.version != self._version:
            self._go_on_with(self._performance)
            self._mark()

    def mark_before(self, tick: int) -> int | None:
        """The last tick up to this one that can be gone back to; None where there is none any more."""
        return self._points.before(tick)

    def move(self, tick: int) -> None:
        """Go on at another bar line, as if the music so far led to it; from there there is no way back.

        ValueError if it is no bar line. What is left of an open bar is silent.
        """
        if tick % self._bar_ticks:
            raise ValueError(f"the tick {tick} is not on a bar line")
        if self._next_tick % self._bar_ticks:
            self.read((), (self._next_tick // self._bar_ticks + 1) * self._bar_ticks)
        self._writer.move(tick)
        self._next_tick, self._given, self._base = tick, (), None
        self._is_over = self._end_tick is not None and tick >= self._end_tick
        self._points.clear()
        self._mark()

    def _mark(self) -> None:
        """Note this place, to go back to."""
        kept = self._writer.snapshot()
        self._points.put(
            Checkpoint(self._next_tick, kept, self._given, self._base, self._is_over, self._own, self._version)
        )

    # --- changing --------------------------------------------------------------------------------------------------

    def change(self, settings: Settings, bundle: Bundle | None = None) -> None:
        """From the next bar on, other settings, and another model if one is given, which reads the latest music.

        `prompt`, `bars`, `steps` and `meter` change nothing here. SettingsError or ModelError, and nothing is changed,
        where they do not go together.
        """
        performance = self._performed(settings, bundle or self._performance.bundle)
        is_same = performance.settings == self._performance.settings and performance.bundle is self._performance.bundle
        self._requested = settings
        if is_same:
            return
        self._version += 1
        self._go_on_with(performance)
        self._performance = performance
        self._mark()

    def reroll(self, seed: int) -> None:
        """From the next bar on, choose by another seed; where nothing is left to chance, nothing changes."""
        self._writer.seed(seed)
        self._mark()

    def restart(self, seed: int | None = None) -> None:
        """From the next bar on, begin anew with an opening, as a take of this seed begins; without one, this take's.

        SettingsError or TakeError where a file that was gone on from cannot be read any more.
        """
        seed = self._seed if seed is None else seed
        performance = self._performed(self._requested, self._performance.bundle, seed, with_opening=True)
        self._writer, self._base = with_prompt(self._writer, performance, seed)
        self._performance, self._own = performance, own_controls(performance)
        self._mark()

    def _performed(
        self, settings: Settings, bundle: Bundle, seed: int | None = None, *, with_opening: bool = False
    ) -> Performance:
        """A performance in this take; without an opening, which takes time to choose, where there is none."""
        settings = replace(settings, bars=None, steps=None, meter=self._meter)
        if not with_opening:
            settings = replace(settings, prompt_midi=None, prompt=0 if bundle.encoding in BAR_ENCODINGS else 1)
        return Performance.of(settings, bundle, self._seed if seed is None else seed)

    def _go_on_with(self, performance: Performance) -> None:
        """Write on by another performance of this take."""
        header = header_for(performance, self._own)
        if performance.bundle is not self._writer.performance.bundle:
            if not self._writer.ids:
                requested = replace(self._requested, prompt=None, prompt_midi=None)
                performance = self._performed(requested, performance.bundle, with_opening=True)
                self._own = own_controls(performance)
            self._writer, self._base, self._given = switched(self._writer, performance, header, self._given)
        else:
            self._writer.change(performance)
        reader = self._writer.reader
        reader.remind(header, performance.settings.remind or 0, now=header != reader.header)

    # --- reading ---------------------------------------------------------------------------------------------------

    def read(self, notes: Sequence[Note], until_tick: int) -> None:
        """Take notes as the music from `next_tick` to `until_tick`, which is not composed then; others are left out.

        They are given as they were played, in ticks of the music, and read as they would be written: without swing, as
        loud as if the settings had the usual velocity, moved to the nearest place that can be written. Where
        `until_tick` lies within a bar, the next bar composed is the rest of it, and more of it can be read before. A
        note a little before a bar line is read as one on it. ValueError if `until_tick` is not behind `next_tick`.
        """
        if until_tick <= self._next_tick:
            raise ValueError(f"there is music up to the tick {self._next_tick} already; {until_tick} is not behind it")
        writer = self._writer
        written_tick = writer.groove.even_tick(until_tick)
        written = writer.written(note for note in notes if self._next_tick <= note.start_tick < until_tick)
        if writer.has_bars:
            given = self._read_bars(written, written_tick)
        else:
            given = ()
            for token_id in chords.encode(sorted(written), writer.performance.bundle.vocabulary.tokens):
                writer.hear(token_id)
            writer.rest_until(written_tick)
        self._came_to(until_tick, written_tick, given, self._base)
        self._mark()

    def _read_bars(self, notes: Sequence[Note], until_tick: int) -> tuple[Note, ...]:
        """Read notes in bars; those of the bar that is open then, which may be read once more, with others."""
        if self._base is not None and (self._given or self._writer.tick > self._writer.line):
            before, self._writer = self._writer, self._base.restore()
            self._writer.continue_choices_of(before)
            if self._writer.performance is not before.performance:
                self._go_on_with(before.performance)
        else:
            self._base = with_bar_begun(self._writer)
        writer, line = self._writer, self._writer.line
        placed = [moved_to_its_bar(note, self._bar_ticks) for note in (*self._given, *notes)]
        told = encoded_bars(writer.performance, placed, line, until_tick)
        for bar in told[: (until_tick - line) // self._bar_ticks]:
            writer.take_all(bar[1:])
            self._base = with_bar_begun(writer, line + self._bar_ticks)
            line = writer.line
            self._came_to(line, line, (), self._base)
            self._mark()
        rest = encoded_bars(writer.performance, [n for n in placed if n.start_tick >= line], line, until_tick)
        writer.take_all(rest[0][1:])
        writer.rest_until(until_tick)
        return tuple(note for note in placed if note.start_tick >= line)
