"""Turns: the end of a phrase, the notes that the network reads of it, the start and the end of the model's turn."""

from __future__ import annotations

import random

import pytest

from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.session.listening.call_and_response import CallAndResponse, listener_of
from musicgen_live.session.listening.decisions import (
    Decision,
    EndTurn,
    EnterOn,
    ListenOptions,
    Read,
    Recompose,
    StartTurn,
)
from musicgen_live.session.listening.play_along import PlayAlong

BAR = 1920
DOWN, UP = bytes.fromhex("b0407f"), bytes.fromhex("b04000")


def events_of(*notes: tuple[int, int, int]) -> list[tuple[int, bytes]]:
    """Return the messages of notes, given as (note on, release, pitch), in the order of their ticks, releases first."""
    events = [(start, 1, pitch) for start, _, pitch in notes] + [(end, 0, pitch) for _, end, pitch in notes]
    return [(tick, bytes((0x90 if is_on else 0x80, pitch, 80))) for tick, is_on, pitch in sorted(events)]


def play(
    listener: CallAndResponse | PlayAlong, events: list[tuple[int, bytes]], until_tick: int
) -> list[tuple[int, Decision]]:
    """Return the decisions, each after its tick; timeouts are kept as by `Interaction`."""
    decided: list[tuple[int, Decision]] = []
    for tick, message in [*events, (until_tick, b"")]:
        while (timeout_tick := listener.timeout_tick) is not None and timeout_tick <= tick:
            decided += [(timeout_tick, decision) for decision in listener.reach(timeout_tick)]
            assert listener.timeout_tick is None or listener.timeout_tick > timeout_tick
        decided += [(tick, decision) for decision in listener.receive(tick, message)]
    return decided


def continuing(enter: EnterOn = "beat") -> CallAndResponse:
    return CallAndResponse(ListenOptions("continue", enter), TimeSignature(4, 4))


EIGHTHS = [(0, 220, 60), (240, 460, 62), (480, 700, 64), (720, 940, 65)]


def entries(decided: list[tuple[int, Decision]], until_tick: int) -> list[StartTurn]:
    """Return the turns that began: those that were not cancelled before."""
    begun: list[StartTurn] = []
    planned: StartTurn | None = None
    for tick, decision in [*decided, (until_tick, EndTurn(until_tick))]:
        if planned and tick >= planned.at_tick:
            begun.append(planned)
        planned = decision if isinstance(decision, StartTurn) else None if isinstance(decision, EndTurn) else planned
    return begun


def test_beats_are_read_and_silence_plans_the_turn() -> None:
    # Legato: no silence until the end. The last release is at tick 1000; an eighth later is 1240.
    legato = [(0, 250, 60), (240, 490, 62), (480, 730, 64), (720, 1000, 65)]
    assert play(continuing(), events_of(*legato), 5000) == [
        # A thirty-second after the beat: the notes that began before it and have ended.
        (540, Read((Note(0, 250, 60, 80), Note(240, 250, 62, 80)), 0, 480)),
        (1000, Read((Note(480, 250, 64, 80), Note(720, 280, 65, 80)), 480, 1440)),
        (1000, StartTurn(1440, None)),
    ]
    decided = play(continuing("bar"), events_of(*legato), 5000)
    assert decided[-1] == (1000, StartTurn(1920, None))


@pytest.mark.parametrize(
    ("end", "beat", "bar"),
    [(1190, 1440, 1920), (1200, 1440, 1920), (1201, 1920, 1920), (1680, 1920, 1920), (1681, 2400, 3840)],
)
def test_the_turn_starts_an_eighth_or_more_after_the_release(end: int, beat: int, bar: int) -> None:
    notes = [*EIGHTHS[:3], (720, end, 65)]
    assert entries(play(continuing("beat"), events_of(*notes), 5000), 5000) == [StartTurn(beat, None)]
    assert entries(play(continuing("bar"), events_of(*notes), 5000), 5000) == [StartTurn(bar, None)]


def test_a_shorter_rest_can_be_set() -> None:
    listener = CallAndResponse(ListenOptions("continue", "beat", rest_ticks=0), TimeSignature(4, 4))
    legato = [(0, 250, 60), (240, 490, 62), (480, 960, 64)]
    assert entries(play(listener, events_of(*legato), 5000), 5000) == [StartTurn(960, None)]


