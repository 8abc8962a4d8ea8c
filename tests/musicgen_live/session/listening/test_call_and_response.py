"""Turns: the end of a phrase, the notes that the network reads of it, the start and the end of the model's turn."""

from __future__ import annotations

import pytest

from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.session.listening.call_and_response import CallAndResponse
from musicgen_live.session.listening.decisions import Decision, EndTurn, EnterOn, ListenOptions, Read, StartTurn
from tests.support.listening import PEDAL_DOWN, PEDAL_UP, events_of, play, unplug

BAR = 1920


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
            planned = None
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
    [(1190, 1440, 1920), (1200, 1440, 1920), (1201, 1920, 1920), (1680, 1920, 1920), (1981, 2400, 3840)],
)
def test_the_turn_starts_an_eighth_or_more_after_the_release(end: int, beat: int, bar: int) -> None:
    notes = [*EIGHTHS[:3], (720, end, 65)]
    assert entries(play(continuing("beat"), events_of(*notes), 5000), 5000) == [StartTurn(beat, None)]
    assert entries(play(continuing("bar"), events_of(*notes), 5000), 5000) == [StartTurn(bar, None)]


@pytest.mark.parametrize("end", [1681, 1900, 1920])
@pytest.mark.parametrize("enter", ["beat", "bar"])
def test_a_phrase_of_a_bar_may_be_over_at_the_line(end: int, enter: EnterOn) -> None:
    notes = [*EIGHTHS[:3], (720, end, 65)]
    assert entries(play(continuing(enter), events_of(*notes), 5000), 5000) == [StartTurn(1920, None, is_guess=True)]


def test_a_shorter_rest_can_be_set() -> None:
    listener = CallAndResponse(ListenOptions("continue", "beat", rest_ticks=0), TimeSignature(4, 4))
    legato = [(0, 250, 60), (240, 490, 62), (480, 960, 64)]
    assert entries(play(listener, events_of(*legato), 5000), 5000) == [StartTurn(960, None)]


def test_a_note_on_after_a_gap_cancels_the_turn() -> None:
    decided = play(continuing(), events_of((0, 220, 60), (240, 460, 62)), 5000)
    assert decided == [
        (220, Read((Note(0, 220, 60, 80),), 0, 960)),
        (220, StartTurn(960, None)),
        (240, EndTurn(240, ends_notes=True)),
        (460, Read((Note(240, 220, 62, 80),), 240, 960)),
        (460, StartTurn(960, None)),
    ]


def test_staccato_quarters_do_not_end_the_phrase() -> None:
    staccato = [(480 * beat, 480 * beat + 100, 60 + beat) for beat in range(8)]
    decided = play(continuing(), events_of(*staccato), 9000)
    # It might be over after a bar, which was wrong, and after two.
    assert entries(decided, 9000) == [StartTurn(1920, None, is_guess=True), StartTurn(3840, None, is_guess=True)]
    assert [decision for tick, decision in decided if tick == 1920] == [EndTurn(1920, ends_notes=True)]
    # Its own rests have 380 ticks, so a rest of 475 ends it anywhere else: at 3455, and the next beat is at 3840.
    decided = play(continuing(), events_of(*staccato[:7]), 9000)
    assert entries(decided, 9000) == [StartTurn(1920, None, is_guess=True), StartTurn(3840, None)]


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
    assert entries(decided, 9000) == [StartTurn(1440, None), StartTurn(5760, None, may_rest=True)]
    # A note on ten ticks before the beat: from then on no note of the model begins, and this note is on the beat.
    assert [decision for tick, decision in decided if tick > 2000] == [
        EndTurn(4790),
        Read((Note(4800, 310, 72, 80), Note(5040, 260, 71, 80)), 4790, 5760),
        # The phrase began with a rest, so the answer may too.
        StartTurn(5760, None, may_rest=True),
    ]
    assert not listener.listens


THREE_QUARTERS_AND_A_REST = [
    (1920 * bar + 480 * beat, 1920 * bar + 480 * beat + 450, 60 + beat) for bar in range(8) for beat in range(3)
]


