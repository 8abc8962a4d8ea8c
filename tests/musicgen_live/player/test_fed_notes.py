"""The notes fed to a player, and the next one."""

from musicgen_live.music.notes import Note
from musicgen_live.player.schedule import FedNotes


def note(tick: int, pitch: int = 60) -> Note:
    return Note(tick, 240, pitch, 80)


def test_notes_come_by_tick_then_in_the_order_of_adding() -> None:
    fed = FedNotes()
    assert fed.next_tick is None
    assert all(fed.add(each) for each in (note(480), note(0, 64), note(0, 60)))
    assert fed.next_tick == 0
    assert fed.take(0) == [note(0, 64), note(0, 60)]
    assert fed.take(480) == [note(480)]
    assert fed.take(960) == []


def test_a_late_note_is_refused_once() -> None:
    fed = FedNotes()
    fed.add(note(480))
    fed.take(480)
    assert not fed.add(note(240))
    assert fed.next_tick is None
    fed.jump(0)
    assert fed.take(240) == [note(240)]


def test_played_notes_can_be_played_again() -> None:
    fed = FedNotes()
    for tick in (0, 480, 960):
        fed.add(note(tick))
        fed.take(tick)
    fed.jump(300)
    assert [fed.take(tick) for tick in (480, 960)] == [[note(480)], [note(960)]]


def test_notes_before_the_first_tick_are_not_late() -> None:
    fed = FedNotes(from_tick=960)
    assert fed.add(note(0))
    assert fed.add(note(959))
    assert fed.next_tick is None
    assert fed.add(note(960))
    assert fed.next_tick == 960


def test_a_cut_removes_notes_played_or_not() -> None:
    fed = FedNotes()
    for tick in (0, 480, 960):
        fed.add(note(tick))
    fed.take(0)
    fed.take(480)
    assert fed.cut(480) == [note(480), note(960)]
    assert fed.next_tick is None
    assert fed.add(note(720))
    assert fed.next_tick == 720
    fed.jump(0)
    assert [fed.take(tick) for tick in (0, 720)] == [[note(0)], [note(720)]]


def test_replacements_of_played_notes_play_in_the_next_pass() -> None:
    fed = FedNotes()
    for tick in (0, 480, 960):
        fed.add(note(tick))
    fed.take(0)
    fed.take(480)
    fed.cut(480)
    assert all(fed.add(each) for each in (note(480, 72), note(500, 74)))
    assert fed.next_tick == 500
    fed.jump(0)
    assert [fed.take(tick) for tick in (0, 480, 500)] == [[note(0)], [note(480, 72)], [note(500, 74)]]


def test_replacements_for_past_ticks_are_skipped() -> None:
    fed = FedNotes()
    fed.add(note(0))
    fed.take(0)
    fed.cut(480, past_tick=700)
    assert all(fed.add(note(tick)) for tick in (480, 699, 700))
    assert fed.next_tick == 700


def test_a_cut_ahead_does_not_change_earlier_late_notes() -> None:
    fed = FedNotes()
    fed.add(note(480))
    fed.take(480)
    fed.cut(960, past_tick=700)
    assert not fed.add(note(240))


def test_forgotten_notes_do_not_come_again() -> None:
    fed = FedNotes()
    ticks = [0, 480, 960, 1440, 1920]
    for tick in ticks:
        fed.add(note(tick))
    for tick in ticks[:3]:
        fed.take(tick)
    for from_tick, until_tick in ((480, 960), (100, 200), (960, 1441)):
        fed.replace(from_tick, until_tick, (), past_tick=961)
        assert fed.next_tick == (1440 if until_tick < 1000 else 1920)
    fed.jump(0)
    assert [fed.take(tick) for tick in ticks] == [[note(0)], [], [], [], [note(1920)]]


def test_notes_put_behind_the_playhead_wait_for_the_next_pass() -> None:
    fed = FedNotes()
    for tick in (0, 480, 960, 1440):
        fed.add(note(tick))
    for tick in (0, 480, 960):
        fed.take(tick)
    fed.replace(0, 720, (note(480, 72), note(240, 74)), past_tick=1000)
    assert fed.next_tick == 1440
    fed.jump(0)
    assert [fed.take(tick) for tick in (240, 480, 960)] == [[note(240, 74)], [note(480, 72)], [note(960)]]


def test_of_notes_put_around_the_playhead_the_later_ones_play_now() -> None:
    fed = FedNotes()
    for tick in (0, 480, 1440):
        fed.add(note(tick))
    fed.take(0)
    fed.replace(0, 1440, (note(120, 72), note(400, 74), note(720, 76)), past_tick=400)
    assert [fed.take(tick) for tick in (400, 720, 1440)] == [[note(400, 74)], [note(720, 76)], [note(1440)]]
    fed.jump(0)
    assert fed.take(120) == [note(120, 72)]
