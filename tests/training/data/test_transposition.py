from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicgen_live.encodings.bar_tokens import VOCABULARY
from training.data.transposition import in_random_key, possible_shifts

Ids = NDArray[np.uint16]


def piece(*pitches: int) -> Ids:
    tokens = ["style any", "bar 4/4"]
    for i, pitch in enumerate(pitches):
        tokens += [f"position {12 * i}", f"pitch {pitch}", "duration 12"]
    return np.array(VOCABULARY.encode([*tokens, "end"]), np.uint16)


def pitches_of(ids: Ids) -> list[int]:
    tokens = VOCABULARY.decode(int(i) for i in ids)
    return [int(token.split()[1]) for token in tokens if token.startswith("pitch ")]


def test_pieces_come_in_every_key_with_the_same_intervals() -> None:
    rng = np.random.default_rng(0)
    moved = [in_random_key("bars", piece(60, 64, 67), rng) for _ in range(300)]
    assert {tuple(pitches_of(ids)) for ids in moved} == {(60 + k, 64 + k, 67 + k) for k in range(-6, 6)}
    for ids in moved:
        assert VOCABULARY.decode(ids[[0, 1, 2, 4, -1]].tolist()) == [
            "style any", "bar 4/4", "position 0", "duration 12", "end",
        ]  # fmt: skip
        assert ids.dtype == np.uint16


def test_no_piece_leaves_the_range_of_a_piano() -> None:
    assert possible_shifts(piece(60)) == range(-6, 6)
    assert possible_shifts(piece(23, 60)) == range(-2, 6)
    assert possible_shifts(piece(60, 106)) == range(-6, 3)
    assert possible_shifts(piece(21, 108)) == range(1)
    assert possible_shifts(piece(12, 60)) == range(6)
    assert possible_shifts(piece(12, 120)) == range(1)
    assert possible_shifts(piece()) == range(1)


def test_other_encodings_stay_and_use_no_random_number() -> None:
    rng = np.random.default_rng(0)
    ids = np.array([3, 1, 2], np.uint16)
    same = in_random_key("chords", ids, rng)
    assert same is ids
    assert rng.random() == np.random.default_rng(0).random()
