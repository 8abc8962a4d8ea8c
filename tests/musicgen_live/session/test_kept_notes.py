"""The notes of kept bars, from the messages of a take."""

from __future__ import annotations

from musicgen_live.midi.take_tracks import NamedTrack
from musicgen_live.music.notes import Note
from musicgen_live.session.kept_notes import loop_of
from musicgen_live.session.loop import Loop

TRACKS = (NamedTrack("melody", 0), NamedTrack("bass", 1), NamedTrack("you", 15))


def messages(*texts: tuple[int, str]) -> list[tuple[int, bytes]]:
    return [(tick, bytes.fromhex(text)) for tick, text in texts]


def test_notes_are_counted_from_the_beginning_and_end_with_the_range() -> None:
    take = messages(
        (1800, "90 30 50"), (1920, "80 30 00"), (1920, "90 3c 50"), (2400, "80 3c 00"), (2400, "91 28 40"),
        (3600, "9f 48 60"), (3840, "90 3e 50"), (3840, "81 28 00"), (4000, "8f 48 00"),
    )  # fmt: skip
    assert loop_of(take, 1920, 3840, TRACKS) == Loop(
        (Note(0, 480, 60, 80, "melody"), Note(480, 1440, 40, 64, "bass"), Note(1680, 240, 72, 96)), 0, 1920
    )


def test_a_key_that_is_struck_again_ends_its_note() -> None:
    take = messages((0, "90 3c 50"), (480, "90 3c 60"), (960, "80 3c 00"), (960, "b0 40 7f"))
    assert loop_of(take, 0, 1920, ()).source == (Note(0, 480, 60, 80), Note(480, 480, 60, 96))
