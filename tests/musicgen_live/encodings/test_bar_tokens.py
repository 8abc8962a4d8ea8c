from __future__ import annotations

import hashlib
from itertools import pairwise

import pytest

from musicgen_live.encodings import BAR_ENCODINGS, ENCODINGS, VOCABULARIES
from musicgen_live.encodings.bar_tokens import (
    CONTROL_TOKENS,
    KINDS,
    MARKS,
    TIME_SIGNATURES,
    VOCABULARY,
    bar_units,
    header,
    ids_of,
    time_signature_of,
    transposed_ids,
)


def test_the_vocabulary_never_changes() -> None:
    # Models depend on the vocabulary, so a change of it needs an encoding of another name.
    assert len(VOCABULARY) == 358
    assert hashlib.sha256("\n".join(VOCABULARY.tokens).encode()).hexdigest()[:16] == "6d1f2464e146006e"


def test_kinds_are_ranges_of_ids_in_rising_order() -> None:
    kinds = [*CONTROL_TOKENS, *MARKS, "bar", "position", "hand", "velocity", "pitch", "duration", "end"]
    runs = [ids_of(kind) for kind in kinds]
    assert [i for run in runs for i in run] == list(range(len(VOCABULARY)))
    assert all(KINDS[VOCABULARY.tokens[i]] == kind for kind, run in zip(kinds, runs, strict=True) for i in run)
    for kind in ("position", "velocity", "pitch", "duration"):
        numbers = [int(VOCABULARY.tokens[i].split()[1]) for i in ids_of(kind)]
        assert all(a < b for a, b in pairwise(numbers))


def test_a_bar_token_names_its_time_signature_and_has_its_length() -> None:
    assert [time_signature_of(VOCABULARY.tokens[i]) for i in ids_of("bar")] == list(TIME_SIGNATURES)
    assert {token: bar_units(token) for token in ("bar 4/4", "bar 3/8", "bar 7/16", "bar 1/32")} == {
        "bar 4/4": 96,
        "bar 3/8": 36,
        "bar 7/16": 42,
        "bar 1/32": 3,
    }


def test_a_header_has_a_style_first_and_the_rest_in_order() -> None:
    assert header(()) == ("style any",)
    assert header(("texture thin", "key A minor", "style chopin")) == ("style chopin", "key A minor", "texture thin")


@pytest.mark.parametrize("controls", [("style purple",), ("bar 3/4",), ("key A minor", "key C major"), ("",)])
def test_a_wrong_control_token_is_refused_with_the_known_ones(controls: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="cannot be said of a piece here; one of a kind can be: style any, style bar"):
        header(controls)


def test_a_mark_of_a_bar_stands_in_no_header() -> None:
    assert [VOCABULARY.tokens[i] for kind in MARKS for i in ids_of(kind)] == [
        "bars-left 8", "bars-left 4", "bars-left 2", "bars-left 1", "phrase end",
    ]  # fmt: skip
    for mark in ("bars-left 4", "phrase end"):
        with pytest.raises(ValueError, match="cannot be said of a piece here"):
            header((mark,))


def test_transposing_moves_pitches_and_keys_and_nothing_else() -> None:
    tokens = [
        "style any",
        "key Bb minor",
        "bars-left 4",
        "bar 3/4",
        "position 12",
        "velocity 104",
        "pitch 60",
        "duration 24",
        "pitch 126",
        "end",
    ]
    up = transposed_ids(3)
    assert VOCABULARY.decode(up[i] for i in VOCABULARY.encode(tokens)) == [
        "style any", "key C# minor", "bars-left 4", "bar 3/4", "position 12", "velocity 104", "pitch 63",
        "duration 24", "pitch 127", "end",
    ]  # fmt: skip
    down = transposed_ids(-13)
    assert [VOCABULARY.tokens[down[VOCABULARY.ids[key]]] for key in ("key C major", "key Eb minor")] == [
        "key B major", "key D minor",
    ]  # fmt: skip
    assert transposed_ids(0) == tuple(range(len(VOCABULARY)))


def test_both_variants_are_registered() -> None:
    assert BAR_ENCODINGS == ("bars", "bars-hands")
    assert set(BAR_ENCODINGS) <= set(ENCODINGS)
    assert all(VOCABULARIES[name] == VOCABULARY for name in BAR_ENCODINGS)
