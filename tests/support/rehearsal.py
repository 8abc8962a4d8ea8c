"""A conductor and the real player on a manual clock, with a script of what is asked for, played, and when."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from queue import SimpleQueue
from typing import TypeVar

from musicgen_live.config.library import model_path
from musicgen_live.config.parameters import Change
from musicgen_live.config.settings import Settings
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.interfaces.events import Asked, Changed, Event
from musicgen_live.midi.memory_output import MemoryOutput
from musicgen_live.model.bundle import Bundle
from musicgen_live.music.notes import Note
from musicgen_live.music.tempo_map import TempoMap
from musicgen_live.player.clock import Mailbox
from musicgen_live.player.delay_compensation import Route
from musicgen_live.player.engine import Player
from musicgen_live.player.protocol import Command, Received, Report
from musicgen_live.player.transport.internal import InternalTransport
from musicgen_live.session.conductor import Conductor
from musicgen_live.session.context import SessionContext
from musicgen_live.session.interaction import Interaction
from musicgen_live.session.listening.decisions import ListenOptions
from musicgen_live.session.playhead import Playhead
from musicgen_live.session.state import LiveState

Kind = TypeVar("Kind")

Script = Sequence[tuple[float, Change | Command]]
"""Moments in seconds, rising, and what is asked for or put into the player's mailbox at each.

Where nobody has to begin, the music begins at 0.
"""


class Rehearsal:
    """Play a take with a script to its end; `messages` are what came out, `events` what was told."""

    composer_type: type[Composer] = Composer

    def __init__(
        self,
        settings: Settings,
        script: Script = (),
        seed: int = 0,
        *,
        listen_options: ListenOptions | None = None,
        hears_chords: bool = False,
    ) -> None:
        performance = Performance.load(settings, seed)
        settings = performance.settings
        self.bar_ticks = settings.bar_ticks
        self.events: list[Event] = []
        self.reported: list[Report] = []
        self._reports: deque[Report] = deque()
        self._mailbox: Mailbox = SimpleQueue()
        self._script = deque(script)
        self._now_s = 0.0
        self._bundles = {settings.model: performance.bundle}
        self.composer = self.composer_type(performance)
        hands = SessionContext(self._send, self.events.append, self.now_s, self._load)
        self._time = Playhead(settings.tempo, settings.bar_ticks, follows=False)
        plays = listen_options is None or listen_options.mode == "follow"
        self.conductor = Conductor(self.composer, LiveState(settings), self._time, seed, hands, plays=plays)
        self._duet: Interaction | None = None
        if listen_options is not None or hears_chords:
            meter = settings.time_signature
            self._duet = Interaction(listen_options, meter, self.conductor, self._time, hands, begins=not plays)
        self.output = MemoryOutput()
        player = Player(
            self,
            InternalTransport(TempoMap(((0, settings.tempo),))),
            [Route(self.output)],
            channel=settings.channel - 1,
            max_note_ticks=settings.max_note_ticks,
            report=self._reports.append,
        )
        player.run(self._mailbox)
        self._conduct()

    def _load(self, model: str) -> Bundle:
        if model not in self._bundles:
            self._bundles[model] = Bundle.load(model_path(model))
        return self._bundles[model]

    def _work(self) -> bool:
        return (self._duet is not None and self._duet.work()) or self.conductor.work()

    def _conduct(self) -> None:
        """All that there is to do, as `LiveSession` does it."""
        while self._reports or self._work():
            while self._reports:
                self._hear(self._reports.popleft())

    def _hear(self, report: Report) -> None:
        self.reported.append(report)
        if isinstance(report, Received):
            if self._duet is not None:
                self._duet.receive(report)
            return
        before = self._time.tick_at(self._now_s)
        self.conductor.handle(report)
        if self._duet is not None:
            self._duet.handle_position(before, self._time.tick_at(self._now_s))

    def _wait_s(self) -> float:
        wait_s = self.conductor.wait_s()
        return wait_s if self._duet is None else min(wait_s, self._duet.wait_s())

    def now_s(self) -> float:
        """The clock of both."""
        return self._now_s

    def wait(self, mailbox: Mailbox, until_s: float | None) -> Command | None:
        """As `ManualClock.wait`; before time goes on, the conductor does all there is to do."""
        while True:
            self._conduct()
            if not mailbox.empty():
                return mailbox.get_nowait()
            # Never nothing at all: an alarm that rounding puts at this very moment rings a little later.
            alarm_s = self._now_s + max(1e-6, self._wait_s())
            next_s = alarm_s if until_s is None else min(until_s, alarm_s)
            if self._script and self._script[0][0] <= next_s:
                self._now_s = max(self._now_s, self._script[0][0])
                while self._script and self._script[0][0] <= self._now_s:
                    self._put(self._script.popleft()[1])
                continue
            self._now_s = max(self._now_s, next_s)
            if next_s == until_s:
                return None

    def _send(self, command: Command) -> None:
        """What the conductor sends."""
        self._mailbox.put(command)

    def _put(self, what: Change | Command) -> None:
        if isinstance(what, Change):
            self.conductor.steer(what)
        else:
            self._mailbox.put(what)

    def notes(self) -> list[Note]:
        """What was struck and released, in the order of the strikes."""
        return notes_of(self.output.messages)

    def comes_true(self) -> bool:
        """Whether nothing was told to have changed that was not granted, and of each name what was granted last was."""
        granted = [(event.name, (event.value, event.bar)) for event in self.told(Asked)]
        changed = [(event.name, (event.value, event.bar)) for event in self.told(Changed)]
        return Counter(changed) <= Counter(granted) and dict(changed) == dict(granted)

    def told(self, kind: type[Kind]) -> list[Kind]:
        """The events of a kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def heard(self) -> list[tuple[int, str]]:
        """Tick and message, in hex, of what came in."""
        return [(r.tick, r.message.hex(" ")) for r in self.reported if isinstance(r, Received)]


def notes_of(messages: Sequence[tuple[int, bytes]]) -> list[Note]:
    """Strikes with their releases; AssertionError where a note is left on."""
    notes: list[Note] = []
    held: dict[tuple[int, int], tuple[int, int]] = {}
    for tick, message in messages:
        key = (message[0] & 0x0F, message[1])
        if message[0] & 0xF0 == 0x90:
            assert key not in held, f"{key} is struck again while it sounds"
            held[key] = (tick, message[2])
        elif message[0] & 0xF0 == 0x80:
            start_tick, velocity = held.pop(key)
            notes.append(Note(start_tick, max(1, tick - start_tick), key[1], velocity))
    assert held == {}, f"left on: {held}"
    return sorted(notes, key=lambda note: (note.start_tick, note.pitch, note.velocity))
