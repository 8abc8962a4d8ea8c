from tests.support.datasets import TUNE, Rows, dataset_of, tune
from training.data.dataset import Piece
from training.evaluation.sample import Sample, drawn


def pieces_of(*lengths: int) -> list[Piece]:
    rows: Rows = [(f"{i}.mid", f"{i}", "train", tune(TUNE, length)) for i, length in enumerate(lengths)]
    return list(dataset_of(rows).pieces)


def test_all_pieces_are_taken_if_they_are_few() -> None:
    pieces = pieces_of(30, 40, 50)
    assert drawn(pieces, 120) == Sample(tuple(pieces), 3, 120)
    assert drawn([], 120) == Sample((), 0, 0)


def test_whole_pieces_are_drawn_up_to_the_limit_in_their_order() -> None:
    pieces = pieces_of(*range(10, 60))
    sample = drawn(pieces, 500)
    assert (sample.of_pieces, sample.of_tokens) == (50, 1_725)
    assert 440 < sample.tokens <= 500
    assert list(sample.pieces) == sorted(sample.pieces, key=lambda piece: piece.start)
    assert drawn(pieces, 500) == sample
    assert drawn(pieces, 500, seed=1) != sample


def test_a_piece_longer_than_the_limit_is_better_than_none() -> None:
    assert drawn(pieces_of(200), 100).tokens == 200
