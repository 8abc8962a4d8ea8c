"""The bars behind the playhead after a change: the player gets them anew when they have passed, or at a jump."""

from __future__ import annotations

from musicgen_live.generation.composer import Bar
from musicgen_live.music.meter_map import Meter
from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import COMMON_TIME
from musicgen_live.player.commands import Command, Replace
from musicgen_live.session.output_transform import OutputTransform
from musicgen_live.session.passed_music import BARS_AT_ONCE, PassedMusic

BAR = 1920
METER = Meter(0, 1, COMMON_TIME)
OCTAVE_UP = OutputTransform(octave=1)


def bar(number: int) -> Bar:
    """Bar `number`, from 1, with one note at its beginning."""
    tick = (number - 1) * BAR
    return Bar(tick, tick + BAR, (Note(tick, 480, 60, 80),), ())


def passed_music() -> tuple[PassedMusic, list[Command]]:
    sent: list[Command] = []
    return PassedMusic(
        sent.append, lambda bars: (OCTAVE_UP((note for each in bars for note in each.notes), METER), ())
    ), sent


def test_an_outdated_bar_is_replaced_by_nothing_when_it_has_passed() -> None:
    passed, sent = passed_music()
    passed.outdate([bar(1), bar(2)])
    passed.replace_before(2 * BAR - 1)
    assert sent == [Replace(0, BAR)]
    passed.replace_before(2 * BAR)
    assert sent[1:] == [Replace(BAR, 2 * BAR)]


def test_a_bar_that_comes_again_is_sent_as_it_is_now() -> None:
    passed, sent = passed_music()
    passed.send_again([bar(2)])
    passed.replace_before(2 * BAR)
    assert sent == [Replace(BAR, 2 * BAR, (Note(BAR, 480, 72, 80),))]
    passed.replace_all()
    assert len(sent) == 1


def test_the_latest_change_of_a_bar_counts() -> None:
    passed, sent = passed_music()
    passed.send_again([bar(1)])
    passed.outdate([bar(1)])
    passed.replace_all()
    assert sent == [Replace(0, BAR)]


def test_many_bars_are_replaced_some_at_once() -> None:
    passed, sent = passed_music()
    passed.send_again(bar(number) for number in range(1, BARS_AT_ONCE + 3))
    passed.replace_before(100 * BAR)
    assert len(sent) == BARS_AT_ONCE
    passed.replace_before(100 * BAR)
    assert len(sent) == BARS_AT_ONCE + 2
