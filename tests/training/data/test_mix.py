from dataclasses import replace
from pathlib import Path

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


def test_a_mix_has_every_piece_once_with_split_and_weight(tmp_path: Path) -> None:
    mixed = mix([ONE, OTHER], [1.0, 2.5], tmp_path)
    assert [(p.name, p.split, p.weight, mixed.vocabulary.decode(mixed.ids_of(p).tolist())) for p in mixed.pieces] == [
        ("one/a.mid", "train", 1.0, ["bar 4/4", "end"]),
        ("one/b.mid", "test", 1.0, ["end"]),
        ("other/a.mid", "valid", 2.5, ["bar 3/4"]),
    ]
    assert Dataset.load(tmp_path).fingerprint() == mixed.fingerprint()


def test_names_licences_and_credits_are_joined_without_repeats(tmp_path: Path) -> None:
    again = replace(OTHER, corpus=Corpus("third", "CC0", "Ann"))
    mixed = mix([ONE, OTHER, again], [1, 1, 1], tmp_path)
    assert mixed.corpus == Corpus("one, other, third", "CC0; CC BY 4.0", "Ann; Bob")


@pytest.mark.parametrize("weight", [0.0, -1.0, float("inf"), float("nan")])
def test_a_weight_must_be_above_0(weight: float, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"the weight of other is .*; it must be above 0"):
        mix([ONE, OTHER], [1.0, weight], tmp_path)


def test_incompatible_data_sets_are_refused(tmp_path: Path) -> None:
    chords = Dataset.of("chords", Corpus("x", ""), "10.5", [("a", "a", "train", ["C4"])])
    with pytest.raises(TrainingError, match=r"x \(chords\) and one \(bars\) have different tokens"):
        mix([ONE, chords], [1, 1], tmp_path)
    with pytest.raises(TrainingError, match=r"other was read by music21 9\.1, one by 10\.5; prepare them again"):
        mix([ONE, replace(OTHER, music21_version="9.1")], [1, 1], tmp_path)
