from pathlib import Path

import numpy as np
import pytest

from musicgen_live.encodings.vocabulary import Vocabulary
from musicgen_live.errors import TrainingError
from training.data.spool import Spool


def test_tokens_become_ids_when_all_are_known(tmp_path: Path) -> None:
    with Spool(tmp_path, None) as spool:
        places = [spool.append(spool.numbers_of(tokens)) for tokens in (["C4", "E4"], ["0.4.7", "C4", "C4"])]
        assert [(place, spool.length_of(place)) for place in places] == [(0, 2), (1, 3)]
        assert spool.vocabulary().tokens == ("0.4.7", "C4", "E4")
        found = list(spool.ids(places[::-1]))
    assert [ids.tolist() for ids in found] == [[0, 1, 1], [1, 2]]
    assert found[0].dtype == np.uint16


def test_a_known_vocabulary_stays_as_it_is(tmp_path: Path) -> None:
    vocabulary = Vocabulary(("end", "bar 4/4", "bar 3/4"))
    with Spool(tmp_path, vocabulary) as spool:
        place = spool.append(spool.numbers_of(["bar 4/4", "end"]))
        assert spool.vocabulary() == vocabulary
        assert [ids.tolist() for ids in spool.ids([place])] == [[1, 0]]
        with pytest.raises(KeyError, match="bar 7/4"):
            spool.numbers_of(["bar 7/4"])


def test_it_leaves_no_file_and_needs_no_folder(tmp_path: Path) -> None:
    with Spool(tmp_path / "data" / "mine", None) as spool:
        spool.append(spool.numbers_of(["C4"]))
        assert list(tmp_path.iterdir()) == []


def test_more_tokens_than_ids_are_an_error_with_advice(tmp_path: Path) -> None:
    with Spool(tmp_path, None) as spool:
        spool.append(spool.numbers_of(str(number) for number in range(65_537)))
        with pytest.raises(TrainingError, match=r"65,537 different notes and chords, .* say --encoding bars"):
            spool.vocabulary()
