"""Another time signature beside a musician, on the manual clock: turns and phrases before it, behind it and across."""

from __future__ import annotations

from musicgen_live.config.parameter import Change
from musicgen_live.interfaces.events import Granted, MeterChanged, Refused, TurnBegan, UserMessage
from musicgen_live.player.commands import Stop
from musicgen_live.player.reports import TakeMeter
from musicgen_live.session.listening.decisions import ListenOptions
from tests.support.musician import SONATINA, keys
from tests.support.rehearsal import Rehearsal, Script

TO_WALTZ = Change("meter", "3/4")
CONTINUE, ANSWER, FOLLOW = ListenOptions(), ListenOptions("answer", answer_bars=4), ListenOptions("follow")


def quarters(from_s: float, count: int) -> Script:
    """Return quarter notes at 120 BPM, each held for 0.4 s."""
    return keys(*((from_s + 0.5 * i, from_s + 0.5 * i + 0.4, 60 + i % 8) for i in range(count)))


def played(listen_options: ListenOptions, *scripts: Script, until_s: float) -> Rehearsal:
    """Play with a musician whose first note, in bar 1, is at 0 s."""
    script = sorted((entry for each in scripts for entry in each), key=lambda entry: entry[0])
    return Rehearsal(SONATINA, [*script, (until_s, Stop())], 3, listen_options=listen_options)


def own_onsets(rehearsal: Rehearsal) -> list[int]:
    """Return the ticks at which notes of the network begin."""
    return sorted({note.start_tick for note in rehearsal.notes()})


def test_a_turn_keeps_its_bars_across_a_time_signature() -> None:
    # A phrase in bar 1, and four bars of an answer: bar 3 of 4/4, and 4, 5 and 6 of 3/4.
    answered = played(ANSWER, quarters(0.0, 4), [(4.5, TO_WALTZ)], until_s=14.0)
    assert [(event.tick, event.bar) for event in answered.published(MeterChanged)] == [(5760, 4)]
    end_tick = 5760 + 3 * 1440
    assert answered.published(TurnBegan)[-2:] == [TurnBegan("network", 3840, end_tick), TurnBegan("you", end_tick)]
    assert end_tick - 1440 <= own_onsets(answered)[-1] < end_tick


def test_the_answer_to_a_phrase_in_it_has_its_bars() -> None:
    # The answer is in bars 3 to 6, all of 3/4; a phrase is in bar 7, from 10 s to 11.5 s, its answer in bars 9 to 12.
    answered = played(ANSWER, quarters(0.0, 4), [(2.5, TO_WALTZ)], quarters(10.0, 3), until_s=20.0)
    assert TurnBegan("network", 3840, 9600) in answered.published(TurnBegan)
    line_tick = 3840 + 6 * 1440
    assert answered.published(TurnBegan)[-2:] == [
        TurnBegan("network", line_tick, line_tick + 4 * 1440), TurnBegan("you", line_tick + 4 * 1440),
    ]  # fmt: skip
    onsets = [tick for tick in own_onsets(answered) if tick >= 9600]
    assert line_tick <= onsets[0] <= line_tick + 20
    assert line_tick + 3 * 1440 <= onsets[-1] < line_tick + 4 * 1440


def test_the_network_comes_in_at_its_bar_line() -> None:
    # The network plays from bar 3 on; 3/4 begins with bar 4, and a phrase of one bar of it is in bar 6.
    script = [quarters(0.0, 4), [(4.5, TO_WALTZ)], quarters(9.0, 3)]
    onsets = own_onsets(played(CONTINUE, *script, until_s=14.0))
    assert [tick for tick in onsets if 3840 <= tick < 5760] != []
    # As the phrase of a bar may well go on, 20 ms late.
    assert next(tick for tick in onsets if tick >= 8640) == 3 * 1920 + 3 * 1440 + 19


