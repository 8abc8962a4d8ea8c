"""The map between tokens and ids."""

import pytest

from musicgen_live.encodings.vocabulary import Vocabulary


def test_ids_are_sorted_and_independent_of_the_order_of_pieces() -> None:
    one = Vocabulary.of([["C4", "0.4.7"], ["A4"]])
    other = Vocabulary.of([["A4", "C4"], ["C4", "0.4.7"]])
    assert one.tokens == other.tokens == ("0.4.7", "A4", "C4")
    assert one.encode(["C4", "A4", "C4"]) == [2, 1, 2]
    assert one.decode([0, 2]) == ["0.4.7", "C4"]
    assert len(one) == 3


def test_an_unknown_token_is_named() -> None:
    with pytest.raises(KeyError, match="B4"):
        Vocabulary(("A4",)).encode(["B4"])


def test_a_token_that_occurs_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="twice"):
        Vocabulary(("A4", "A4"))
