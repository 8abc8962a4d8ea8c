"""The transport in time with an Ableton Link session."""

from __future__ import annotations

import pytest

from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature
from musicgen_live.player.commands import Feed, LinkState
from musicgen_live.player.reports import Notice
from musicgen_live.player.transport.base import Started, Stopped, TransportEvent
from musicgen_live.player.transport.link import LinkTransport

FOUR = COMMON_TIME
BAR, BEAT = 1920, 480


def state(at_s: float, plays: bool = False, tempo: float = 120, first_beat: float = 9.0) -> LinkState:
    """Return the state of a session that is at `first_beat` at 0 s."""
    return LinkState(at_s, first_beat + at_s * tempo / 60, tempo, plays)


def begun(transport: LinkTransport) -> LinkTransport:
    """Let the music of a transport begin."""
    transport.begin(None, earliest_s=0.0)
    return transport


def joined(**known: object) -> tuple[LinkTransport, list[TransportEvent]]:
    transport = begun(LinkTransport(FOUR, **known))  # type: ignore[arg-type]
    return transport, transport.receive(state(0.0))


def test_the_music_begins_at_the_next_bar_line_of_the_session() -> None:
    # Beat 9 is the second of a bar: the next one begins three beats later.
    transport, events = joined()
    assert events == [Notice("In the Link session, at 120 BPM."), Started(-3 * BEAT, is_jump=True)]
    assert transport.runs
    assert (transport.due_s(0), transport.tick_at(1.5), transport.tick_at(2.0)) == (1.5, 0, BEAT)


def test_nothing_begins_before_there_are_notes() -> None:
    transport = LinkTransport(FOUR)
    assert [transport.receive(state(at_s)) for at_s in (0.0, 1.6)] == [[], []]
    assert (transport.awaits_begin, transport.runs) == (True, False)
    # The session that was joined meanwhile is at beat 15; the next bar line comes a beat later.
    begun(transport)
    events = transport.receive(state(3.0))
    assert events == [Notice("In the Link session, at 120 BPM."), Started(-BEAT, is_jump=True)]
    assert not transport.awaits_begin


def test_a_bar_line_that_is_too_near_is_not_taken() -> None:
    transport = begun(LinkTransport(FOUR))
    assert transport.receive(state(0.0, first_beat=11.95))[1] == Started(-BAR - 24, is_jump=True)


def test_a_count_in_begins_at_a_bar_line_too() -> None:
    transport, events = joined(count_in_ticks=BAR)
    assert events[1] == Started(-3 * BEAT - BAR, is_jump=True)
    assert transport.due_s(-BAR) == 1.5


def test_the_tempo_of_the_session_is_followed() -> None:
    transport, _ = joined()
    # At 1.5 s the session is at beat 12, and from there on at 60 BPM.
    assert transport.receive(LinkState(1.5, 12.0, 60.0, False)) == []
    assert (transport.tempo, transport.due_s(BEAT)) == (60, 2.5)


def test_a_shared_stop_stops_and_a_start_restarts_at_a_bar_line() -> None:
    transport, _ = joined()
    transport.receive(state(1.0, plays=True))
    # That start, at beat 11, restarted it at beat 12, which is at 1.5 s.
    assert transport.tick_at(3.0) == 3 * BEAT
    assert transport.receive(state(3.0)) == [
        Stopped(3 * BEAT),
        Notice("Stopped at bar 1, beat 4; the notes are released."),
    ]
    assert (transport.runs, transport.tick_at(9.0)) == (False, 3 * BEAT)
    # At 3.25 s it is beat 15.5; the bar line is at 16.
    assert transport.receive(state(3.25, plays=True)) == [Started(-BEAT // 2, is_jump=True)]


@pytest.mark.parametrize(
    ("meter", "first_beat", "bar_line"),
    [((3, 4), 100.5, 102.0), ((6, 8), 100.5, 102.0), ((5, 4), 101.0, 105.0), ((7, 8), 100.0, 101.5)],
    ids=["3/4", "6/8", "5/4", "7/8"],
)
def test_bar_1_is_on_beat_0_in_every_metre(meter: tuple[int, int], first_beat: float, bar_line: float) -> None:
    transport = begun(LinkTransport(TimeSignature(*meter)))
    transport.receive(LinkState(0.0, first_beat, 60.0, False))
    assert transport.due_s(0) == bar_line - first_beat


def test_a_session_joined_later_is_followed_with_its_phase() -> None:
    transport, _ = joined()
    transport.receive(state(4.0))
    # The music is at bar 2, beat 2; the other session is on the fourth beat of a bar.
    events = transport.receive(LinkState(4.02, 1003.0, 120.0, False))
    assert events[0] == Stopped(5 * BEAT + 19)
    assert events[1] == Started(7 * BEAT, is_jump=True)


def test_a_session_joined_before_the_music_is_awaited() -> None:
    transport, _ = joined()
    # The other session is on the second beat of a bar: bar 1 is not begun in its middle.
    events = transport.receive(LinkState(1.48, 1001.0, 120.0, False))
    assert events == [Stopped(-20), Started(-3 * BEAT, is_jump=True)]


def test_another_number_of_the_same_beat_is_no_jump() -> None:
    transport, _ = joined()
    transport.receive(state(4.0))
    # Beats keep their place in the bar; which bar it is, no peer knows.
    assert transport.receive(state(4.02, first_beat=9.0 - 3 * 4)) == []
    assert transport.tick_at(4.02) == 5 * BEAT + 19


def test_in_bars_shorter_than_a_quarter_a_jump_is_seen() -> None:
    transport = begun(LinkTransport(TimeSignature(1, 8)))
    transport.receive(state(0.0, first_beat=9.0))
    assert transport.receive(state(4.0, first_beat=9.0)) == []
    assert transport.receive(state(4.02, first_beat=9.2))[1:] == [Started(3715, is_jump=True)]


def test_a_resumed_player_continues_in_phase() -> None:
    # The music was at its tick 3,840 when the session was at beat 20.
    transport = LinkTransport(FOUR, resume=Position(3840, 5.5, 120.0, runs=True, take_tick=7680))
    assert transport.receive(state(6.5)) == []
    assert transport.runs
    assert transport.tick_at(6.5) == 3840 + 2 * BEAT


def test_other_commands_are_ignored() -> None:
    transport, _ = joined()
    assert (transport.receive(Feed(())), transport.timeout(99.0), transport.timeout_s, transport.limit_tick) == (
        [],
        [],
        None,
        None,
    )
