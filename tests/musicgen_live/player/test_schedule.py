"""The schedule of a player: its order, and its contents after a cut, a jump and a stop."""

from __future__ import annotations

from musicgen_live.music.notes import Note
from musicgen_live.player.count_in import Click
from musicgen_live.player.schedule import NOTE_END, NOTE_START, Fed, Schedule

FIRST, SECOND, THIRD = (Note(tick, 240, 60, 80) for tick in (0, 240, 480))
CLICK = Click(0, 240, b"\x99\x25\x50", b"\x89\x25\x00")


def schedule() -> Schedule:
    """Return three notes, of which the first one sounds, and a click that sounds."""
    scheduled = Schedule(0)
    scheduled.feed((FIRST, SECOND, THIRD))
    assert list(scheduled.take(0)) == [(NOTE_START, FIRST)]
    scheduled.queue.put(240, NOTE_END, FIRST)
    scheduled.queue.put(240, NOTE_END, CLICK)
    return scheduled


def rest(scheduled: Schedule) -> list[tuple[int, int, Fed | Click]]:
    found = []
    while (tick := scheduled.next_tick) is not None:
        found += [(tick, kind, item) for kind, item in scheduled.take(tick)]
    return found


def test_releases_precede_note_ons_of_the_same_tick() -> None:
    assert rest(schedule()) == [
        (240, NOTE_END, FIRST), (240, NOTE_END, CLICK), (240, NOTE_START, SECOND), (480, NOTE_START, THIRD),
    ]  # fmt: skip


def test_a_cut_keeps_releases_and_forgets_the_end() -> None:
    scheduled = schedule()
    scheduled.end_tick = 720
    scheduled.cut(480, 0)
    assert rest(scheduled) == [(240, NOTE_END, FIRST), (240, NOTE_END, CLICK), (240, NOTE_START, SECOND)]
    assert scheduled.end_tick is None


def test_a_jump_empties_the_queue_and_continues_there() -> None:
    scheduled = schedule()
    scheduled.jump(480)
    assert rest(scheduled) == [(480, NOTE_START, THIRD)]


def test_after_a_stop_only_notes_are_left() -> None:
    scheduled = schedule()
    scheduled.stop()
    assert rest(scheduled) == [(240, NOTE_START, SECOND), (480, NOTE_START, THIRD)]


def test_after_a_channel_change_only_clicks_need_releases() -> None:
    scheduled = schedule()
    scheduled.forget_releases()
    assert rest(scheduled) == [(240, NOTE_END, CLICK), (240, NOTE_START, SECOND), (480, NOTE_START, THIRD)]
