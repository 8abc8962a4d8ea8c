"""A composer whose time signature changes at bar lines, and that can go back before such a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from musicgen_live.config.settings import Settings
from musicgen_live.generation.composer import Bar, Composer
from musicgen_live.model.bundle import Bundle
from musicgen_live.music.meter_map import Meter, MeterMap
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.session.stretches import bars_before, shifted_bar

KEPT_TICKS = 64 * PPQ
"""A composer of an earlier time signature is kept so long: eight times as far as the music is planned."""


@dataclass(frozen=True)
class _Stage:
    """The music in a time signature."""

    meter: Meter
    settings: Settings
    bundle: Bundle | None = None
    """The model with which it begins, if that is another one than before."""
    composer: Composer | None = None
    """None while the music has not come here."""


@dataclass(frozen=True)
class Course:
    """The time signatures of a take, past and planned, and the composers of those that are not long past."""

    meters: MeterMap
    stages: tuple[_Stage, ...]


class MeteredComposer:
    """Composers that follow each other, one for each time signature. All ticks are those of the music.

    Each composer counts its ticks from where bar 1 of its time signature would begin, so bars keep their numbers.
    """

    def __init__(self, composer: Composer, settings: Settings) -> None:
        """Begin with a composer and the settings that it was made with, filled in."""
        meters = MeterMap.of(settings.time_signature)
        self.course = Course(meters, (_Stage(meters.at(0), settings, None, composer),))
        """Set it to an earlier one to take back changes of the time signature; then go back to where they were."""
        self._adapt: Callable[[Settings], Settings] = _unchanged

    # --- where the music is ----------------------------------------------------------------------------------------

    @property
    def meters(self) -> MeterMap:
        """The time signatures, past and planned."""
        return self.course.meters

    @property
    def next_tick(self) -> int:
        """The start of the next bar: a bar line, unless notes were read up to a tick within a bar."""
        return self._composer.next_tick + self._origin_tick

    @property
    def is_over(self) -> bool:
        """True if nothing follows."""
        return self._composer.is_over

    @property
    def _index(self) -> int:
        """The index of the present stage, the last one with a composer."""
        return max(index for index, stage in enumerate(self.course.stages) if stage.composer is not None)

    @property
    def _composer(self) -> Composer:
        return _composer_of(self.course.stages[self._index])

    @property
    def _origin_tick(self) -> int:
        """The tick of the music that the present composer counts as 0."""
        return self.course.stages[self._index].meter.origin_tick

    @property
    def _next_line(self) -> int | None:
        """The bar line at which the next time signature begins; None without one."""
        waiting = self.course.stages[self._index + 1 :]
        return waiting[0].meter.tick if waiting else None

    # --- time signatures -------------------------------------------------------------------------------------------

    def check_meter(self, settings: Settings, bundle: Bundle | None = None) -> None:
        """Raise SettingsError or ModelError if the model, or a new one, cannot have the time signature of settings."""
        self._composer.check_meter(self._adapt(settings), bundle)

    def begin_meter(self, tick: int, settings: Settings, bundle: Bundle | None = None) -> None:
        """Go on in the time signature of other settings from a bar line on, perhaps with another model.

        It replaces those planned there or later. If the music has not come there yet, the time signature waits. If the
        model cannot have it, SettingsError or ModelError is raised, and nothing changes.
        """
        was, meters = self.course, self.meters.changed(tick, settings.time_signature)
        stages = tuple(stage for stage in was.stages if stage.meter.tick < tick)
        stage = _Stage(meters.at(tick), settings, bundle)
        try:
            if not stages:
                # The take begins with it.
                self.course = Course(meters, (self._entered(stage, _composer_of(was.stages[0])),))
            elif stage.meter.tick < tick:
                # It is that of the music before.
                self.course = Course(meters, stages)
                self.change(settings, bundle)
            else:
                self.course = Course(meters, (*stages, stage))
                self.check_meter(settings, bundle)
                self._reach_line()
        except Exception:
            self.course = was
            raise

    def _reach_line(self) -> Composer:
        """Begin the next time signature if the music stands at its bar line; return the present composer."""
        if self._next_line != self.next_tick:
            return self._composer
        stages, index = self.course.stages, self._index + 1
        entered = self._entered(stages[index], self._composer)
        past = sum(later.meter.tick < self.next_tick - KEPT_TICKS for later in stages[1:index])
        self._set_stages((*stages[past:index], entered, *stages[index + 1 :]))
        return self._composer

    def _entered(self, stage: _Stage, before: Composer) -> _Stage:
        """Return a stage with its composer, which continues the music of the one before."""
        own_tick = stage.meter.tick - stage.meter.origin_tick
        return replace(stage, composer=before.in_meter(self._adapt(stage.settings), own_tick, stage.bundle))

    def _set_stages(self, stages: tuple[_Stage, ...]) -> None:
        self.course = replace(self.course, stages=stages)

    # --- composing and reading -------------------------------------------------------------------------------------

    def compose(self) -> Bar | None:
        """Compose the next bar, or the rest of one; None if the take is over. ModelError on a meaningless token."""
        composer, line_tick, own_tick = self._reach_line(), self._next_line, self._composer.next_tick
        bar = composer.compose()
        if bar is None:
            return None
        later = shifted_bar(bar, self._origin_tick)
        if line_tick is None or later.end_tick <= line_tick:
            return later
        # Without bars, a step may cross the bar line.
        composer.rewind(own_tick)
        kept = bars_before([later], line_tick)[0]
        self.read(kept.notes, line_tick)
        return kept

    def read(self, notes: Sequence[Note], until_tick: int) -> None:
        """Read notes as the music from `next_tick` to `until_tick`, which is not composed then; skip other notes.

        See `Composer.read`; ValueError if `until_tick` is not after `next_tick`.
        """
        self._reach_line()
        while (line_tick := self._next_line) is not None and line_tick < until_tick:
            self._read(notes, line_tick)
            self._reach_line()
        self._read(notes, until_tick)

    def _read(self, notes: Sequence[Note], until_tick: int) -> None:
        origin_tick = self._origin_tick
        self._composer.read([note.later_by(-origin_tick) for note in notes], until_tick - origin_tick)

    def move(self, tick: int) -> None:
        """Continue at another bar line, as if the music so far led to it; `go_back` cannot go back before it."""
        self._reach_line()
        while (line_tick := self._next_line) is not None and line_tick < tick:
            self._composer.move(line_tick - self._origin_tick)
            self._reach_line()
        self._composer.move(tick - self._origin_tick)

    def go_back(self, tick: int) -> None:
        """Go back to the last place up to a tick from which the music can go on; else move to the bar line there."""
        while self._index and self.course.stages[self._index].meter.tick > tick:
            index, stages = self._index, self.course.stages
            self._set_stages((*stages[:index], replace(stages[index], composer=None), *stages[index + 1 :]))
        composer, meter = self._composer, self.course.stages[self._index].meter
        mark = composer.checkpoint_before(tick - meter.origin_tick)
        if mark is None:
            composer.move(meter.line_before(tick) - meter.origin_tick)
        else:
            composer.rewind(mark)

    # --- changing --------------------------------------------------------------------------------------------------

    def change(self, settings: Settings, bundle: Bundle | None = None) -> None:
        """Use other settings from the next bar on, or from the last time signature on that waits, and another model.

        Their time signature has no effect. SettingsError or ModelError if they do not go together.
        """
        stages = self.course.stages
        last, adapted = stages[-1], self._adapt(settings)
        settings = replace(settings, meter=str(last.meter.time_signature))
        if last.composer is None:
            self._composer.check_meter(replace(adapted, meter=settings.meter), bundle or last.bundle)
        else:
            last.composer.change(adapted, bundle)
        self._set_stages((*stages[:-1], replace(last, settings=settings, bundle=bundle or last.bundle)))

    def revert(self, settings: Settings, bundle: Bundle) -> None:
        """Take back a `change` after which nothing could be composed; it holds once the music has gone back."""
        stages = self.course.stages
        if (composer := stages[-1].composer) is not None:
            composer.revert(self._adapt(settings), bundle)
        self._set_stages((*stages[:-1], replace(stages[-1], settings=settings, bundle=bundle)))

    def adapt(self, adapt: Callable[[Settings], Settings]) -> None:
        """Compose by what a function makes of the settings, from the next bar on."""
        self._adapt = adapt
        composer = self._reach_line()
        composer.change(adapt(self.course.stages[self._index].settings))

    def reroll(self, seed: int) -> None:
        """Choose by another seed from the next bar on; without random choices, nothing changes."""
        self._reach_line().reroll(seed)

    def restart(self) -> None:
        """Begin again with a prompt from the next bar on; SettingsError or TakeError if it cannot be read any more."""
        self._reach_line().restart()

    def end(self, bars: int) -> None:
        """End the take so many bars after the next bar line, or where it ends before."""
        self._reach_line().end(bars)

    def answer(self, theme_bars: int) -> None:
        """From the next bar on, answer the bars right before it."""
        self._reach_line().answer(theme_bars)

    def settle(self, notes: Sequence[Note]) -> None:
        """Stay in the register of a musician's notes, which were read, from here on."""
        self._composer.settle(notes)

    def request_onset(self) -> None:
        """Have the bar that is composed next begin with a note, if the limits allow one there."""
        self._reach_line().request_onset()


def _composer_of(stage: _Stage) -> Composer:
    if stage.composer is None:
        raise ValueError(f"the music has not come to the {stage.meter.time_signature} at {stage.meter.tick}")
    return stage.composer


def _unchanged(settings: Settings) -> Settings:
    return settings
