"""The measure of parts counts what each rule gives to the melody and to the bass."""

from __future__ import annotations

from benchmarks.parts import agreement, our_rule, plain_rule
from musicgen_live.music.notes import Note

VIOLIN = (Note(0, 1920, 76, 80),)
VIOLA = tuple(Note(480 * beat, 480, 67 + beat % 2, 80) for beat in range(4))
CELLO = (Note(0, 1920, 48, 80),)


def test_a_held_melody_is_found_by_our_rule_alone() -> None:
    ours, plain = (agreement([(VIOLIN, VIOLA, CELLO)], rule)["melody"] for rule in (our_rule, plain_rule))
    assert (ours.given, ours.belonging, ours.both) == (1, 1, 1)
    # The viola's notes alone on their beats are the top ones there.
    assert (plain.given, plain.belonging, plain.both) == (4, 1, 1)
    assert (plain.precision, plain.recall) == (0.25, 1)


def test_the_bass_is_the_last_part() -> None:
    bass = agreement([(VIOLIN, VIOLA, CELLO)], our_rule)["bass"]
    assert (bass.given, bass.belonging, bass.both) == (1, 1, 1)


def test_the_plain_rule_goes_by_pitch_whatever_is_longer() -> None:
    assert plain_rule((Note(0, 480, 76, 80), Note(0, 960, 60, 80), Note(0, 1920, 67, 80))) == ("melody", "bass", "")
