"""The encoding `bars`, from a folder of MIDI files to the batches of a training run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from musicgen_live.encodings import bars
from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.errors import TrainingError
from tests.support.datasets import Rows, dataset_of, toy_dataset, toy_options
from tests.support.midi_files import tune
from training.data.dataset import Corpus, Dataset
from training.data.prepare import prepare
from training.data.references import references_of
from training.prompts import choose_prompts, outline_of, prompts_for
from training.recipes import RECIPES, options_for

CORPUS = Corpus("tunes", "CC0-1.0")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    midi_dir = tmp_path_factory.mktemp("midi")
    for seed in range(4):
        (midi_dir / f"{seed}.mid").write_bytes(tune(seed, length=60))
    return midi_dir


@pytest.fixture(scope="module")
def dataset(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    work = tmp_path_factory.mktemp("work")
    report = prepare(folder, work / "data", corpus=CORPUS, encoding="bars", style="folk", jobs=1, cache=work / "cache")
    assert report.skipped == ()
    return Dataset.load(work / "data")


def test_a_data_set_has_the_vocabulary_of_the_encoding(dataset: Dataset) -> None:
    assert dataset.encoding == "bars"
    assert dataset.vocabulary == VOCABULARY
    assert len(toy_dataset().vocabulary) < 10


def test_every_piece_is_a_header_and_its_score(dataset: Dataset) -> None:
    for piece in dataset.pieces:
        tokens = VOCABULARY.decode(int(i) for i in dataset.ids_of(piece))
        assert tokens[0] == "style folk"
        assert tokens[1].startswith("key ")
        assert tokens[2:5] == ["density sparse", "texture thin", "bar 4/4"]
        assert tokens[-1] == "end"
        score = bars.decode(tokens)
        assert len(score.notes) == 60
        assert [note.start_tick for note in score.notes] == list(range(0, 60 * 240, 240))


@pytest.mark.parametrize(
    ("encoding", "style", "message"),
    [
        ("bars", "purple", "there is no style 'purple'; a style is one of any, baroque, classical"),
        ("chords", "folk", "the encoding chords has no control tokens, so the style 'folk' cannot be said"),
        ("jazz", None, "there is no encoding 'jazz'; known: chords, bars, bars-hands"),
    ],
)
def test_invalid_options_are_refused_before_reading(
    folder: Path, tmp_path: Path, encoding: str, style: str | None, message: str
) -> None:
    with pytest.raises(TrainingError, match=message):
        prepare(folder, tmp_path / "data", corpus=CORPUS, encoding=encoding, style=style, cache=tmp_path)


def test_prompts_end_with_a_whole_bar(dataset: Dataset) -> None:
    bar_ids = [i for i, token in enumerate(VOCABULARY.tokens) if token.startswith("bar ")]
    ids = dataset.ids.tolist()
    prompts = choose_prompts(dataset, count=6, length=70)
    assert len(prompts) == 6
    for prompt in prompts:
        assert 25 < len(prompt) <= 74
        tokens = VOCABULARY.decode(prompt)
        assert tokens[0] == "style folk"
        assert tokens[4] == "bar 4/4"
        music = prompt[4:]
        positions = [i for i in range(len(ids)) if tuple(ids[i : i + len(music)]) == music]
        assert any(ids[position + len(music)] in bar_ids for position in positions)


def test_every_held_out_style_has_its_own_prompts() -> None:
    rows: Rows = []
    for number, (style, split) in enumerate([("folk", "test"), ("jazz", "valid"), ("own", "train"), ("jazz", "train")]):
        tokens = [f"style {style}", *["bar 4/4", "position 0", f"pitch {60 + number}", "duration 24"] * 40, "end"]
        rows.append((f"{number}.mid", f"{number}", split, tokens))  # type: ignore[arg-type]
    dataset = Dataset.of("bars", CORPUS, "10.5.1", rows)
    prompts = choose_prompts(dataset, count=2, length=30)
    styles = [VOCABULARY.decode(prompt)[0] for prompt in prompts]
    assert styles == ["style jazz", "style jazz", "style folk", "style folk"]
    assert all("pitch 63" not in VOCABULARY.decode(prompt) for prompt in prompts)


def test_a_prompt_shorter_than_a_bar_stays_whole(dataset: Dataset) -> None:
    assert {len(prompt) for prompt in choose_prompts(dataset, count=2, length=1)} == {1}


def melody_of(*pitches: int) -> list[str]:
    return ["bar 4/4", *(t for i, p in enumerate(pitches) for t in (f"position {24 * i}", f"pitch {p}", "duration 24"))]


def test_an_outline_is_the_form_behind_a_prompt() -> None:
    theme, other = melody_of(60, 62, 64, 65), melody_of(72, 70, 79, 77)
    transposed, resting = melody_of(67, 69, 71, 72), melody_of(60)
    tokens = ["style folk", *theme, *other, *theme, *transposed, *resting, "end"]
    piece = np.array(VOCABULARY.encode(tokens), np.uint16)
    whole = outline_of(piece, 1)
    # New music twice, the same two bars before, a fifth above the bar before, and new music that comes to rest.
    assert whole == ((0, 0, 1, 0), (0, 0, 1, 0), (2, 0, 2, 0), (1, 7, 4, 0), (0, 0, 1, 1))
    behind_two_bars = 1 + len(theme) + len(other)
    assert outline_of(piece, behind_two_bars) == whole[2:]
    assert outline_of(piece, len(piece)) == ()


def test_every_prompt_has_the_outline_of_the_music_behind_it(dataset: Dataset) -> None:
    prompts, outlines = prompts_for(dataset, window=100)
    assert len(prompts) == len(outlines) > 0
    held_out = [np.asarray(dataset.ids_of(piece)) for piece in dataset.pieces]
    for prompt, outline in zip(prompts, outlines, strict=True):
        music = list(prompt[next(i for i, token in enumerate(VOCABULARY.decode(prompt)) if token[:4] == "bar ") :])
        places = [
            (piece, at + len(music))
            for piece in held_out
            for at in range(len(piece))
            if piece[at : at + len(music)].tolist() == music
        ]
        assert outline in [outline_of(piece, end) for piece, end in places]
    assert prompts_for(toy_dataset(), window=10) == (choose_prompts(toy_dataset(), 8, 10), ())


def test_a_network_of_bars_is_shown_recall_intervals_and_references(dataset: Dataset) -> None:
    options = replace(toy_options("stream"), hide_recall=1.0)
    architecture = options.architecture(dataset)
    assert architecture.remembered == (
        "recall", "recall_length", "interval_recall", "interval_length", "reference", "relation",
    )  # fmt: skip
    rows = np.concatenate([x.reshape(-1, 7) for x, _ in RECIPES["stream"].batches(dataset, options, 0, 0)])
    # Recall is hidden by its own share, references are not.
    assert set(rows[:, 1:5:2].ravel().tolist()) == {len(VOCABULARY)}
    assert set(rows[:, 2:6:2].ravel().tolist()) == {0}
    assert len(set(rows[:, 5].tolist())) > 5
    assert {0, 1} < set(rows[:, 6].tolist())
    assert any(references_of(np.asarray(dataset.ids_of(piece))).distances.any() for piece in dataset.pieces)


def test_other_encodings_have_no_reference() -> None:
    assert toy_options("stream").architecture(toy_dataset()).remembered == ("recall", "recall_length")


def pitches(ids: np.ndarray) -> set[str]:
    return {token for token in VOCABULARY.decode(ids.ravel().tolist()) if token.startswith("pitch ")}


def test_every_epoch_has_the_pieces_in_other_keys(dataset: Dataset) -> None:
    options = toy_options("stream")
    assert options.transpose
    epochs = [list(RECIPES["stream"].batches(dataset, options, epoch, 0)) for epoch in range(12)]
    sounding = [set().union(*(pitches(x[:, :, 0]) for x, _ in batches)) for batches in epochs]
    written = pitches(dataset.ids)
    assert len(set(map(frozenset, sounding))) > 6
    assert set().union(*sounding) > written
    for batches in epochs:
        for x, y in batches:
            assert np.array_equal(x[:, 1:, 0], y[:, :-1])


def test_an_epoch_repeats_exactly(dataset: Dataset) -> None:
    options = toy_options("stream")
    first, again = (list(RECIPES["stream"].batches(dataset, options, 3, 0)) for _ in range(2))
    assert len(first) == RECIPES["stream"].steps_per_epoch(dataset, options) > 5
    for (x, y), (same_x, same_y) in zip(first, again, strict=True):
        assert np.array_equal(x, same_x)
        assert np.array_equal(y, same_y)


def test_the_streams_of_chords_are_unchanged() -> None:
    assert options_for("stream").transpose
    assert not options_for("classic").transpose
    dataset = dataset_of([(f"{n}.mid", f"{n}", "train", [f"C{i * i * n % 11}" for i in range(40)]) for n in (1, 2, 3)])
    x, _ = next(RECIPES["stream"].batches(dataset, toy_options("stream"), 0, 0))
    assert x[:, :, 0].tolist() == [[2, 7, 7, 2, 8, 9, 3, 0], [1, 4, 0, 4, 1, 6, 5, 10]]
