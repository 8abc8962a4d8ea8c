from __future__ import annotations

import numpy as np
import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.encodings import bar_tokens, bars
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.plan import plan_after
from musicgen_live.music.notes import PPQ, Note
from musicgen_live.music.score import Score, TimeSignatureChange
from musicgen_live.music.time_signature import TimeSignature
from tests.support.bar_datasets import bars_bundle, bars_dataset, ids_of, melody
from training.data.dataset import Ids
from training.evaluation.passages import Cut, continuation, cuts_of, passage_of


def encoded(tokens: str) -> Ids:
    return np.array(bar_tokens.VOCABULARY.encode(tokens.split("|")), np.uint16)


def test_notes_and_bars_of_known_tokens() -> None:
    passage = passage_of(
        encoded(
            "bar 3/4|position 0|pitch 48|duration 72|pitch 60|duration 12|position 36|pitch 62|duration 24"
            "|bar 2/4|bar 3/4|position 2|velocity 104|pitch 64|duration 4"
        )
    )
    assert passage.onsets.tolist() == [0, 0, 36, 122]
    assert passage.durations.tolist() == [72, 12, 24, 4]
    assert passage.pitches.tolist() == [48, 60, 62, 64]
    assert passage.bar_starts.tolist() == [0, 72, 120]
    assert passage.bar_lengths.tolist() == [72, 48, 72]
    assert passage.end == 192
    assert passage.bar_of(passage.onsets).tolist() == [0, 0, 0, 2]


