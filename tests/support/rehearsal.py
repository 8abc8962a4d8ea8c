"""A session and the real player on a manual clock, with a script of requests and of messages to the player."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from queue import SimpleQueue
from typing import TypeVar

from musicgen_live.config.parameter import Change
from musicgen_live.config.part_options import PartOptions
from musicgen_live.config.settings import Settings
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.interfaces.events import Changed, Event, Granted, Observer
from musicgen_live.midi.memory_output import MemoryOutput
from musicgen_live.midi.recorder import Recorder
from musicgen_live.midi.takes.label import TakeLabel
from musicgen_live.model.bundle import Bundle
from musicgen_live.music.notes import Note
from musicgen_live.music.tempo_map import TempoMap
from musicgen_live.player.clock import Mailbox
from musicgen_live.player.commands import Command
from musicgen_live.player.config import InputOptions, Timing
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.engine import Player, PlayerOptions
from musicgen_live.player.part_channels import parts_of, tracks_of
from musicgen_live.player.reports import Received, Report
from musicgen_live.player.sent_log import SentLog
from musicgen_live.player.transport.internal import InternalTransport
from musicgen_live.player.transport.midi_clock import MidiClockTransport
from musicgen_live.session.inbox import Inbox
from musicgen_live.session.listening.decisions import ListenOptions
from musicgen_live.session.live_session import LiveSession
from musicgen_live.session.model_cache import load_model
from musicgen_live.session.options import SessionOptions, Setup
from tests.support.light import light_model

Kind = TypeVar("Kind")

Script = Sequence[tuple[float, Change | Command]]
"""Moments in seconds, rising, each with a request to the session or a command for the player's mailbox.

