"""The chord in force on a keyboard."""

from __future__ import annotations

from musicgen_live.session.listening.chord_detector import ChordDetector


def play(detector: ChordDetector, *events: tuple[float, str]) -> list[tuple[float, str]]:
    """Press (`+60`) and release (`-60`) keys at moments in seconds; return new chords, each after its moment."""
    found = []
    for at_s, keys in events:
        if detector.timeout_s is not None and detector.timeout_s <= at_s:
            timeout_s = detector.timeout_s
            if chord := detector.reach(timeout_s):
                found.append((round(timeout_s, 3), chord.symbol))
        for key in keys.split():
            pitch = int(key[1:])
            chord = detector.receive(at_s, bytes((0x90 if key[0] == "+" else 0x80, pitch, 80)))
            assert chord is None
    return found


def test_a_chord_settles_and_stays_until_the_next() -> None:
    detector = ChordDetector()
    found = play(
        detector,
        (1.0, "+48"),
        (1.012, "+52"),
        (1.025, "+55"),
        (2.0, "-48 -52 -55"),
        (3.0, "+50 +53 +57 +60"),
        (3.01, "-50 -53 -57 -60"),
        (4.0, ""),
    )
    assert found == [(1.055, "C"), (3.03, "Dm7")]
    assert detector.chord
    assert detector.chord.symbol == "Dm7"
    assert detector.chord.classes == {2, 5, 9, 0}


def test_one_note_changes_nothing() -> None:
    detector = ChordDetector()
    assert play(detector, (1.0, "+48 +60"), (2.0, "-48 -60"), (3.0, "+50"), (4.0, "")) == []
    assert detector.chord is None


def test_a_legato_chord_is_no_part_of_the_next() -> None:
    bound = play(
        ChordDetector(), (1.0, "+48 +52 +55"), (2.0, "+50 +53 +57"), (2.01, "-48 -52"), (2.02, "-55"), (3.0, "")
    )
    assert bound == [(1.03, "C"), (2.03, "Dm")]


def test_a_key_released_soon_after_leaves_the_chord() -> None:
    late = play(ChordDetector(), (1.0, "+48 +52 +55"), (2.0, "+50 +53 +57"), (2.15, "-48 -52 -55"), (3.0, ""))
    assert late[0] == (1.03, "C")
    assert late[-1] == (2.18, "Dm")


def test_added_keys_extend_a_chord_and_releases_keep_it() -> None:
    found = play(
        ChordDetector(), (1.0, "+48 +52 +55"), (2.0, "+58"), (3.0, "-48"), (3.1, "-52"), (3.2, "-55 -58"), (4.0, "")
    )
    assert found == [(1.03, "C"), (2.03, "C7")]


def test_the_lowest_note_is_the_bass() -> None:
    assert play(ChordDetector(), (1.0, "+40 +48 +55"), (2.0, "")) == [(1.03, "C/E")]


def test_the_same_chord_again_is_not_a_new_one() -> None:
    detector = ChordDetector()
    assert len(play(detector, (1.0, "+48 +52 +55"), (2.0, "-48 -52 -55"), (3.0, "+60 +64 +67"), (4.0, ""))) == 1
    assert play(detector, (4.5, "-60 -64 -67")) == []
    assert play(detector, (5.0, "+50 +53 +57"), (6.0, "")) == [(5.03, "Dm")]