def test_a_turn_that_is_over_does_not_begin_again_with_it() -> None:
    # The answer in bars 3 to 6 is over at 12 s; 3/4 begins with bar 8, at 14 s, in the musician's turn.
    over = played(ANSWER, quarters(0.0, 4), [(12.5, TO_WALTZ)], quarters(14.0, 3), until_s=22.0)
    assert [(event.tick, event.bar) for event in over.published(MeterChanged)] == [(13440, 8)]
    # A listener that took the turn to go on would have the phrase end it.
    turns = over.published(TurnBegan)
    line_tick = 13440 + 2 * 1440
    assert turns[-2:] == [
        TurnBegan("network", line_tick, line_tick + 4 * 1440), TurnBegan("you", line_tick + 4 * 1440),
    ]  # fmt: skip
    assert [turn for turn in turns if turn.tick == 13440] == []


def test_a_musician_who_plays_before_it_does_not_take_it_back() -> None:
    # The network plays from bar 2 on. In bar 3, 3/4 is planned for bar 4; then the musician plays to the line.
    script = [quarters(0.0, 4), [(4.2, TO_WALTZ)], quarters(5.0, 2)]
    broken = played(CONTINUE, *script, until_s=12.0)
    assert [report for report in broken.reported if isinstance(report, TakeMeter)] == [TakeMeter(5760, "3/4")]
    assert broken.published(Refused) == []
    onsets = own_onsets(broken)
    assert [tick for tick in onsets if 4800 <= tick < 5760] == []
    # It comes in on a bar line of 3/4.
    entry_tick = next(tick for tick in onsets if tick >= 4800)
    assert (entry_tick - 5760) % 1440 <= 20


def test_a_phrase_before_it_is_read() -> None:
    def answer(*scripts: Script) -> list[tuple[int, int]]:
        rehearsal = played(CONTINUE, *scripts, [(2.5, TO_WALTZ)], until_s=9.0)
        return [(note.start_tick, note.pitch) for note in rehearsal.notes() if note.start_tick >= 3840]

    # Two bars of 4/4, and then the network in 3/4.
    phrase, other = quarters(0.0, 8), keys(*((0.5 * i, 0.5 * i + 0.4, 72 - i) for i in range(8)))
    assert answer(phrase)[0][0] <= 3840 + 20
    assert answer(phrase) != answer(other)


def test_a_phrase_that_crosses_it_goes_on() -> None:
    crossed = played(CONTINUE, quarters(0.0, 12), [(2.5, TO_WALTZ)], until_s=12.0)
    assert [(e.name, e.bar) for e in crossed.published(Granted)] == [("meter", 3)]
    assert [event for event in crossed.published(UserMessage) if "not understood" in event.text] == []
    # The last note ends in beat 1 of bar 4, at 5.9 s; the network comes in with bar 5.
    assert own_onsets(crossed)[0] in range(3840 + 2 * 1440, 3840 + 2 * 1440 + 21)


def test_the_network_follows_through_it() -> None:
    followed = played(FOLLOW, [(0.5, TO_WALTZ)], quarters(1.0, 12), until_s=9.0)
    assert [(e.name, e.bar) for e in followed.published(Granted)] == [("meter", 2)]
    assert [event for event in followed.published(UserMessage) if "not understood" in event.text] == []
    onsets = own_onsets(followed)
    assert all(any(line <= tick < line + 1440 for tick in onsets) for line in range(1920, 1920 + 4 * 1440, 1440))


def test_a_musician_may_begin_in_another_one() -> None:
    script = [[(0.5, TO_WALTZ)], quarters(1.0, 3)]
    begun = played(CONTINUE, *script, until_s=9.0)
    assert [(event.tick, event.bar) for event in begun.published(MeterChanged)] == [(0, 1)]
    # The phrase has one bar of 3/4; as it may well go on, the network comes in 20 ms late.
    assert own_onsets(begun)[0] == 1440 + 19


def test_chords_on_a_keyboard_hold_from_it_on() -> None:
    chord = keys((2.6, 5.0, 60), (2.6, 5.0, 64), (2.6, 5.0, 67), source="chords")
    script = [(2.2, TO_WALTZ), *chord, (9.0, Stop())]
    followed = Rehearsal(SONATINA, script, 3, follows_chords=True)
    assert [(e.name, e.value, e.bar) for e in followed.published(Granted)] == [("meter", "3/4", 3), ("chords", "C", 3)]
    assert followed.published(Refused) == []