Without a musician who begins, the music begins at 0.
"""


class Rehearsal:
    """Play a take with a script to its end; `output` has the sent messages, `events` is what was published.

    It is the session's `PlayerHandle` and the player's clock: time stands still until the session has no work left.
    """

    composer_type: type[Composer] = Composer
    ahead_s = 0.0

    def __init__(
        self,
        settings: Settings,
        script: Script = (),
        seed: int = 0,
        *,
        listen_options: ListenOptions | None = None,
        follows_chords: bool = False,
        observers: Sequence[Observer] = (),
        sync: str = "internal",
        take: Path | None = None,
        parts: Sequence[PartOptions] = (),
    ) -> None:
        """With `sync="clock"` the script has the messages of the clock; the take is recorded to `take`."""
        performance = Performance.of(settings, self.bundle(settings.model), seed)
        inputs = (InputOptions("chords", "chords"),) if follows_chords else ()
        options = SessionOptions(listen_options, inputs, parts=tuple(parts))
        settings = performance.settings
        self.bar_ticks = settings.bar_ticks
        self.events: list[Event] = []
        self.reported: list[Report] = []
        self.sent_log = SentLog()
        self._reports: deque[Report] = deque()
        self._mailbox: Mailbox = SimpleQueue()
        self._script = deque(script)
        self._now_s = 0.0
        self.composer = self.composer_type(performance)
        self.session = LiveSession(
            self,
            performance,
            options,
            Setup(settings, Timing(sync), Path("takes"), TakeLabel.of("toy", 0, settings)),
            inbox=Inbox(),
            now_s=self.now_s,
            composer=self.composer,
            load=self.load,
        )
        for observer in (*observers, self.events.append):
            self.session.observe(observer)
        self.output = MemoryOutput()
        routes: list[Route] = [Route(self.output)]
        recorder = None
        if take is not None:
            tracks = tracks_of(parts_of(settings, parts), "musicgen-live")
            recorder = Recorder(take, tracks=tracks, tempo=settings.tempo, time_signature=settings.time_signature)
        if recorder is not None:
            routes.append(Route(recorder, is_take=True))
        transport = (
            MidiClockTransport(settings.time_signature, settings.tempo)
            if sync == "clock"
            else InternalTransport(TempoMap(((0, settings.tempo),)))
        )
        player = Player(
            self,
            transport,
            routes,
            report=self._reports.append,
            options=PlayerOptions(parts=parts_of(settings, parts), max_note_ticks=settings.max_note_ticks),
        )
        self.session.start()
        player.run(self._mailbox)
        self._work()
        if recorder is not None:
            recorder.close()

    def bundle(self, model: str) -> Bundle:
        """Return a model, the light one for `piano`."""
        return light_model(model)

    def load(self, model: str) -> Bundle:
        """Load a model for the session."""
        return self.bundle(model)

    def send(self, command: Command) -> None:
        """Put a command of the session into the player's mailbox."""
        self._mailbox.put(command)

    def receive(self) -> Report | None:
        """Return the player's next report to the session."""
        if not self._reports:
            return None
        report = self._reports.popleft()
        self.sent_log.record(report)
        self.reported.append(report)
        return report

    def now_s(self) -> float:
        """Return the time of both."""
        return self._now_s

    def reach(self, until_s: float) -> None:
        """Jump to a moment."""
        self._now_s = max(self._now_s, until_s)

    def wait(self, mailbox: Mailbox, until_s: float | None) -> Command | None:
        """Wait as `ManualClock.wait` does; before time passes, the session does all its work."""
        while True:
            self._work()
            if not mailbox.empty():
                return mailbox.get_nowait()
            # At least a microsecond, or a timeout that rounding puts at this very moment would never pass.
            timeout_s = self._now_s + max(1e-6, self.session.wait_s())
            next_s = timeout_s if until_s is None else min(until_s, timeout_s)
            if self._script and self._script[0][0] <= next_s:
                self._now_s = max(self._now_s, self._script[0][0])
                while self._script and self._script[0][0] <= self._now_s:
                    self._put(self._script.popleft()[1])
                continue
            self._now_s = max(self._now_s, next_s)
            if next_s == until_s:
                return None

    def _work(self) -> None:
        while self.session.turn():
            pass

    def _put(self, what: Change | Command) -> None:
        if isinstance(what, Change):
            self.session.steer(what)
        else:
            self._mailbox.put(what)

    def notes(self) -> list[Note]:
        """Return the notes that were sent, in the order of their note ons."""
        return notes_of(self.output.messages)

    def changes_agree(self) -> bool:
        """Return True if each published change was granted, and the last granted one of each name was published."""
        granted = [(event.name, (event.value, event.bar)) for event in self.published(Granted)]
        changed = [(event.name, (event.value, event.bar)) for event in self.published(Changed)]
        return Counter(changed) <= Counter(granted) and dict(changed) == dict(granted)

    def published(self, kind: type[Kind]) -> list[Kind]:
        """Return the published events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def received(self) -> list[tuple[int, str]]:
        """Return tick and message, in hex, of the musician's messages."""
        return [(r.tick, r.message.hex(" ")) for r in self.reported if isinstance(r, Received)]


def notes_of(messages: Sequence[tuple[int, bytes]]) -> list[Note]:
    """Return note ons with their releases as notes; AssertionError if a note hangs."""
    notes: list[Note] = []
    held: dict[tuple[int, int], tuple[int, int]] = {}
    for tick, message in messages:
        key = (message[0] & 0x0F, message[1])
        if message[0] & 0xF0 == 0x90:
            assert key not in held, f"{key} gets a note on while it sounds"
            held[key] = (tick, message[2])
        elif message[0] & 0xF0 == 0x80:
            start_tick, velocity = held.pop(key)
            notes.append(Note(start_tick, max(1, tick - start_tick), key[1], velocity))
    assert held == {}, f"hanging: {held}"
    return sorted(notes, key=lambda note: (note.start_tick, note.pitch, note.velocity))


class ShippedRehearsal(Rehearsal):
    """A rehearsal with the models that ship, for tests of what they play."""

    def bundle(self, model: str) -> Bundle:
        """Return a model as it ships."""
        return load_model(model)
