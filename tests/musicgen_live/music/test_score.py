from __future__ import annotations

from itertools import islice

import pytest

from musicgen_live.music.notes import Note
from musicgen_live.music.score import Bar, Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature


def bars(count: int, *time_signatures: TimeSignatureChange) -> list[Bar]:
    return list(islice(Score((), time_signatures).bars(), count))


def test_without_a_time_signature_it_is_4_4() -> None:
    assert bars(2) == [Bar(0, 1920, TimeSignature(4, 4)), Bar(1920, 3840, TimeSignature(4, 4))]


def test_a_time_signature_lasts_until_the_next() -> None:
    assert bars(4, TimeSignatureChange(0, TimeSignature(3, 4)), TimeSignatureChange(2880, TimeSignature(6, 8))) == [
        Bar(0, 1440, TimeSignature(3, 4)),
        Bar(1440, 2880, TimeSignature(3, 4)),
        Bar(2880, 4320, TimeSignature(6, 8)),
        Bar(4320, 5760, TimeSignature(6, 8)),
    ]


def test_a_time_signature_within_a_bar_cuts_the_bar_short() -> None:
    assert bars(3, TimeSignatureChange(0, TimeSignature(4, 4)), TimeSignatureChange(2400, TimeSignature(3, 4))) == [
        Bar(0, 1920, TimeSignature(4, 4)),
        Bar(1920, 2400, TimeSignature(4, 4)),
        Bar(2400, 3840, TimeSignature(3, 4)),
    ]


def test_before_the_first_time_signature_it_is_4_4() -> None:
    assert bars(2, TimeSignatureChange(480, TimeSignature(3, 4))) == [
        Bar(0, 480, TimeSignature(4, 4)),
        Bar(480, 1920, TimeSignature(3, 4)),
    ]


@pytest.mark.parametrize(("beats", "unit"), [(0, 4), (-1, 4), (4, 0), (4, 3), (4, 256)])
def test_impossible_time_signatures_are_refused(beats: int, unit: int) -> None:
    with pytest.raises(ValueError, match=f"{beats}/{unit} is not a time signature"):
        TimeSignatureChange(0, TimeSignature(beats, unit))


def test_the_notes_of_all_parts_are_sorted_together() -> None:
    right = (Note(0, 480, 72, 80), Note(480, 480, 74, 80))
    left = (Note(0, 960, 48, 80),)
    assert Score((right, left)).notes == (right[0], left[0], right[1])