def test_a_note_on_after_a_gap_cancels_the_turn() -> None:
    decided = play(continuing(), events_of((0, 220, 60), (240, 460, 62)), 5000)
    assert decided == [
        (220, Read((Note(0, 220, 60, 80),), 0, 960)),
        (220, StartTurn(960, None)),
        (240, EndTurn(240)),
        (460, Read((Note(240, 220, 62, 80),), 240, 960)),
        (460, StartTurn(960, None)),
    ]


def test_staccato_quarters_do_not_end_the_phrase() -> None:
    staccato = [(480 * beat, 480 * beat + 100, 60 + beat) for beat in range(8)]
    # Its own rests have 380 ticks, so a rest of 475 ends it: at 3935, and the next beat is at 4320.
    assert entries(play(continuing(), events_of(*staccato), 9000), 9000) == [StartTurn(4320, None)]


def test_one_chord_is_a_phrase_and_ends_after_a_quarter() -> None:
    chord = [(0, 470, 60), (11, 465, 64), (20, 480, 67)]
    decided = play(continuing(), events_of(*chord), 9000)
    assert decided[-2:] == [
        (480, Read((Note(0, 454, 64, 80), Note(0, 460, 67, 80), Note(0, 470, 60, 80)), 0, 960)),
        (480, StartTurn(960, None)),
    ]


def test_a_note_on_ends_the_turn_and_begins_a_phrase() -> None:
    listener = continuing()
    decided = play(listener, events_of(*EIGHTHS, (4790, 5100, 72), (5040, 5300, 71)), 9000)
    assert entries(decided, 9000) == [StartTurn(1440, None), StartTurn(5760, None)]
    # A note on ten ticks before the beat: from then on no note of the model begins, and this note is on the beat.
    assert [decision for tick, decision in decided if tick > 2000] == [
        EndTurn(4790),
        Read((Note(4800, 310, 72, 80), Note(5040, 260, 71, 80)), 4790, 5760),
        StartTurn(5760, None),
    ]
    assert not listener.listens


def test_a_late_first_note_ends_the_turn_at_its_position() -> None:
    decided = play(continuing(), events_of(*EIGHTHS, (4815, 5100, 72)), 5000)[:-2]
    assert decided[-1] == (4815, EndTurn(4800))


def test_an_answer_is_as_long_as_the_phrase() -> None:
    listener = CallAndResponse(ListenOptions("answer"), TimeSignature(4, 4))
    # From bar 2, played early, into bar 3; the last note ends a little after the line of bar 4.
    phrase = [(1905, 2600, 60), (2880, 3700, 62), (3840, 4700, 64), (4800, 5790, 65)]
    decided = play(listener, events_of(*phrase), 7000)
    assert entries(decided, 7681) == [StartTurn(7680, 2)]
    assert not listener.listens
    assert listener.timeout_tick == 7680
    assert play(listener, [], 7680 + 2 * BAR - 1) == []
    assert not listener.listens
    assert play(listener, [], 7680 + 2 * BAR) == []
    assert listener.listens
    assert listener.timeout_tick is None
    # The next phrase ends no turn: none is planned.
    again = play(listener, events_of((15400, 16000, 60)), 20000)
    assert again == [
        (16000, Read((Note(15400, 600, 60, 80),), 15400, 17280)),
        (16000, StartTurn(17280, 1)),
    ]


def test_an_answer_of_a_given_length_can_be_interrupted() -> None:
    listener = CallAndResponse(ListenOptions("answer", answer_bars=4), TimeSignature(4, 4))
    decided = play(listener, events_of(*EIGHTHS, (3000, 3500, 60)), 3500)
    assert decided[-4:-1] == [
        (940, StartTurn(1920, 4)),
        (3000, EndTurn(3000)),
        (3500, Read((Note(3000, 500, 60, 80),), 3000, 5760)),
    ]
    assert entries(decided, 3500) == [StartTurn(1920, 4)]


