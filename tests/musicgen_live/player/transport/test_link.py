"""What an Ableton Link session makes of the music."""

from __future__ import annotations

from musicgen_live.music.position import Position
from musicgen_live.music.time_signature import COMMON_TIME
from musicgen_live.player.protocol import Feed, LinkState, Notice
from musicgen_live.player.transport.base import Started, Stopped, TransportEvent
from musicgen_live.player.transport.link import LinkTransport

FOUR = COMMON_TIME
BAR, BEAT = 1920, 480


def state(at_s: float, plays: bool = False, tempo: float = 120, first_beat: float = 9.0) -> LinkState:
    """A session of 120 BPM that is `first_beat` beats old at 0 s."""
    return LinkState(at_s, first_beat + at_s * tempo / 60, tempo, plays)


def joined(**known: object) -> tuple[LinkTransport, list[TransportEvent]]:
    follower = LinkTransport(FOUR, **known)  # type: ignore[arg-type]
    return follower, follower.receive(state(0.0))


def test_the_music_begins_at_the_next_bar_line_of_the_session() -> None:
    # Beat 9 is the second of a bar: the next one begins three beats later.
    follower, events = joined()
    assert events == [Notice("In the Link session, at 120 BPM."), Started(-3 * BEAT, is_jump=True)]
    assert follower.runs
    assert (follower.due_s(0), follower.tick_at(1.5), follower.tick_at(2.0)) == (1.5, 0, BEAT)


def test_a_bar_line_that_is_too_near_is_not_taken() -> None:
    follower = LinkTransport(FOUR)
    assert follower.receive(state(0.0, first_beat=11.95))[1] == Started(-BAR - 24, is_jump=True)


def test_a_count_in_begins_at_a_bar_line_too() -> None:
    follower, events = joined(count_in_bars=1)
    assert events[1] == Started(-3 * BEAT - BAR, is_jump=True)
    assert follower.due_s(-BAR) == 1.5


def test_the_tempo_of_the_session_is_followed() -> None:
    follower, _ = joined()
    # At 1.5 s the session is at beat 12, and from there on at 60 BPM.
    assert follower.receive(LinkState(1.5, 12.0, 60.0, False)) == []
    assert (follower.tempo, follower.due_s(BEAT)) == (60, 2.5)


def test_a_shared_stop_halts_and_a_shared_start_begins_again_at_a_bar_line() -> None:
    follower, _ = joined()
    follower.receive(state(1.0, plays=True))
    # That start, at beat 11, began it anew at beat 12, which is at 1.5 s.
    assert follower.tick_at(3.0) == 3 * BEAT
    assert follower.receive(state(3.0)) == [
        Stopped(3 * BEAT),
        Notice("Stopped at bar 1, beat 4; the notes are released."),
    ]
    assert (follower.runs, follower.tick_at(9.0)) == (False, 3 * BEAT)
    # At 3.25 s it is beat 15.5; the bar line is at 16.
    assert follower.receive(state(3.25, plays=True)) == [Started(-BEAT // 2, is_jump=True)]


def test_a_session_joined_later_is_followed_with_its_phase() -> None:
    follower, _ = joined()
    follower.receive(state(4.0))
    # The music is at bar 2, beat 2; the other session is on the fourth beat of a bar.
    events = follower.receive(LinkState(4.02, 1003.0, 120.0, False))
    assert events[0] == Stopped(5 * BEAT + 19)
    assert events[1] == Started(7 * BEAT, is_jump=True)


def test_another_player_goes_on_in_phase() -> None:
    # The music was at its tick 3,840 when the session was at beat 20.
    follower = LinkTransport(FOUR, resume=Position(3840, 5.5, 120.0, runs=True, take_tick=7680))
    assert follower.receive(state(6.5)) == []
    assert follower.runs
    assert follower.tick_at(6.5) == 3840 + 2 * BEAT


def test_what_is_no_link_is_passed_over() -> None:
    follower, _ = joined()
    assert (follower.receive(Feed(())), follower.timeout(99.0), follower.timeout_s, follower.limit_tick) == (
        [],
        [],
        None,
        None,
    )
