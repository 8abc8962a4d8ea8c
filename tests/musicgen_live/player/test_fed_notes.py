"""The notes to be played, and what comes next."""

from musicgen_live.music.notes import Note
from musicgen_live.player.schedule import FedNotes


def note(tick: int, pitch: int = 60) -> Note:
    return Note(tick, 240, pitch, 80)


def test_notes_come_in_order_and_those_of_a_tick_as_they_were_added() -> None:
    part = FedNotes()
    assert part.next_tick is None
    assert all(part.add(each) for each in (note(480), note(0, 64), note(0, 60)))
    assert part.next_tick == 0
    assert part.take(0) == [note(0, 64), note(0, 60)]
    assert part.take(480) == [note(480)]
    assert part.take(960) == []


def test_a_note_that_comes_too_late_for_its_place_is_handed_back_once() -> None:
    part = FedNotes()
    part.add(note(480))
    part.take(480)
    assert not part.add(note(240))
    assert part.next_tick is None
    part.jump(0)
    assert part.take(240) == [note(240)]


def test_what_was_played_can_be_played_again() -> None:
    part = FedNotes()
    for tick in (0, 480, 960):
        part.add(note(tick))
        part.take(tick)
    part.jump(300)
    assert [part.take(tick) for tick in (480, 960)] == [[note(480)], [note(960)]]


def test_what_is_before_the_place_gone_to_is_not_late() -> None:
    part = FedNotes(from_tick=960)
    assert part.add(note(0))
    assert part.add(note(959))
    assert part.next_tick is None
    assert part.add(note(960))
    assert part.next_tick == 960


def test_what_is_cut_is_forgotten_played_or_not() -> None:
    part = FedNotes()
    for tick in (0, 480, 960):
        part.add(note(tick))
    part.take(0)
    part.take(480)
    assert part.cut(480) == [note(480), note(960)]
    assert part.next_tick is None
    assert part.add(note(720))
    assert part.next_tick == 720
    part.jump(0)
    assert [part.take(tick) for tick in (0, 720)] == [[note(0)], [note(720)]]


def test_what_comes_in_the_place_of_what_was_played_is_played_when_the_music_comes_by_again() -> None:
    part = FedNotes()
    for tick in (0, 480, 960):
        part.add(note(tick))
    part.take(0)
    part.take(480)
    part.cut(480)
    assert all(part.add(each) for each in (note(480, 72), note(500, 74)))
    assert part.next_tick == 500
    part.jump(0)
    assert [part.take(tick) for tick in (0, 480, 500)] == [[note(0)], [note(480, 72)], [note(500, 74)]]


def test_what_comes_for_places_that_are_past_is_not_played_late() -> None:
    part = FedNotes()
    part.add(note(0))
    part.take(0)
    part.cut(480, past_tick=700)
    assert all(part.add(note(tick)) for tick in (480, 699, 700))
    assert part.next_tick == 700


def test_a_cut_ahead_leaves_what_is_late_before_it_as_it_is() -> None:
    part = FedNotes()
    part.add(note(480))
    part.take(480)
    part.cut(960, past_tick=700)
    assert not part.add(note(240))