def test_the_pedal_keeps_a_phrase_open() -> None:
    events = [(0, DOWN), *events_of((0, 100, 60), (240, 340, 64)), (1100, UP)]
    assert play(continuing(), events, 3000) == [
        (1100, Read((Note(0, 1100, 60, 80), Note(240, 860, 64, 80)), 0, 1440)),
        (1100, StartTurn(1440, None)),
    ]


def test_a_long_pedal_leaves_few_notes_to_read_at_the_end() -> None:
    note_ons = [(120 * number, bytes((0x90, 40 + number, 80))) for number in range(60)]
    decided = play(continuing(), [(0, DOWN), *note_ons], 7200)
    reads = [decision for _, decision in decided if isinstance(decision, Read)]
    assert sum(len(read.notes) for read in reads) >= 60 - 28
    # Notes read while they sounded last until then.
    assert reads[0].notes[0] == Note(0, 2940, 40, 80)
    last = play(continuing(), [(0, DOWN), *note_ons, (7200, UP)], 7200)
    assert len([note for tick, read in last if tick == 7200 and isinstance(read, Read) for note in read.notes]) <= 28


def unplug(listener: CallAndResponse | PlayAlong, tick: int) -> tuple[Decision, ...]:
    """Unplug the keyboard: the player sends the releases of all notes that may hang."""
    releases = (UP, *(bytes((0x80, pitch, 0)) for pitch in range(58, 65)))
    return tuple(decision for message in releases for decision in listener.receive(tick, message))


def test_a_keyboard_that_is_unplugged_ends_the_phrase() -> None:
    listener = continuing()
    play(listener, [(0, bytes((0x90, 60, 80)))], 700)
    assert unplug(listener, 700) == (Read((Note(0, 700, 60, 80),), 0, 1440), StartTurn(1440, None))


def test_without_a_release_a_phrase_ends_after_16_quarters() -> None:
    decided = play(continuing(), [(0, bytes((0x90, 60, 80)))], 20000)
    assert decided == [(7680, Read((Note(0, 7680, 60, 80),), 0, 8160)), (7680, StartTurn(8160, None))]


def test_a_jump_forgets_the_phrase() -> None:
    listener = continuing()
    play(listener, events_of((0, 300, 60)), 400)
    listener.jump(9600)
    assert (listener.listens, listener.timeout_tick) == (True, None)
    assert entries(play(listener, events_of((9600, 9900, 60), (9840, 10100, 62)), 12000), 12000) == [
        StartTurn(10560, None)
    ]


def test_beats_are_those_of_the_time_signature() -> None:
    waltz = CallAndResponse(ListenOptions("continue", "bar"), TimeSignature(3, 4))
    assert entries(play(waltz, events_of((0, 250, 60), (240, 800, 62)), 9000), 9000) == [StartTurn(1440, None)]
    jig = CallAndResponse(ListenOptions("continue", "beat"), TimeSignature(6, 8))
    assert entries(play(jig, events_of((0, 250, 60), (240, 300, 62)), 9000), 9000) == [StartTurn(720, None)]


@pytest.mark.parametrize("values", [{"answer_bars": 0}, {"rest_ticks": -1}, {"lead_ticks": -1}])
def test_options_out_of_range_are_refused(values: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"can be from 1|are from 0"):
        ListenOptions("answer", **values)  # type: ignore[arg-type]


def test_play_along_passes_on_beats_with_notes() -> None:
    decided = play(
        PlayAlong(ListenOptions("follow"), TimeSignature(4, 4)), events_of((490, 700, 60), (960, 2500, 62)), 6000
    )
    assert decided == [
        # Beat 2 is over at 960.
        (1020, Recompose((Note(480, 210, 60, 80), Note(960, 960, 62, 80)), 0, 1920)),
    ]


def test_the_last_beat_is_passed_on_before_the_bar_line() -> None:
    notes = [(1450, 1600, 60), (1800, 1900, 62)]
    assert play(PlayAlong(ListenOptions("follow"), TimeSignature(4, 4)), events_of(*notes), 6000) == [
        (1740, Recompose((Note(1440, 150, 60, 80),), 0, 1920)),
        # A note too late for that bar counts for the next one, and is read with its own bar.
        (1980, Recompose((Note(1440, 150, 60, 80), Note(1800, 100, 62, 80)), 0, 3840)),
    ]


