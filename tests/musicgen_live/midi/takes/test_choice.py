"""Takes that a user means by a text."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.errors import TakeError
from musicgen_live.midi.takes.choice import choose
from musicgen_live.midi.takes.index import TakeEntry


def entry(path: str) -> TakeEntry:
    return TakeEntry(Path(path), "waltz", 7, "0.1.0", 1000.0, 400, 12, 8.0)


def test_last_and_a_part_of_a_name_mean_a_take() -> None:
    takes = [entry("a/waltz 7.mid"), entry("a/ragtime 3.mid")]
    assert choose("last", takes) is takes[0]
    assert choose("RAG", takes) is takes[1]


def test_takes_of_the_same_name_are_told_apart_by_their_files() -> None:
    reason = "'take' is the name of 2 takes, the latest: b/take.mid, a/take.mid; give the file of one of them"
    with pytest.raises(TakeError, match=reason):
        choose("take", [entry("b/take.mid"), entry("a/take.mid")])