@pytest.mark.parametrize(("mode", "bars"), [("continue", None), ("answer", 8)])
def test_a_rest_in_which_the_model_entered_does_not_end_the_phrase_again(mode: str, bars: int | None) -> None:
    listener = CallAndResponse(ListenOptions(mode), TimeSignature(4, 4))  # type: ignore[arg-type]
    decided = play(listener, events_of(*THREE_QUARTERS_AND_A_REST), 20000)
    # The first rest is a quarter and 30 ticks, so from then on a rest of 637 ticks ends the phrase.
    assert entries(decided, 20000) == [StartTurn(1920, 1 if bars else None), StartTurn(8 * BAR + BAR, bars)]
    assert [(tick, decision) for tick, decision in decided if tick == 1920] == [
        (1920, EndTurn(1920, ends_notes=True)),
    ]


@pytest.mark.parametrize(("tick", "is_false"), [(2399, True), (2400, False)])
def test_within_a_beat_an_entry_can_turn_out_false(tick: int, is_false: bool) -> None:
    decided = play(continuing("bar"), events_of(*THREE_QUARTERS_AND_A_REST[:3], (tick, tick + 400, 72)), 9000)
    ended = next(decision for at_tick, decision in decided if at_tick == tick and isinstance(decision, EndTurn))
    # A false entry is taken back whole; else the turn ends where the musician comes in.
    assert ended == (EndTurn(1920, ends_notes=True) if is_false else EndTurn(2400))