def test_play_along_decides_nothing_without_notes() -> None:
    listener = PlayAlong(ListenOptions("follow"), TimeSignature(4, 4))
    assert play(listener, [(0, DOWN), (500, UP)], 50000) == []
    assert (listener.timeout_tick, listener.listens) == (None, True)


@pytest.mark.parametrize("time_signature", [TimeSignature(4, 4), TimeSignature(6, 8), TimeSignature(5, 16)])
@pytest.mark.parametrize("enter", ["beat", "bar"])
@pytest.mark.parametrize("mode", ["continue", "answer", "follow"])
def test_random_notes_lead_to_consistent_decisions(mode: str, enter: str, time_signature: TimeSignature) -> None:
    rng = random.Random(f"{mode} {enter} {time_signature}")
    listen_options = ListenOptions(mode, enter, rest_ticks=rng.choice([0, 60, 240]))  # type: ignore[arg-type]
    listener = listener_of(listen_options, time_signature)
    bar_ticks = time_signature.bar_ticks
    check = Check(bar_ticks)
    tick = received_tick = 0
    for _ in range(2_000):
        tick += rng.choice([0, 0, 1, 7, 30, 110, 130, 240, 470, 500, 2000])
        kind = rng.random()
        if kind < 0.01:
            decisions = unplug(listener, tick)
        elif kind < 0.1:
            decisions = listener.reach(tick)
        else:
            pitch, velocity = rng.randint(58, 64), rng.choice([0, 1, 80, 127])
            message = rng.choice([bytes((0x90, pitch, velocity)), bytes((0x80, pitch, 0)), DOWN, UP, b"\xf8", b""])
            # Messages arrive a little late.
            received_tick = max(received_tick, tick - rng.choice([0, 0, 9]))
            decisions = listener.receive(received_tick, message)
        for decision in decisions:
            check(tick, decision)
        # Without any rest, the turn may start at once.
        assert listener.timeout_tick is None or listener.timeout_tick >= tick - 9
    assert check.decisions > 150
    for decision in (*unplug(listener, tick), *listener.reach(tick + 20 * BAR)):
        check(tick, decision)
    # No more notes: the model has its turn, or had it, and then listens.
    assert listener.timeout_tick is None or mode == "answer"
    listener.receive(tick + 1000 * BAR, b"")
    assert listener.timeout_tick is None
    assert listener.listens == (mode != "continue")
    last = listener.receive(tick + 1001 * BAR, bytes((0x90, 60, 80)))
    assert [type(decision) for decision in last] == ([EndTurn] if mode == "continue" else [])


class Check:
    """Carries out decisions as a composer would, and asserts that they are possible."""

    def __init__(self, bar_ticks: int) -> None:
        self.decisions = 0
        self._bar_ticks = bar_ticks
        self._read_from = self._position = 0
        self._turn: StartTurn | None = None
        self._bar_tick = 0

    def __call__(self, tick: int, decision: Decision) -> None:
        self.decisions += 1
        if isinstance(decision, EndTurn):
            assert self._turn is not None
            assert self._read_from <= decision.from_tick <= max(tick, self._turn.at_tick)
            self._position, self._turn = decision.from_tick, None
        elif isinstance(decision, Read):
            assert self._position <= decision.from_tick < decision.until_tick
            assert decision.notes
            assert all(decision.from_tick <= note.start_tick < decision.until_tick for note in decision.notes)
            assert all(20 <= note.duration_ticks <= 7680 + 60 for note in decision.notes)
            self._turn = None
            self._read_from, self._position = decision.from_tick, decision.until_tick
        elif isinstance(decision, StartTurn):
            assert self._position <= decision.at_tick
            assert decision.bars is None or 1 <= decision.bars <= 60_000
            self._position, self._turn = decision.at_tick, decision
        else:
            assert decision.bar_tick > tick - self._bar_ticks
            assert decision.from_tick < decision.bar_tick
            assert self._bar_tick <= decision.bar_tick
            assert decision.from_tick % self._bar_ticks == decision.bar_tick % self._bar_ticks == 0
            assert decision.notes
            assert all(decision.from_tick <= note.start_tick < decision.bar_tick for note in decision.notes)
            self._bar_tick = decision.bar_tick
