"""The size of chords: notes that begin together, in all and below middle C."""

from __future__ import annotations

import numpy as np

from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.generation.chord_size import ChordSize


def left_of(limit: ChordSize, read: str, allowed: str) -> list[str]:
    """Return which of some tokens are allowed still after others."""
    for token_id in VOCABULARY.encode(read.split("|")):
        limit.advance(token_id)
    ids = VOCABULARY.encode(allowed.split("|"))
    mask = np.zeros(len(VOCABULARY), dtype=bool)
    mask[ids] = True
    limit.narrow(mask)
    return VOCABULARY.decode([i for i in ids if mask[i]])


def test_an_onset_with_all_its_notes_takes_no_more() -> None:
    read = "bar 4/4|position 0|pitch 60|duration 24"
    assert left_of(ChordSize(2), read, "position 24|pitch 64|pitch 67") == ["position 24", "pitch 64", "pitch 67"]
    assert left_of(ChordSize(1), read, "position 24|pitch 64|pitch 67") == ["position 24"]


def test_the_next_onset_has_room_again() -> None:
    read = "bar 4/4|position 0|pitch 60|duration 24|position 24"
    assert left_of(ChordSize(1), read, "pitch 64|pitch 67") == ["pitch 64", "pitch 67"]


def test_the_left_hand_has_a_limit_of_its_own() -> None:
    read = "bar 4/4|position 0|pitch 48|duration 24"
    assert left_of(ChordSize(4, 1), read, "position 24|pitch 59|pitch 60") == ["position 24", "pitch 60"]
    read = "bar 4/4|position 0|pitch 60|duration 24"
    assert left_of(ChordSize(4, 1), read, "pitch 64") == ["pitch 64"]


def test_a_hand_that_could_have_no_note_is_not_begun() -> None:
    read = "bar 4/4|position 0|hand left|pitch 48|duration 24"
    assert left_of(ChordSize(1), read, "position 24|hand right|pitch 64") == ["position 24"]
    assert left_of(ChordSize(2), read, "position 24|hand right|pitch 64") == ["position 24", "hand right", "pitch 64"]


def test_the_count_can_be_returned_to() -> None:
    limit = ChordSize(1)
    empty = limit.snapshot()
    assert left_of(limit, "position 0|pitch 60|duration 24", "pitch 64") == []
    limit.restore(empty)
    assert left_of(limit, "hand left", "pitch 64") == ["pitch 64"]
