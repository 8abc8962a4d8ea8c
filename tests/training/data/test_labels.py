"""Labels of music: those measured of a passage, and those that training puts before passages and bars."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from musicgen_live.encodings.bar_tokens import CONTROL_TOKENS, KINDS, MARKS, VOCABULARY
from musicgen_live.music.scales import Key
from training.data.labels import Labelled, described, labelled, with_header
from training.data.references import references_of, shown_ids

C_MAJOR = (60, 64, 67, 65, 69, 62, 67, 71, 60)
A_MINOR = (57, 60, 64, 62, 65, 57, 64, 68, 57)


def ids_of(*tokens: str) -> np.ndarray:
    return np.array(VOCABULARY.encode(tokens), np.uint16)


def bar(*onsets: tuple[int, ...], time_signature: str = "4/4", duration: int = 24) -> list[str]:
    tokens = [f"bar {time_signature}"]
    for number, pitches in enumerate(onsets):
        tokens.append(f"position {number * 6}")
        for pitch in pitches:
            tokens += [f"pitch {pitch}", f"duration {duration}"]
    return tokens


def piece(bars: int) -> np.ndarray:
    one = bar(*((pitch,) for pitch in C_MAJOR))
    return with_header("ragtime", ids_of(*(one * bars), "end"))


@pytest.mark.parametrize("semitones", [0, 1, 6, 11])
@pytest.mark.parametrize(("melody", "tonic", "mode"), [(C_MAJOR, 0, "major"), (A_MINOR, 9, "minor")])
def test_every_key_is_detected(melody: tuple[int, ...], tonic: int, mode: str, semitones: int) -> None:
    heard = described(ids_of(*bar(*((pitch + semitones,) for pitch in melody))))[0]
    assert heard == f"key {Key((tonic + semitones) % 12, mode).name}"


def test_long_notes_have_more_weight_in_the_key() -> None:
    short = bar((57,), (60,), (64,), duration=1)
    assert described(ids_of(*short, *bar((61,), (64,), (69,), duration=96)))[0] == "key A major"


def test_music_of_all_pitch_classes_alike_has_the_first_key() -> None:
    assert described(ids_of(*bar(*((60 + i,) for i in range(12)))))[0] == "key C major"


@pytest.mark.parametrize(
    ("onsets", "time_signature", "density", "texture"),
    [
        ([(60,)] * 4, "4/4", "sparse", "thin"),
        ([(60,)] * 14, "4/4", "medium", "thin"),
        ([(60, 64)] * 7, "4/4", "medium", "medium"),
        ([(60, 64)] * 12, "4/4", "dense", "medium"),
        ([(60, 64, 67)] * 2, "4/4", "sparse", "full"),
        ([(60, 64, 67)] * 4, "2/4", "dense", "full"),
    ],
)
def test_density_is_notes_per_quarter_and_texture_per_onset(
    onsets: list[tuple[int, ...]], time_signature: str, density: str, texture: str
) -> None:
    assert described(ids_of(*bar(*onsets, time_signature=time_signature)))[1:] == (
        f"density {density}",
        f"texture {texture}",
    )


def test_silence_has_no_labels() -> None:
    assert described(ids_of("bar 4/4", "bar 4/4", "end")) == ()
    assert VOCABULARY.decode(with_header("folk", ids_of("bar 4/4", "end")).tolist()) == ["style folk", "bar 4/4", "end"]


def test_a_header_precedes_the_piece() -> None:
    tokens = VOCABULARY.decode(piece(1).tolist())
    assert tokens[:5] == ["style ragtime", "key C major", "density sparse", "texture thin", "bar 4/4"]


LABELS = {*CONTROL_TOKENS, *MARKS}


def labelled_by(seed: int, whole: np.ndarray) -> Labelled:
    return labelled(whole, np.random.default_rng(seed))


def tokens_of(music: Labelled) -> list[str]:
    return VOCABULARY.decode(music.ids.tolist())


def is_music(music: Labelled) -> np.ndarray:
    return np.array([KINDS[token] not in LABELS for token in tokens_of(music)])


@pytest.mark.parametrize("seed", range(5))
def test_labels_stand_between_bars_and_keep_the_music(seed: int) -> None:
    whole = piece(100)
    music = labelled_by(seed, whole)
    assert music.ids[is_music(music)].tolist() == whole[4:].tolist()
    order = [*CONTROL_TOKENS, *MARKS, "bar"]
    for token, following in pairwise(tokens_of(music)):
        if KINDS[token] in LABELS:
            assert order.index(KINDS[token]) < order.index(KINDS[following])


@pytest.mark.parametrize("seed", range(5))
def test_a_header_stands_before_every_4_to_16_bars(seed: int) -> None:
    kinds = [KINDS[token] for token in tokens_of(labelled_by(seed, piece(100)))]
    assert kinds[0] == "style"
    headers = [kinds[:i].count("bar") for i, kind in enumerate(kinds) if kind == "style"]
    passages = [last - first for first, last in pairwise([*headers, 100])]
    assert all(4 <= bars <= 16 for bars in passages[:-1])
    assert 1 <= passages[-1] <= 16


def test_a_header_describes_the_passage_behind_it() -> None:
    # The first 16 bars are in C major and thin, the rest in A minor and full.
    rich = bar(*((pitch - 12, pitch - 5, pitch) for pitch in A_MINOR))
    whole = with_header("folk", ids_of(*bar(*((pitch,) for pitch in C_MAJOR)) * 16, *rich * 16, "end"))
    seen = set()
    for seed in range(20):
        tokens = tokens_of(labelled_by(seed, whole))
        keys = [token for token in tokens if token.startswith("key ")]
        seen |= {("first", keys[0]), ("last", keys[-1])} if len(keys) > 3 else set()
        textures = [token for token in tokens if token.startswith("texture ")]
        assert set(textures) <= {"texture thin", "texture medium", "texture full"}
    assert seen == {("first", "key C major"), ("last", "key A minor")}


def test_labels_are_omitted_at_random() -> None:
    whole = piece(1)
    heads = [set(tokens_of(labelled_by(seed, whole))[:4]) for seed in range(400)]
    share = {
        token: sum(token in head for head in heads) / len(heads)
        for token in ("style any", "style ragtime", "key C major", "density sparse", "texture thin")
    }
    assert share == {
        "style any": pytest.approx(0.1, abs=0.05),
        "style ragtime": pytest.approx(0.9, abs=0.05),
        "key C major": pytest.approx(0.75, abs=0.07),
        "density sparse": pytest.approx(0.75, abs=0.07),
        "texture thin": pytest.approx(0.75, abs=0.07),
    }


def bars_with(mark: str, music: Labelled) -> list[int]:
    """The bars, from 0, before which a mark stands."""
    tokens = tokens_of(music)
    return [sum(KINDS[before] == "bar" for before in tokens[:i]) for i, token in enumerate(tokens) if token == mark]


def test_the_last_bars_of_most_pieces_are_counted_down() -> None:
    whole, count = piece(9), 60
    counted = []
    for seed in range(count):
        music = labelled_by(seed, whole)
        counted.append([bars_with(f"bars-left {bars}", music) for bars in (8, 4, 2, 1)])
    assert all(found in ([[1], [5], [7], [8]], [[], [], [], []]) for found in counted)
    assert sum(found != [[], [], [], []] for found in counted) / count == pytest.approx(0.9, abs=0.1)


def test_ends_of_phrases_are_marked_in_half_of_the_passages() -> None:
    # Every bar ends in a rest, but phrases have three bars at least.
    whole, shares = piece(48), []
    for seed in range(30):
        found = bars_with("phrase end", labelled_by(seed, whole))
        assert all(bar % 3 == 0 for bar in found)
        shares.append(len(found) / 16)
    assert np.mean(shares) == pytest.approx(0.5, abs=0.1)


def test_references_are_shown_in_half_of_the_passages_and_never_after_a_label() -> None:
    whole, classes = piece(48), len(VOCABULARY)
    shown, relations = shown_ids(whole, references_of(whole), classes)
    shares = []
    for seed in range(30):
        music = labelled_by(seed, whole)
        heard = is_music(music)
        assert set(music.shown[~heard].tolist()) == {classes}
        assert set(music.relations[~heard].tolist()) == {0}
        is_shown = music.relations[heard] > 0
        assert np.array_equal(music.shown[heard], np.where(is_shown, shown[4:], classes))
        assert np.array_equal(music.relations[heard], np.where(is_shown, relations[4:], 0))
        shares.append(is_shown.mean())
    assert np.mean(shares) == pytest.approx(0.5, abs=0.1)
