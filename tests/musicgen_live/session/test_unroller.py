"""The ticks of musician and model over the loops of a DAW, and the notes that the player gets for the next pass."""

from __future__ import annotations

from musicgen_live.interfaces.events import BarBegan, Event, Granted, Planned, Played
from musicgen_live.music.notes import Note
from musicgen_live.music.position import Position
from musicgen_live.player.commands import Command, Cut, Feed, Finish, Replace, SetMute, Stop, YieldTo
from musicgen_live.player.reports import Received
from musicgen_live.session.unroller import Unroller

BAR = 1920


def note(tick: int, pitch: int = 60) -> Note:
    return Note(tick, 240, pitch, 80)


class Daw:
    """A DAW at 120 BPM behind an unroller; `sent` and `events` are what comes out of it."""

    def __init__(self) -> None:
        self.sent: list[Command] = []
        self.events: list[Event] = []
        self.unroller = Unroller(self.sent.append, self.events.append, BAR)
        self._now_s = 1.0

    def beats(self, first_tick: int, count: int) -> list[int]:
        """Report the positions at beats from a tick on; return the ticks of the session."""
        return [self._report(first_tick + 480 * beat) for beat in range(count)]

    def _report(self, tick: int) -> int:
        report = self.unroller.handle(Position(tick, self._now_s, 120.0, runs=True))
        self._now_s += 0.5
        assert isinstance(report, Position)
        return report.tick

    def taken(self) -> list[Command]:
        """Return what was sent since the last call, without the mere forgetting of what has passed."""
        taken = [command for command in self.sent if not (isinstance(command, Replace) and not command.notes)]
        self.sent.clear()
        return taken


def looped(bars: int = 2) -> Daw:
    """Return a DAW that has gone back to bar 1 once, after some bars."""
    daw = Daw()
    daw.beats(0, 4 * bars)
    daw.beats(0, 1)
    daw.taken()
    return daw


def test_ticks_go_on_in_every_pass() -> None:
    daw = Daw()
    assert daw.beats(0, 8)[-1] == 2 * BAR - 480
    assert daw.beats(0, 8) == [2 * BAR + 480 * beat for beat in range(8)]
    assert daw.beats(0, 1) == [4 * BAR]


def test_a_jump_within_a_bar_goes_on_in_the_same_place_of_the_next_bar() -> None:
    daw = Daw()
    daw.beats(0, 6)
    # From the middle of bar 2 to the second beat of bar 1.
    assert daw.beats(480, 2) == [2 * BAR + 480, 2 * BAR + 960]


def test_what_is_planned_is_fed_again_where_the_daw_goes_on() -> None:
    daw = Daw()
    daw.beats(0, 6)
    daw.unroller.send(Feed((note(2 * BAR, 62), note(2 * BAR + 480, 64))))
    daw.unroller.publish(Planned(2 * BAR, 3 * BAR, (note(2 * BAR, 62), note(2 * BAR + 480, 64))))
    daw.beats(3 * 960, 2)
    daw.taken()
    daw.beats(0, 1)
    assert daw.taken() == [Cut(0), Feed((note(0, 62), note(480, 64)))]
    assert daw.events[-1] == Planned(0, BAR, (note(0, 62), note(480, 64)))


def test_commands_have_the_ticks_of_the_pass() -> None:
    daw = looped()
    # A second beat ahead: the third bar of the session is the first of the second pass.
    for command in (
        Cut(2 * BAR + 960, True),
        YieldTo(2 * BAR, 2 * BAR + 480),
        Finish(3 * BAR),
        SetMute(True, 2 * BAR + 480),
        SetMute(True),
        Stop(),
    ):
        daw.unroller.send(command)
    assert daw.taken() == [Cut(960, True), YieldTo(0, 480), Finish(BAR), SetMute(True, 480), SetMute(True), Stop()]


def test_the_player_yields_to_the_musician_where_the_turn_begins_in_the_next_pass() -> None:
    daw = Daw()
    daw.beats(0, 8)
    daw.unroller.send(YieldTo(2 * BAR, 2 * BAR + 480))
    daw.beats(0, 1)
    assert daw.taken() == [YieldTo(2 * BAR, 2 * BAR + 480), Cut(0), Feed(()), YieldTo(0, 480)]


