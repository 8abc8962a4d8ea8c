"""What is to be played, by tick: in which order it comes, and what is left after a cut, a jump and a halt."""

from __future__ import annotations

from musicgen_live.music.notes import Note
from musicgen_live.player.count_in import Click
from musicgen_live.player.schedule import NOTE_END, NOTE_START, Schedule

FIRST, SECOND, THIRD = (Note(tick, 240, 60, 80) for tick in (0, 240, 480))
CLICK = Click(0, 240, b"\x99\x25\x50", b"\x89\x25\x00")


def schedule() -> Schedule:
    """Three notes, of which the first is struck and has to be released; a click that has to be released too."""
    made = Schedule(0)
    made.feed((FIRST, SECOND, THIRD))
    assert list(made.take(0)) == [(NOTE_START, FIRST)]
    made.queue.put(240, NOTE_END, FIRST)
    made.queue.put(240, NOTE_END, CLICK)
    return made


def rest(made: Schedule) -> list[tuple[int, int, Note | Click]]:
    found = []
    while (tick := made.next_tick) is not None:
        found += [(tick, kind, what) for kind, what in made.take(tick)]
    return found


def test_releases_come_before_what_begins_at_the_same_tick() -> None:
    assert rest(schedule()) == [
        (240, NOTE_END, FIRST), (240, NOTE_END, CLICK), (240, NOTE_START, SECOND), (480, NOTE_START, THIRD),
    ]  # fmt: skip


def test_a_cut_leaves_what_has_to_be_released_and_forgets_the_end() -> None:
    made = schedule()
    made.end_tick = 720
    made.cut(480, 0)
    assert rest(made) == [(240, NOTE_END, FIRST), (240, NOTE_END, CLICK), (240, NOTE_START, SECOND)]
    assert made.end_tick is None


def test_a_jump_owes_nothing_and_goes_on_from_there() -> None:
    made = schedule()
    made.jump(480)
    assert rest(made) == [(480, NOTE_START, THIRD)]


def test_after_a_halt_only_notes_are_left() -> None:
    made = schedule()
    made.stop()
    assert rest(made) == [(240, NOTE_START, SECOND), (480, NOTE_START, THIRD)]


def test_on_another_channel_only_clicks_are_still_to_be_released() -> None:
    made = schedule()
    made.forget_releases()
    assert rest(made) == [(240, NOTE_END, CLICK), (240, NOTE_START, SECOND), (480, NOTE_START, THIRD)]
