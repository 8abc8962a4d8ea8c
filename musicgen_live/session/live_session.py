"""A take while it is played: what the player reports and what people do, each given to whom it concerns."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from musicgen_live.config.controller_map import ControllerMap
from musicgen_live.config.library import model_path
from musicgen_live.config.parameters import Change, Value
from musicgen_live.config.presets import save_preset, saved_message
from musicgen_live.config.settings import Settings
from musicgen_live.errors import MusicgenError, SettingsError, TakeError
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.interfaces.events import Asked, Changed, Event, Kept, Observer, Opened, Refused, Said, Struck
from musicgen_live.interfaces.surface import ControlSurface
from musicgen_live.midi.messages import CONTROL_CHANGE
from musicgen_live.midi.take_files import new_take_path
from musicgen_live.model.bundle import Bundle
from musicgen_live.music.position import Position
from musicgen_live.player.config import Timing
from musicgen_live.player.protocol import Began, Begin, Done, Received, SendFeedback, Sent, Stop, TempoChanged
from musicgen_live.player.supervisor import PlayerSupervisor
from musicgen_live.session.capture import capture
from musicgen_live.session.conductor import Conductor
from musicgen_live.session.context import SessionContext
from musicgen_live.session.options import SessionOptions
from musicgen_live.session.playhead import Playhead
from musicgen_live.session.state import LiveState

if TYPE_CHECKING:
    from musicgen_live.session.interaction import Interaction

KEPT_BARS = 8
"""How much `keep` writes."""


@dataclass(frozen=True)
class Quit:
    """End the take: posted by whoever is asked to."""


class LiveSession:
    """Runs in one thread until the player is done; from any other, `steer`, `refuse`, `quit`, `save` may be called."""

    def __init__(
        self,
        player: PlayerSupervisor,
        settings: Settings,
        controls: ControllerMap,
        observers: list[Observer],
        folder: Path,
    ) -> None:
        """To be made by `of`. `settings` are those that were asked for; files written on the way go to `folder`."""
        self._player = player
        self._asked = settings
        self._observers = observers
        self._surface = ControlSurface(controls)
        self._folder = folder
        self._stem = Path(settings.model).stem
        self._conductor: Conductor
        self._playhead: Playhead
        self._interaction: Interaction | None = None
        self._begins = False
        """Whether the music's time begins as soon as the take runs, though nothing is played yet."""

    @classmethod
    def of(
        cls,
        player: PlayerSupervisor,
        performance: Performance,
        company: SessionOptions,
        *,
        asked: Settings,
        timing: Timing,
        observers: list[Observer],
        folder: Path,
    ) -> LiveSession:
        """A take of a performance by a player that is ready; `asked` are the settings as somebody said them."""
        listen_options, follows, counts_in = company.listening, timing.follows, timing.count_in_bars > 0
        settings = performance.settings
        take = cls(player, asked, company.controls, observers, folder)
        bundles = {settings.model: performance.bundle}

        def load(model: str) -> Bundle:
            if model not in bundles:
                bundles[model] = Bundle.load(model_path(model))
            return bundles[model]

        plays = listen_options is None or listen_options.mode == "follow"
        context = SessionContext(player.send, take.publish, time.monotonic, load, player.ahead_s)
        take._playhead = Playhead(settings.tempo, settings.bar_ticks, follows=follows)
        composer = Composer(performance)
        take._conductor = Conductor(
            composer, LiveState(settings, preset=company.preset), take._playhead, performance.seed, context, plays=plays
        )
        if listen_options is not None or company.hears_chords:
            # Where nobody plays along, the first note does not wait for 15 ms of imports.
            from musicgen_live.session.interaction import Interaction

            begins = not plays and not follows and not counts_in
            take._interaction = Interaction(
                listen_options, settings.time_signature, take._conductor, take._playhead, context, begins=begins
            )
        take._begins = not plays and not follows and counts_in
        return take

    @property
    def values(self) -> dict[str, Value]:
        """Everything that can be steered and what it is set to."""
        own = {} if self._interaction is None else {"answer-bars": self._interaction.answer_bars}
        return {**self._conductor.state.values, **own}

    @property
    def tokens(self) -> int:
        """How many were chosen and not thrown away."""
        return self._conductor.tokens

    def observe(self, observer: Observer) -> None:
        """Have somebody else watch, before the take runs."""
        self._observers.append(observer)

    def steer(self, change: Change) -> None:
        """Ask for a change."""
        self._player.post(change)

    def refuse(self, refused: Refused) -> None:
        """Have all who watch told of a wish that was refused where it was made."""
        self._player.post(refused)

    def quit(self) -> None:
        """Ask for the end."""
        self._player.post(Quit())

    def publish(self, event: Event) -> None:
        """Tell all who watch; what changes a value is told to its controller too."""
        for observer in self._observers:
            observer(event)
        for message in self._feedback(event):
            self._player.send(SendFeedback(message))

    def _feedback(self, event: Event) -> list[bytes]:
        """What faders and lights are told: at once, as a fader that is told a bar later is somewhere else by then."""
        if isinstance(event, Opened):
            return [message for value in event.values for message in self._surface.feedback(*value)]
        if isinstance(event, Asked):
            return self._surface.feedback(event.name, event.value)
        if isinstance(event, Refused) and event.name in (values := self.values):
            return self._surface.refused(event.name, values[event.name])
        return []

    def run(self) -> bool:
        """Conduct until the take is over; whether it was stopped before its end."""
        if self._begins:
            self._player.send(Begin())
        while True:
            # The duet first, and then what came in meanwhile: a strike may take back what was to be composed.
            goes_on = (self._interaction is not None and self._interaction.work()) or self._conductor.work()
            item = self._player.report(0.0 if goes_on else self._wait_s())
            while item is not None:
                if isinstance(item, Done):
                    return False
                if isinstance(item, Quit):
                    return self._stop()
                self._hear(item)
                item = self._player.report(0.0)

    def _wait_s(self) -> float:
        waits_s = self._conductor.wait_s()
        return waits_s if self._interaction is None else min(waits_s, self._interaction.wait_s())

    def _stop(self) -> bool:
        self._player.send(Stop())
        while not isinstance(item := self._player.report(), Done):
            # What sounded to the very end is told; nothing is obeyed any more.
            if isinstance(item, Sent):
                self._hear(item)
        return True

    def _hear(self, item: object) -> None:
        if isinstance(item, Change):
            self._obey(item)
        elif isinstance(item, Refused):
            self.publish(item)
        elif isinstance(item, Received):
            self._hear_musician(item)
        elif isinstance(item, Sent):
            self.publish(Struck(item.tick, item.messages, item.late_ms, item.dropped))
        elif isinstance(item, Began | Position | TempoChanged):
            now_s = time.monotonic()
            before = self._playhead.tick_at(now_s)
            self._conductor.handle(item)
            if self._interaction is not None:
                self._interaction.handle_position(before, self._playhead.tick_at(now_s))

    def _hear_musician(self, heard: Received) -> None:
        steers = heard.source == "control" or heard.message[0] & 0xF0 == CONTROL_CHANGE
        change = self._surface.change_for(heard.message) if steers else None
        if change is not None:
            self._obey(change)
        elif self._interaction is not None and heard.source != "control":
            self._interaction.receive(heard)

    def _obey(self, change: Change) -> None:
        try:
            if change.name == "keep":
                self._keep()
            elif change.name == "save":
                self.publish(Said(self.save(str(change.value))))
            elif change.name == "answer-bars":
                self._set_answer_bars(change)
            else:
                self._conductor.steer(change)
        except MusicgenError as error:
            self.publish(Refused(change.name, str(error)))

    def _set_answer_bars(self, change: Change) -> None:
        if self._interaction is None or not self._interaction.answer_with(change.value):
            raise SettingsError("nobody is answered here; play with --input NAME --listen answer")
        bar = self._playhead.bar_of(self._playhead.tick_at(time.monotonic()))
        self.publish(Asked(change.name, change.value, bar))
        self.publish(Changed(change.name, change.value, bar))

    def _keep(self) -> None:
        """Write the latest whole bars of the take to a file of their own."""
        sent_log, bar_ticks = self._player.sent_log, self._playhead.bar_ticks
        until_tick = self._playhead.take_tick_at(time.monotonic()) // bar_ticks * bar_ticks
        from_tick = max(0, until_tick - KEPT_BARS * bar_ticks)
        if from_tick >= until_tick:
            raise TakeError("There is no whole bar to keep yet; wait for the next bar line.")
        first, bars = from_tick // bar_ticks + 1, (until_tick - from_tick) // bar_ticks
        name = f"{self._stem} bars {first}-{first + bars - 1}"
        path = new_take_path(self._folder, time.localtime(), name)
        capture(
            path,
            sent_log.messages,
            from_tick,
            until_tick,
            tempos=sent_log.tempos or [(0, self._playhead.tempo)],
            time_signature=self._conductor.state.settings.time_signature,
        )
        self.publish(Kept(str(path), first, bars))

    def save(self, name: str) -> str:
        """Save the values of the moment as a preset; words that say where, SettingsError where that cannot be."""
        settings = replace(self._conductor.state.settings, bars=self._asked.bars, steps=self._asked.steps)
        path = save_preset(name, settings, self._surface.controls)
        return saved_message(name, path)
