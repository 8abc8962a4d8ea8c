"""A musician beside the model in the time of a DAW, which may be moved."""

from __future__ import annotations

import pytest

from musicgen_live.config.parameters import Change
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.interfaces.events import Asked, Changed, Event
from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.protocol import Command, Cut, Feed, Followed, Received
from musicgen_live.session.conductor import Conductor
from musicgen_live.session.context import SessionContext
from musicgen_live.session.interaction import Interaction
from musicgen_live.session.listening.decisions import ListenOptions
from musicgen_live.session.playhead import Playhead
from musicgen_live.session.state import LiveState
from tests.support.musician import BAR, CONTINUE, SONATINA

FOLLOW = ListenOptions("follow")


class Daw:
    """Tells where the music is at 120 BPM; `sent` is what the player is told then, `told` what whoever watches is."""

    def __init__(self, listen_options: ListenOptions) -> None:
        performance = Performance.load(SONATINA, 3)
        self.now_s = 0.0
        self.sent: list[Command] = []
        self.told: list[Event] = []
        self._time = Playhead(120.0, BAR, follows=True)
        hands = SessionContext(self.sent.append, self.told.append, lambda: self.now_s, lambda _: performance.bundle)
        plays, setup = listen_options.mode == "follow", LiveState(performance.settings)
        self.conductor = Conductor(Composer(performance), setup, self._time, 3, hands, plays=plays)
        self._duet = Interaction(listen_options, TimeSignature(4, 4), self.conductor, self._time, hands, begins=False)

    def work(self, now_s: float) -> None:
        """All that there is to do at a moment."""
        self.now_s = now_s
        self._duet.work()
        while self.conductor.work():
            pass

    def follow(self, now_s: float, tick: int, take_tick: int) -> None:
        """The music is at a tick."""
        self.now_s = now_s
        before = self._time.tick_at(now_s)
        self.conductor.handle(Followed(tick, take_tick, now_s, 120.0, runs=True))
        self._duet.handle_position(before, self._time.tick_at(now_s))
        self.work(now_s)

    def hear(self, now_s: float, tick: int, message: str) -> None:
        """A key, in hex."""
        self.now_s = now_s
        self._duet.receive(Received("input", tick, now_s, bytes.fromhex(message)))
        self.work(now_s)

    def played(self) -> list[Note]:
        """What the player has now."""
        notes: list[Note] = []
        for command in self.sent:
            if isinstance(command, Cut):
                notes = [note for note in notes if note.start_tick < command.tick]
            elif isinstance(command, Feed):
                notes += command.notes
        return notes

    def bars(self, *numbers: int) -> list[list[tuple[int, int]]]:
        """What the player has in bars, from 1: places within them and pitches."""
        return [
            sorted((n.start_tick % BAR, n.pitch) for n in self.played() if n.start_tick // BAR == bar - 1)
            for bar in numbers
        ]


@pytest.mark.parametrize(
    "listen_options", [CONTINUE, ListenOptions("continue", "beat"), ListenOptions("answer"), FOLLOW]
)
def test_a_daw_that_locates_into_a_bar_and_a_musician_who_plays_on_at_once(listen_options: ListenOptions) -> None:
    daw = Daw(listen_options)
    daw.follow(0.0, 0, 0)
    daw.follow(1.0, 2 * BAR + 480, BAR + 480)
    daw.hear(1.5, 2 * BAR + 960, "903c50")
    daw.hear(1.8, 2 * BAR + 1248, "803c00")
    daw.work(2.9)
    latest = [command for command in daw.sent if isinstance(command, Feed) and command.notes][-1]
    assert latest.notes[0].start_tick >= 3 * BAR


def test_what_goes_round_no_longer_does_where_the_daw_moves_the_music_and_that_is_told() -> None:
    daw = Daw(FOLLOW)
    daw.follow(0.0, 0, 0)
    daw.conductor.steer(Change("freeze", 1))
    daw.work(0.5)
    assert daw.bars(1)[0]
    assert daw.bars(2, 3) == daw.bars(1, 1)
    daw.follow(1.0, 20 * BAR + 480, BAR + 480)
    assert daw.conductor.state.freeze_bars == 0
    assert [event for event in daw.told if isinstance(event, Asked)] == [Asked("freeze", 1, 2), Asked("freeze", 0, 21)]
    # Heard where the music is now, though the first of the two never was there.
    assert [event for event in daw.told if isinstance(event, Changed)][-1] == Changed("freeze", 0, 21)
    assert min(note.start_tick for note in daw.played()) >= 21 * BAR
    first, second, third = daw.bars(22, 23, 24)
    assert first
    assert first != second != third != first
