"""A session while it plays: one loop that handles the player's reports and requests for changes, and composes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from musicgen_live.config.parameter import Change, Value
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.config.presets import save_preset, saved_message
from musicgen_live.config.scenes import Scenes
from musicgen_live.errors import PlayerError, SettingsError
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.interfaces.events import (
    Changed,
    Event,
    Granted,
    MessagesSent,
    Observer,
    Opened,
    OutputsChanged,
    PresetSaved,
    Refused,
    SceneStored,
    TurnBegan,
    UserMessage,
)
from musicgen_live.interfaces.surface import ControlSurface
from musicgen_live.midi.messages import is_control_change, is_note_on
from musicgen_live.model.bundle import Bundle
from musicgen_live.music.position import Position
from musicgen_live.player.commands import (
    Begin,
    ChoosePort,
    Incoming,
    InputGone,
    SendFeedback,
    SetThru,
    Stop,
)
from musicgen_live.player.part_channels import own_channel
from musicgen_live.player.reports import (
    Began,
    Done,
    HistoryForgotten,
    Paused,
    PortChosen,
    PortRefused,
    Received,
    Report,
    Sent,
    TempoChanged,
)
from musicgen_live.player.timing import LOOK_S
from musicgen_live.session.annotations import Annotations
from musicgen_live.session.conductor import Conductor
from musicgen_live.session.context import PlayerHandle, SessionContext
from musicgen_live.session.faults import Faults
from musicgen_live.session.inbox import Inbox
from musicgen_live.session.keeping import BarKeeper
from musicgen_live.session.model_cache import ModelCache, load_model
from musicgen_live.session.options import SessionOptions, Setup
from musicgen_live.session.part_values import values_at_first
from musicgen_live.session.playhead import Playhead
from musicgen_live.session.state import LiveState
from musicgen_live.session.tap_tempo import TapTempo
from musicgen_live.session.unroller import Unroller

if TYPE_CHECKING:
    from musicgen_live.session.inbox import Request
    from musicgen_live.session.interaction import Interaction

REPORTS_PER_TURN = 256
"""The most reports that are handled between two pieces of work, so that a flood of MIDI does not stop composing."""


class LiveSession:
    """Runs in one thread until the player is done; any other may call `steer`, `refuse`, `quit` and `save`."""

    def __init__(
        self,
        player: PlayerHandle,
        performance: Performance,
        options: SessionOptions,
        setup: Setup,
        *,
        inbox: Inbox,
        now_s: Callable[[], float] = time.monotonic,
        composer: Composer | None = None,
        load: Callable[[str], Bundle] = load_model,
    ) -> None:
        """Play a performance on a player whose wake-ups go to `inbox`.

        `composer` replaces the usual one; `load` loads a model by the name in the settings.
        """
        self._player = player
        self._setup = setup
        self._inbox = inbox
        self._observers: list[Observer] = []
        self._now_s = now_s
        self._surface = ControlSurface(options.controls)
        self._is_over = self._was_stopped = False
        self.faults = Faults(options.log)
        self.failure: str | None = None
        """The reason why the music could not go on, if it could not."""
        settings, timing, listening = performance.settings, setup.timing, options.listening
        self._plays = plays = listening is None or listening.mode == "follow"
        self._begins = not plays and (timing.follows or timing.count_in_bars > 0)
        """True if the music's time begins as soon as the session runs, or the leading program lets it, before anybody
        plays."""
        models = ModelCache(settings.model, performance.bundle, load)
        self._unroller: Unroller | None = None
        send, self._publish_music = player.send, self.publish
        if listening is not None and timing.follows:
            self._unroller = Unroller(player.send, self.publish, settings.bar_ticks)
            send, self._publish_music = self._unroller.send, self._unroller.publish
        self._scenes = Scenes(options.scenes)
        context = SessionContext(
            send, self._publish_music, now_s, models.load, player.ahead_s, self.faults, self._scenes.__getitem__
        )
        self._playhead = Playhead(settings.tempo, settings.time_signature, follows=timing.follows)
        self._conductor = Conductor(
            composer or Composer(performance),
            LiveState(settings, preset=options.preset, parts=values_at_first(options.parts)),
            self._playhead,
            performance.seed,
            context,
            plays=plays,
            has_musician=listening is not None,
            own_channel=None if listening is None else own_channel([settings.channel - 1]),
        )
        self._interaction: Interaction | None = None
        if listening is not None or options.follows_chords:
            # Imported here: without a musician, the first note need not wait for 15 ms of imports.
            from musicgen_live.session.interaction import Interaction

            begins = not plays and not timing.follows and timing.count_in_bars == 0
            self._interaction = Interaction(
                listening, settings.time_signature, self._conductor, self._playhead, context, begins=begins
            )
        self._thru = any(options.thru for options in options.inputs)
        self._taps = TapTempo()
        self._annotations = Annotations(setup.label, player.send)
        self._keeper = BarKeeper(self._playhead, now_s, setup.folder, self._say)
        self._handlers: dict[str, Callable[[Change], None]] = {
            "keep": self._keep,
            "save": lambda change: self._say(self.save(str(change.value))),
            "play-kept": self._play_kept,
            "scene": self._call_scene,
            "store": self._store_scene,
            "tap": self._tap,
            "thru": self._set_thru,
            **dict.fromkeys(("respond", "enter", "freedom", "answer-bars"), self._change_listening),
        }
        """The functions for changes that apply to the session itself; the conductor handles all others."""

    @property
    def values(self) -> dict[str, Value]:
        """The value of every parameter."""
        own = {} if self._interaction is None else self._interaction.values
        return {**self._conductor.state.values, "thru": self._thru, **own}

    @property
    def tokens(self) -> int:
        """The number of tokens that were chosen and not thrown away."""
        return self._conductor.tokens

    # --- from any thread -------------------------------------------------------------------------------------------

    def steer(self, change: Change) -> None:
        """Request a change."""
        self._inbox.put(change)

    def refuse(self, refused: Refused) -> None:
        """Notify all observers of a change that its source refused."""
        self._inbox.put_event(refused)

    def choose_port(self, output: int, name: str | None) -> None:
        """Request another port in the place of an output port, by its number from 0; None for a virtual one."""
        self._inbox.put_for_player(ChoosePort(output, name))

    def quit(self) -> None:
        """Request the end."""
        self._inbox.quit()

    def save(self, name: str) -> str:
        """Save the present values as a preset; return a message with its path. SettingsError if it cannot be saved."""
        requested = self._setup.requested
        settings = replace(self._conductor.state.settings, bars=requested.bars, steps=requested.steps)
        path = save_preset(name, settings, self._surface.controls, scenes=self._scenes.all())
        self._inbox.put_event(PresetSaved(name))
        return saved_message(name, path)

    def scene_names(self) -> list[str]:
        """Return the names of the scenes that can be called back; from any thread."""
        return self._scenes.names()

    # --- observers -------------------------------------------------------------------------------------------------

    def observe(self, observer: Observer) -> None:
        """Add an observer, before the session runs."""
        self._observers.append(observer)

    def publish(self, event: Event) -> None:
        """Send an event to all observers, and changed values to their controllers."""
        for observer in self._observers:
            try:
                observer(event)
            except Exception as error:
                self._tell_once("A part of the program that shows the take has failed, and the music goes on.", error)
        if isinstance(event, Changed):
            self._annotations.add_change(event.name)
        if isinstance(event, Granted) and event.name == "scene":
            self._request_listening_of(str(event.value))
        for message in self._feedback(event):
            self._player.send(SendFeedback(message))

    def _say(self, text: str) -> None:
        self.publish(UserMessage(text))

    def _tell_once(self, what: str, error: Exception) -> None:
        """Publish a sentence about an error, unless one of that kind was told before."""
        if not self.faults.is_known(error):
            self.publish(UserMessage(f"{what} {self.faults.reason(error)}"))

    def _feedback(self, event: Event) -> list[bytes]:
        """Return the messages for faders and lights: at `Granted`, as a bar later a hand has moved the fader again."""
        if isinstance(event, Opened):
            return [message for value in event.values for message in self._surface.feedback(*value)]
        if isinstance(event, Granted):
            return self._surface.feedback(event.name, event.value)
        if isinstance(event, Refused) and event.name in (values := self.values):
            return self._surface.refused(event.name, values[event.name])
        return []

    # --- the loop --------------------------------------------------------------------------------------------------

    def run(self) -> bool:
        """Play until the take is over; return whether it was stopped before its end.

        A mistake in the program that leaves no music to go on with ends the take in good order; `failure` tells it.
        """
        try:
            self._play()
        except PlayerError:
            raise
        except Exception as error:
            self.failure = f"The music cannot go on. {self.faults.reason(error)}"
            self._stop()
        return self._was_stopped

    def _play(self) -> None:
        self.start()
        while not self._is_over:
            if not self.turn() and not self._is_over:
                self._handle_requests(self._inbox.take(min(self.wait_s(), LOOK_S)))

    def start(self) -> None:
        """Begin the music's time if it begins before anybody plays."""
        if not self._plays:
            self._publish_music(TurnBegan("you", 0))
        if self._begins:
            self._player.send(Begin())

    def turn(self) -> bool:
        """Do one piece of work, and handle all that has arrived; return whether there is more to do at once."""
        # The musician first, then the reports: a note on may cancel the bar to be composed next.
        has_more = self._begin_again() or (self._interaction is not None and self._interaction.work())
        has_more = has_more or self._conductor.work()
        for _ in range(REPORTS_PER_TURN):
            if (report := self._player.receive()) is None:
                break
            if isinstance(report, Done):
                self._is_over = True
                if not self._conductor.has_ended:
                    # A signal to the player alone.
                    self._was_stopped = True
                    self.publish(UserMessage("The process that plays was ended by another program."))
                return False
            self._handle_report(report)
            has_more = True
        if self._inbox.quits:
            self._stop()
            return False
        return self._handle_requests(self._inbox.take()) or has_more

    def wait_s(self) -> float:
        """Return the seconds until there is work even if nothing arrives."""
        waits_s = self._conductor.wait_s()
        return waits_s if self._interaction is None else min(waits_s, self._interaction.wait_s())

    def _stop(self) -> None:
        self._player.send(Stop())
        while not isinstance(report := self._player.receive(), Done):
            # Publish what sounded to the very end; apply no more requests.
            if isinstance(report, Sent):
                self._handle_report(report)
            elif report is None:
                self._inbox.take(LOOK_S)
        self._is_over = self._was_stopped = True

    # --- what arrives ----------------------------------------------------------------------------------------------

    def _handle_requests(self, requests: list[Request]) -> bool:
        for request in requests:
            if isinstance(request, Change):
                self._apply(request)
            elif isinstance(request, Incoming | InputGone | ChoosePort):
                self._player.send(request)
            else:
                self.publish(request)
        return bool(requests)

    def _begin_again(self) -> bool:
        """Begin anew if the program that is followed was moved while it stood still; return whether it was."""
        if self._unroller is None or self._interaction is None or not self._unroller.has_restarted(self._now_s()):
            return False
        self._handle_position(self._unroller.begin_again())
        self._interaction.begin_again(self._playhead.tick_at(self._now_s()))
        return True

    def _handle_report(self, report: Report) -> None:
        if self._unroller is not None:
            report = self._unroller.handle(report)
        if isinstance(report, Received):
            try:
                self._handle_input(report)
            except PlayerError:
                raise
            except Exception as error:
                self._tell_once("What you played there was not understood, and the music goes on.", error)
        elif isinstance(report, Sent):
            self.publish(MessagesSent(report.tick, report.messages, report.late_ms, report.dropped))
        elif isinstance(report, Began | Paused | Position | TempoChanged):
            self._handle_position(report)
        elif isinstance(report, PortChosen):
            self.publish(OutputsChanged(report.outputs))
        elif isinstance(report, PortRefused):
            self.publish(Refused("port", report.reason))
        elif isinstance(report, HistoryForgotten):
            self._conductor.play_anew()

    def _handle_position(self, report: Began | Paused | Position | TempoChanged) -> None:
        now_s = self._now_s()
        before = self._playhead.tick_at(now_s)
        self._conductor.handle(report)
        if self._interaction is not None:
            self._interaction.handle_position(before, self._playhead.tick_at(now_s))

    def _handle_input(self, received: Received) -> None:
        steers = received.source == "control" or is_control_change(received.message)
        change = self._surface.change_for(received.message, received.source) if steers else None
        if change is not None:
            # A knob sends up to a thousand values per second: this turn applies the latest.
            self._inbox.put(change)
        elif self._interaction is not None and received.source != "control":
            self._interaction.receive(received)
            if is_note_on(received.message):
                self._annotations.add_musician()

    def _apply(self, change: Change) -> None:
        try:
            self._handlers.get(change.name, self._conductor.steer)(change)
        except PlayerError:
            raise
        except Exception as error:
            self.publish(Refused(change.name, self.faults.reason(error)))

    def _change_listening(self, change: Change) -> None:
        if self._interaction is None:
            raise SettingsError("nobody is listened to here; play with --input NAME")
        self._interaction.change(change)
        self._grant(change)

    def _set_thru(self, change: Change) -> None:
        if self._interaction is None or not self._interaction.values:
            raise SettingsError("nobody is listened to here; play with --input NAME")
        self._thru = bool(change.value)
        self._player.send(SetThru(self._thru))
        self._grant(change)

    def _call_scene(self, change: Change) -> None:
        """Have the conductor apply a scene; its values of listening follow if that is granted."""
        if change.value is None:
            raise SettingsError("scene needs the number or the name of one that is stored")
        self._conductor.steer(change)

    def _request_listening_of(self, scene: str) -> None:
        """Request the values of listening that a scene has."""
        if self._interaction is None or not self._interaction.values:
            return
        values = self.values
        for name, value in self._scenes[scene].items():
            if PARAMETERS[name].applies == "session" and values[name] != value:
                self._inbox.put(Change(name, value))

    def _play_kept(self, change: Change) -> None:
        if change.value:
            if self._keeper.loop is None:
                raise SettingsError("no bars are kept yet; keep some first")
            self._conductor.set_kept(self._keeper.loop)
        self._conductor.steer(change)

    def _store_scene(self, change: Change) -> None:
        if change.value is None:
            raise SettingsError("store needs a number or a name")
        self._scenes.store(str(change.value), self.values)
        self.publish(SceneStored(str(change.value)))
        self._say(f"Scene {change.value} is stored.")

    def _tap(self, _change: Change) -> None:
        tempo = self._taps.tap(self._now_s())
        if tempo is not None:
            self._conductor.steer(Change("tempo", round(tempo, 1)))

    def _grant(self, change: Change) -> None:
        """Publish that a change is in effect."""
        bar = self._playhead.bar_of(self._playhead.tick_at(self._now_s()))
        self._publish_music(Granted(change.name, change.value, bar))
        self._publish_music(Changed(change.name, change.value, bar))

    def _keep(self, change: Change) -> None:
        loop, label = self._conductor.frozen_loop, self._annotations.label
        self.publish(self._keeper.keep(change, self._player.sent_log, loop, label))