@pytest.mark.parametrize("hands", [False, True])
def test_a_passage_has_the_notes_that_decoding_returns(hands: bool) -> None:
    low, high = melody(1, 8).notes, melody(2, 8, pitches=(48, 55, 84)).notes
    score = Score((high, low), (TimeSignatureChange(0, TimeSignature(3, 4)),), 8 * 3 * PPQ)
    tokens = bars.encode(score, hands=hands)[:-1]
    passage = passage_of(np.array(bar_tokens.VOCABULARY.encode(tokens), np.uint16))
    expected = sorted((n.start_tick // 20, n.pitch, n.duration_ticks // 20) for n in bars.decode(tokens).notes)
    found = zip(passage.onsets.tolist(), passage.pitches.tolist(), passage.durations.tolist(), strict=True)
    assert sorted(found) == expected


def test_cuts_are_whole_bars_after_a_header_and_prompt_bars() -> None:
    dataset = bars_dataset()
    cuts = cuts_of(dataset, "test", count=5, bars=8, prompt_bars=2)
    assert [cut.piece for cut in cuts] == [f"test{i}.mid" for i in range(10, 15)]
    for cut, piece in zip(cuts, dataset.of_split("test"), strict=True):
        ids = dataset.ids_of(piece)
        whole = passage_of(ids[1:-1])
        np.testing.assert_array_equal(cut.prompt[:1], ids[:1])
        assert len(passage_of(cut.prompt).bar_lengths) == 2
        passage = passage_of(cut.ids)
        assert len(passage.bar_lengths) == 8
        chosen = (whole.onsets >= 2 * 72) & (whole.onsets < 10 * 72)
        np.testing.assert_array_equal(passage.pitches, whole.pitches[chosen])
        np.testing.assert_array_equal(passage.onsets, whole.onsets[chosen] - 2 * 72)


def test_cuts_do_not_overlap_and_are_limited_by_the_music() -> None:
    # 20 bars hold two cuts of 8 after 2, and three of 6.
    assert len(cuts_of(bars_dataset(), "test", count=64, bars=8, prompt_bars=2)) == 10
    assert len(cuts_of(bars_dataset(), "test", count=64, bars=6, prompt_bars=2)) == 15
    assert len(cuts_of(bars_dataset(), "test", count=7, bars=6, prompt_bars=2)) == 7
    distinct = {cut.ids.tobytes() for cut in cuts_of(bars_dataset(), "test", count=64, bars=6, prompt_bars=2)}
    assert len(distinct) == 15


def test_without_a_prompt_only_beginnings_are_cut() -> None:
    cuts = cuts_of(bars_dataset(), "test", count=64, bars=4, prompt_bars=0)
    assert [cut.prompt.tolist() for cut in cuts] == [[dataset_style(i)] for i in range(5)]
    assert len(cuts) == 5


def dataset_style(number: int) -> int:
    piece = bars_dataset().of_split("test")[number]
    return int(bars_dataset().ids_of(piece)[0])


def test_a_continuation_has_its_cuts_bars_and_is_well_formed() -> None:
    bundle = bars_bundle()
    (cut, *_) = cuts_of(bars_dataset(), "test", count=1, bars=6, prompt_bars=2)
    found = continuation(bundle, cut, Settings(decode="sample", temperature=3.0), seed=3)
    tokens = bar_tokens.VOCABULARY.decode(found.tolist())
    assert [token for token in tokens if token.startswith("bar ")] == ["bar 3/4"] * 6
    assert bars.encode(bars.decode(tokens)) == [*tokens, "end"]


def test_a_continuation_is_what_a_take_plays_after_the_prompt() -> None:
    bundle, settings = bars_bundle(), Settings(decode="sample", polyphony=2, bars=6, remind=3, loop=True)
    (cut, *_) = cuts_of(bars_dataset(), "test", count=1, bars=6, prompt_bars=2)
    plan = plan_after(tuple(cut.prompt.tolist()), settings, TimeSignature(3, 4))
    steps = list(Composer(Performance(plan, bundle, 3)).steps())
    assert continuation(bundle, cut, settings, seed=3).tolist() == [step.token_id for step in steps[:-1]]


def test_every_bar_has_the_time_signature_of_the_cut() -> None:
    signatures = ["bar 2/4", "bar 2/4", "bar 5/8", "bar 2/4", "bar 4/4"]
    cut = Cut("a.mid", encoded("style any|bar 4/4"), encoded("|".join(signatures)))
    found = continuation(bars_bundle(), cut, Settings(decode="sample", temperature=3.0), seed=1)
    tokens = bar_tokens.VOCABULARY.decode(found.tolist())
    assert [token for token in tokens if token.startswith("bar ")] == signatures
    assert bars.encode(bars.decode(tokens)) == [*tokens, "end"]


def test_the_same_seed_gives_the_same_continuation() -> None:
    bundle, settings = bars_bundle(), Settings(decode="sample")
    (cut, *_) = cuts_of(bars_dataset(), "test", count=1, bars=2, prompt_bars=2)
    once, again, other = (continuation(bundle, cut, settings, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(once, again)
    assert once.tolist() != other.tolist()


def test_an_encoding_without_bars_has_no_continuation() -> None:
    from tests.support.models import toy_bundle

    (cut, *_) = cuts_of(bars_dataset(), "test", count=1, bars=2, prompt_bars=2)
    with pytest.raises(ValueError, match="'chords' has no bars"):
        continuation(toy_bundle(), cut, Settings(), seed=0)


def test_a_silent_cut_is_left_out() -> None:
    from training.data.dataset import Corpus, Dataset

    tokens = [
        "style any",
        *["bar 3/4"] * 5,
        *bars.encode(Score((), (TimeSignatureChange(0, TimeSignature(3, 4)),), 0))[:-1],
    ]
    note = ["bar 3/4", "position 0", "pitch 60", "duration 12"]
    dataset = Dataset.of("bars", Corpus("toy", "CC0"), "10.5.1", [("a.mid", "a", "test", [*tokens, *note, "end"])])
    cuts = cuts_of(dataset, "test", count=9, bars=2, prompt_bars=1)
    assert [passage_of(cut.ids).pitches.tolist() for cut in cuts] == [[60]]
    assert ids_of(Score(((Note(0, PPQ, 60, 88),),), (), PPQ)).tolist()[0] in bar_tokens.ids_of("bar")
