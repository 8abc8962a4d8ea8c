from dataclasses import replace

import pytest

from musicgen_live.errors import TrainingError
from training.data.dataset import Corpus, Dataset
from training.data.mix import mix

ONE = Dataset.of(
    "bars",
    Corpus("one", "CC0", "Ann"),
    "10.5",
    [("a.mid", "aa", "train", ["bar 4/4", "end"]), ("b.mid", "bb", "test", ["end"])],
)
OTHER = Dataset.of(
    "bars",
    Corpus("other", "CC BY 4.0", "Bob"),
    "10.5",
    [("a.mid", "cc", "valid", ["bar 3/4"]), ("copy.mid", "aa", "train", ["bar 4/4", "end"])],
)


def test_a_mix_has_every_piece_once_with_split_and_weight() -> None:
    mixed = mix([ONE, OTHER], [1.0, 2.5])
    assert [(p.name, p.split, p.weight, mixed.vocabulary.decode(mixed.ids_of(p).tolist())) for p in mixed.pieces] == [
        ("one/a.mid", "train", 1.0, ["bar 4/4", "end"]),
        ("one/b.mid", "test", 1.0, ["end"]),
        ("other/a.mid", "valid", 2.5, ["bar 3/4"]),
    ]


def test_names_licences_and_credits_are_joined_without_repeats() -> None:
    again = replace(OTHER, corpus=Corpus("third", "CC0", "Ann"))
    mixed = mix([ONE, OTHER, again], [1, 1, 1])
    assert mixed.corpus == Corpus("one, other, third", "CC0; CC BY 4.0", "Ann; Bob")


@pytest.mark.parametrize("weight", [0.0, -1.0, float("inf"), float("nan")])
def test_a_weight_must_be_above_0(weight: float) -> None:
    with pytest.raises(TrainingError, match=r"the weight of other is .*; it must be above 0"):
        mix([ONE, OTHER], [1.0, weight])


def test_incompatible_data_sets_are_refused() -> None:
    chords = Dataset.of("chords", Corpus("x", ""), "10.5", [("a", "a", "train", ["C4"])])
    with pytest.raises(TrainingError, match=r"x \(chords\) and one \(bars\) have different tokens"):
        mix([ONE, chords], [1, 1])
    with pytest.raises(TrainingError, match=r"other was read by music21 9\.1, one by 10\.5; prepare them again"):
        mix([ONE, replace(OTHER, music21_version="9.1")], [1, 1])
