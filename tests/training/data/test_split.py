import csv
import hashlib
from collections import Counter
from pathlib import Path

import pytest

from musicgen_live.errors import TrainingError
from training.data.split import Listed, read_split, split_by_content

RECIPE = Path(__file__).parents[3] / "training" / "splits" / "mutopia-pd-classical-recipe.csv"


def hashes(count: int) -> dict[str, int]:
    return {hashlib.sha256(str(i).encode()).hexdigest(): 500 for i in range(count)}


def table(folder: Path, text: str) -> Path:
    path = folder / "split.csv"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("pieces", "train", "valid", "test"),
    [(1, 1, 0, 0), (2, 1, 1, 0), (9, 8, 1, 0), (10, 8, 1, 1), (120, 96, 12, 12)],
)
def test_about_a_tenth_is_held_out_for_each_split(pieces: int, train: int, valid: int, test: int) -> None:
    counts = Counter(split_by_content(hashes(pieces)).values())
    assert counts == Counter({"train": train, "valid": valid, "test": test})


def test_more_files_move_few_of_the_old_ones() -> None:
    before, after = split_by_content(hashes(100)), split_by_content(hashes(110))
    moved = [sha256 for sha256 in before if before[sha256] != after[sha256]]
    assert len(moved) <= 3


def test_order_and_names_do_not_matter() -> None:
    lengths = hashes(30)
    assert split_by_content(dict(reversed(lengths.items()))) == split_by_content(lengths)


def test_pieces_too_short_to_score_are_for_training() -> None:
    lengths = {"a": 100, "b": 101, "c": 5000, "d": 3}
    assert split_by_content(lengths) == {"a": "train", "b": "valid", "c": "train", "d": "train"}


def test_a_single_piece_that_is_long_enough_is_for_training() -> None:
    assert split_by_content({"a": 5000, "b": 5, "c": 5}) == dict.fromkeys("abc", "train")


def test_even_short_pieces_are_not_all_held_out() -> None:
    assert split_by_content({"a": 5, "b": 5}) == {"a": "valid", "b": "train"}
    assert split_by_content({"a": 5}) == {"a": "train"}
    assert split_by_content({}) == {}


def test_a_table_is_read_by_its_columns(tmp_path: Path) -> None:
    path = table(tmp_path, "\ufefftokens,file,split,more\n12,a b.mid,train,1\n3,sub/b.mid,test,0\n4,c.mid,valid\n")
    assert read_split(path) == {"a b.mid": Listed("train"), "sub/b.mid": Listed("test"), "c.mid": Listed("valid")}


def test_a_table_may_have_styles(tmp_path: Path) -> None:
    path = table(tmp_path, "file,split,style\na.mid,train,ragtime\nb.mid,valid,\n")
    assert read_split(path) == {"a.mid": Listed("train", "ragtime"), "b.mid": Listed("valid")}


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", "has columns none; it needs file and split"),
        ("name,split\na.mid,train\n", "has columns name, split; it needs file and split"),
        (
            "file,split\na.mid,Training\n",
            r"line 2 of .* says file 'a.mid', split 'Training'; a split is one of train, v",
        ),
        ("file,split\na.mid\n", "line 2 of .* says file 'a.mid', split None"),
        ("file,split\na.mid,train\na.mid,test\n", "line 3 of .* puts a.mid into test, an earlier line into train"),
        (
            "file,split,style\na.mid,train,jazz\na.mid,train\n",
            "line 3 of .* puts a.mid into train, an earlier line into train, style jazz",
        ),
        ("file,split\n", "lists no file"),
        ("file,split,style\na.mid,train,purple\n", "line 2 of .* says style 'purple'; a style is one of any, baroque"),
    ],
)
def test_errors_name_the_invalid_line(tmp_path: Path, text: str, error: str) -> None:
    with pytest.raises(TrainingError, match=error):
        read_split(table(tmp_path, text))


def test_errors_name_an_unreadable_table(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"file,split\n\xff\xfe,train\n")
    with pytest.raises(TrainingError, match=r"x\.csv is not a CSV file in UTF-8"):
        read_split(tmp_path / "x.csv")
    with pytest.raises(TrainingError, match=r"y\.csv cannot be read \(No such file or directory\)"):
        read_split(tmp_path / "y.csv")


def test_the_recipes_own_split_is_fixed() -> None:
    listed = read_split(RECIPE)
    assert Counter(one.split for one in listed.values()) == Counter(train=103, valid=4, test=13)
    assert [name for name, one in listed.items() if one.split == "valid"] == [
        "MozartWA-KV331_1_4_var3.mid",
        "MozartWA-k375g.mid",
        "MozartWA-k574.mid",
        "VerdiG-Traviata_04.mid",
    ]
    with RECIPE.open(encoding="utf-8", newline="") as file:
        assert next(csv.reader(file)) == ["file", "split"]


@pytest.mark.parametrize(
    ("name", "train", "valid", "test", "styles"),
    [
        ("mutopia-pd-baroque", 117, 18, 10, {"baroque"}),
        ("mutopia-pd-classical", 155, 12, 21, {"classical", "romantic", "baroque", "chopin", "impressionist", "any"}),
        ("mutopia-pd-ragtime", 23, 2, 3, {"ragtime"}),
        ("openscore-lieder-piano", 116, 7, 13, {"lied"}),
        ("chopin-nifc", 160, 14, 16, {"chopin"}),
    ],
)
def test_the_splits_of_the_styles_are_fixed(name: str, train: int, valid: int, test: int, styles: set[str]) -> None:
    listed = read_split(RECIPE.with_name(f"{name}.csv"))
    assert Counter(one.split for one in listed.values()) == Counter(train=train, valid=valid, test=test)
    assert {one.style for one in listed.values()} == styles