def test_the_end_of_the_take_is_where_it_was() -> None:
    daw = Daw()
    daw.beats(0, 8)
    daw.unroller.send(Finish(4 * BAR))
    daw.beats(0, 1)
    assert daw.taken()[-1] == Finish(2 * BAR)


def test_the_player_has_the_next_pass_behind_its_playhead() -> None:
    daw = looped()
    # Bar 5 of the session is bar 1 of the third pass.
    planned = tuple(note(4 * BAR + 480 * beat, 60 + beat) for beat in range(4))
    daw.unroller.send(Feed(planned))
    assert daw.taken() == [Feed(tuple(note(2 * BAR + 480 * beat, 60 + beat) for beat in range(4)))]
    daw.beats(480, 3)
    # At the fourth beat, the first two have passed by more than a quarter.
    assert daw.taken()[-1] == Replace(0, 960, (note(0, 60), note(480, 61)))
    daw.beats(BAR, 1)
    assert daw.taken() == [Replace(0, 1440, (note(0, 60), note(480, 61), note(960, 62)))]


def test_a_cut_reaches_the_next_pass() -> None:
    daw = looped()
    daw.unroller.send(Feed(tuple(note(4 * BAR + 480 * beat, 60 + beat) for beat in range(4))))
    daw.beats(480, 4)
    daw.taken()
    daw.unroller.send(Cut(4 * BAR))
    daw.unroller.send(Feed((note(4 * BAR, 72),)))
    # The tick of the first cut is behind the end of the loop, where the DAW may go on, too.
    assert daw.sent[:2] == [Cut(2 * BAR), Replace(0, 1440, ())]
    assert daw.taken()[-2:] == [Feed((note(2 * BAR, 72),)), Replace(0, 1440, (note(0, 72),))]


def test_the_player_forgets_what_has_passed() -> None:
    daw = Daw()
    daw.unroller.send(Feed((note(0), note(480))))
    daw.sent.clear()
    daw.beats(0, 4)
    assert daw.sent == [Replace(0, 480), Replace(480, 960)]


def test_keys_have_the_ticks_of_the_session() -> None:
    daw = looped()
    early, on = (Received("input", tick, 5.0, b"\x90\x3c\x50") for tick in (-20, 480))
    assert daw.unroller.handle(early) == Received("input", 2 * BAR - 20, 5.0, b"\x90\x3c\x50")
    assert daw.unroller.handle(on) == Received("input", 2 * BAR + 480, 5.0, b"\x90\x3c\x50")


def test_observers_get_the_bars_of_the_daw() -> None:
    daw = looped()
    daw.unroller.publish(Played(2 * BAR + 480, 60, 80))
    for bar in (3, 4, 5, 6):
        daw.unroller.publish(Granted("velocity", 99, bar))
    assert daw.events[1:] == [Played(480, 60, 80), *(Granted("velocity", 99, bar) for bar in (1, 2, 1, 2))]


def test_a_bar_taken_for_the_one_behind_the_loop_is_put_right() -> None:
    daw = Daw()
    daw.beats(0, 8)
    daw.unroller.publish(BarBegan(3))
    daw.beats(0, 1)
    daw.unroller.publish(BarBegan(3))
    assert [event for event in daw.events if isinstance(event, BarBegan)] == [BarBegan(3), BarBegan(1)]


def test_music_that_begins_anew_counts_as_the_daw_does() -> None:
    daw = looped()
    daw.unroller.handle(Position(960, 6.0, 120.0, runs=False))
    assert not daw.unroller.has_restarted(6.5)
    daw.unroller.handle(Position(5 * BAR, 8.0, 120.0, runs=True))
    assert daw.unroller.has_restarted(8.0)
    assert daw.unroller.begin_again() == Position(5 * BAR, 8.0, 120.0, runs=True)
    assert not daw.unroller.has_restarted(9.0)
    daw.taken()
    daw.unroller.send(Cut(6 * BAR))
    assert daw.taken() == [Cut(6 * BAR)]
