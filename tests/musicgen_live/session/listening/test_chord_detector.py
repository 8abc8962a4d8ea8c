"""Chords held on a keyboard: which one is in force."""

from __future__ import annotations

from musicgen_live.session.listening.chord_detector import ChordDetector


def play(held: ChordDetector, *events: tuple[float, str]) -> list[tuple[float, str]]:
    """Strike (`+60`) and release (`-60`) keys at moments in seconds; what came into force, and by when it was known."""
    found = []
    for at_s, keys in events:
        if held.timeout_s is not None and held.timeout_s <= at_s:
            alarm_s = held.timeout_s
            if chord := held.reach(alarm_s):
                found.append((round(alarm_s, 3), chord.symbol))
        for key in keys.split():
            pitch = int(key[1:])
            chord = held.receive(at_s, bytes((0x90 if key[0] == "+" else 0x80, pitch, 80)))
            assert chord is None
    return found


def test_a_chord_is_in_force_once_the_fingers_have_landed_and_until_the_next() -> None:
    held = ChordDetector()
    found = play(
        held,
        (1.0, "+48"),
        (1.012, "+52"),
        (1.025, "+55"),
        (2.0, "-48 -52 -55"),
        (3.0, "+50 +53 +57 +60"),
        (3.01, "-50 -53 -57 -60"),
        (4.0, ""),
    )
    assert found == [(1.055, "C"), (3.03, "Dm7")]
    assert held.chord
    assert held.chord.symbol == "Dm7"
    assert held.chord.classes == {2, 5, 9, 0}


def test_one_note_changes_nothing() -> None:
    held = ChordDetector()
    assert play(held, (1.0, "+48 +60"), (2.0, "-48 -60"), (3.0, "+50"), (4.0, "")) == []
    assert held.chord is None


def test_a_chord_that_is_bound_to_the_next_is_no_part_of_it() -> None:
    bound = play(
        ChordDetector(), (1.0, "+48 +52 +55"), (2.0, "+50 +53 +57"), (2.01, "-48 -52"), (2.02, "-55"), (3.0, "")
    )
    assert bound == [(1.03, "C"), (2.03, "Dm")]


def test_a_key_that_comes_up_soon_after_is_taken_out_again() -> None:
    late = play(ChordDetector(), (1.0, "+48 +52 +55"), (2.0, "+50 +53 +57"), (2.15, "-48 -52 -55"), (3.0, ""))
    assert late[0] == (1.03, "C")
    assert late[-1] == (2.18, "Dm")


def test_keys_that_join_make_the_chord_larger_and_lifting_it_makes_no_other() -> None:
    found = play(
        ChordDetector(), (1.0, "+48 +52 +55"), (2.0, "+58"), (3.0, "-48"), (3.1, "-52"), (3.2, "-55 -58"), (4.0, "")
    )
    assert found == [(1.03, "C"), (2.03, "C7")]


def test_the_lowest_note_is_the_bass() -> None:
    assert play(ChordDetector(), (1.0, "+40 +48 +55"), (2.0, "")) == [(1.03, "C/E")]


def test_the_same_chord_again_is_nothing_new_and_a_lost_keyboard_keeps_it() -> None:
    held = ChordDetector()
    assert len(play(held, (1.0, "+48 +52 +55"), (2.0, "-48 -52 -55"), (3.0, "+60 +64 +67"), (4.0, ""))) == 1
    assert play(held, (4.5, "-60 -64 -67")) == []
    assert play(held, (5.0, "+50 +53 +57"), (6.0, "")) == [(5.03, "Dm")]