def test_the_next_phrase_waits_for_rests_that_are_usual() -> None:
    listener = continuing("bar")
    later = [(tick + 20 * BAR, end + 20 * BAR, pitch) for tick, end, pitch in THREE_QUARTERS_AND_A_REST]
    decided = play(listener, events_of(*THREE_QUARTERS_AND_A_REST, *later), 40 * BAR)
    # The second phrase is over at the line, as it has the usual length.
    assert [turn.at_tick // BAR for turn in entries(decided, 40 * BAR)] == [1, 9, 28]
    # A phrase without such a rest in it: the one after it need not wait.
    legato = [(40 * BAR + 480 * beat, 40 * BAR + 480 * beat + 470, 60) for beat in range(3)]
    last = [(tick + 10 * BAR, end + 10 * BAR, pitch) for tick, end, pitch in legato]
    decided = play(listener, events_of(*legato, *last), 60 * BAR)
    assert [turn.at_tick // BAR for turn in entries(decided, 60 * BAR)] == [42, 51]


def test_a_late_first_note_ends_the_turn_at_its_position() -> None:
    decided = play(continuing(), events_of(*EIGHTHS, (4815, 5100, 72)), 5000)[:-2]
    assert decided[-1] == (4815, EndTurn(4800))


def test_an_answer_is_as_long_as_the_phrase() -> None:
    listener = CallAndResponse(ListenOptions("answer"), TimeSignature(4, 4))
    # From bar 2, played early, into bar 3; the last note ends more than a thirty-second after the line of bar 4.
    phrase = [(1905, 2600, 60), (2880, 3900, 62), (3840, 4700, 64), (4800, 5821, 65)]
    decided = play(listener, events_of(*phrase), 7000)
    assert entries(decided, 7681) == [StartTurn(7680, 2)]
    assert not listener.listens
    # A beat after the entry the phrase is over for good.
    assert listener.timeout_tick == 8160
    assert play(listener, [], 7680 + 2 * BAR - 1) == []
    assert not listener.listens
    assert play(listener, [], 7680 + 2 * BAR) == []
    assert listener.listens
    assert listener.timeout_tick is None
    # The next phrase ends no turn: none is planned.
    again = play(listener, events_of((15400, 16000, 60)), 20000)
    assert again == [
        (16000, Read((Note(15400, 600, 60, 80),), 15400, 17280)),
        (16000, StartTurn(17280, 1, may_rest=True)),
    ]


@pytest.mark.parametrize("end", [5500, 5760, 5820])
def test_an_answer_to_whole_bars_begins_at_the_line(end: int) -> None:
    # The last note may end a little after the line.
    listener = CallAndResponse(ListenOptions("answer"), TimeSignature(4, 4))
    phrase = [(1905, 2600, 60), (2880, 3900, 62), (3840, 4700, 64), (4800, end, 65)]
    assert entries(play(listener, events_of(*phrase), 7000), 7681) == [StartTurn(5760, 2, is_guess=True)]


def test_two_and_two_bars_are_traded_on_the_line() -> None:
    listener = CallAndResponse(ListenOptions("answer"), TimeSignature(4, 4))
    eighths = [(240 * i, 240 * i + 230, 60 + i % 5) for i in range(16)]
    # The last one of the fourth phrase is held over the line.
    phrases = [[(at + 4 * BAR * n, end + 4 * BAR * n, pitch) for at, end, pitch in eighths] for n in range(4)]
    phrases[3][-1] = (14 * BAR - 240, 14 * BAR + 400, 60)
    decided = play(listener, events_of(*(note for phrase in phrases for note in phrase)), 20 * BAR)
    assert entries(decided, 20 * BAR) == [
        # Of the first phrase nothing is known: it might have been over after a bar.
        StartTurn(BAR, 1, is_guess=True),
        StartTurn(2 * BAR, 2, is_guess=True),
        StartTurn(6 * BAR, 2, is_guess=True),
        StartTurn(10 * BAR, 2),
        StartTurn(14 * BAR, 2),
    ]
    # The turn is planned before the held note ends.
    assert [tick for tick, decision in decided if decision == StartTurn(14 * BAR, 2)][-1] == 14 * BAR - 180


def test_the_length_of_the_answer_is_expected_of_the_first_phrase() -> None:
    listener = CallAndResponse(ListenOptions("answer", answer_bars=2), TimeSignature(4, 4))
    eighths = [(240 * i, 240 * i + 230, 60 + i % 5) for i in range(16)]
    assert entries(play(listener, events_of(*eighths), 10 * BAR), 10 * BAR) == [StartTurn(2 * BAR, 2)]


@pytest.mark.parametrize(("first", "bars", "may_rest"), [(480, 2, True), (1320, 2, True), (1440, 1, False)])
def test_an_upbeat_counts_no_bar_and_a_rest_may_be_answered_by_one(first: int, bars: int, may_rest: bool) -> None:
    listener = CallAndResponse(ListenOptions("answer"), TimeSignature(4, 4))
    phrase = [(first, 1900, 67), (1920, 2400, 60), (2400, 3400, 64)]
    assert entries(play(listener, events_of(*phrase), 9000), 9000) == [StartTurn(3840, bars, may_rest=may_rest)]


def test_an_answer_from_a_beat_ends_at_a_line() -> None:
    listener = CallAndResponse(ListenOptions("answer", "beat"), TimeSignature(4, 4))
    decided = play(listener, events_of((0, 400, 60), (480, 700, 62)), 2 * BAR - 1)
    turn = StartTurn(960, 1)
    assert entries(decided, 2 * BAR) == [turn]
    assert turn.until_tick(BAR) == 2 * BAR
    assert not listener.listens
    play(listener, [], 2 * BAR)
    assert listener.listens


def test_an_answer_of_a_given_length_can_be_interrupted() -> None:
    listener = CallAndResponse(ListenOptions("answer", answer_bars=4), TimeSignature(4, 4))
    decided = play(listener, events_of(*EIGHTHS, (3000, 3500, 60)), 3500)
    assert decided[-4:] == [
        (940, StartTurn(1920, 4)),
        (3000, EndTurn(3000)),
        # The phrase before was a bar long.
        (3500, Read((Note(3000, 500, 60, 80),), 3000, 3840)),
        (3500, StartTurn(3840, 4, is_guess=True, may_rest=True)),
    ]
    assert entries(decided, 3500) == [StartTurn(1920, 4)]


def test_the_pedal_keeps_a_phrase_open() -> None:
    events = [(0, PEDAL_DOWN), *events_of((0, 100, 60), (240, 340, 64)), (1100, PEDAL_UP)]
    assert play(continuing(), events, 3000) == [
        (1100, Read((Note(0, 1100, 60, 80), Note(240, 860, 64, 80)), 0, 1440)),
        (1100, StartTurn(1440, None)),
    ]


def test_a_long_pedal_leaves_few_notes_to_read_at_the_end() -> None:
    note_ons = [(120 * number, bytes((0x90, 40 + number, 80))) for number in range(60)]
    decided = play(continuing(), [(0, PEDAL_DOWN), *note_ons], 7200)
    reads = [decision for _, decision in decided if isinstance(decision, Read)]
    assert sum(len(read.notes) for read in reads) >= 60 - 28
    # Notes read while they sounded last until then.
    assert reads[0].notes[0] == Note(0, 2940, 40, 80)
    last = play(continuing(), [(0, PEDAL_DOWN), *note_ons, (7200, PEDAL_UP)], 7200)
    assert len([note for tick, read in last if tick == 7200 and isinstance(read, Read) for note in read.notes]) <= 28


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
