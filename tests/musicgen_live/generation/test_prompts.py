"""Prompts: headers, time signatures, the choice of a prompt, and its key."""

from __future__ import annotations

import pytest

from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.generation.prompts import (
    controls_of,
    fitting,
    header_of,
    is_alike,
    time_signature_of,
    transposed,
    with_bars_of,
    with_header,
)
from musicgen_live.music.scales import parse_key
from musicgen_live.music.time_signature import TimeSignature


def ids(text: str) -> tuple[int, ...]:
    return tuple(VOCABULARY.encode(text.split("|")))


def tokens(prompt: tuple[int, ...]) -> str:
    return "|".join(VOCABULARY.decode(prompt))


def pitches(prompt: tuple[int, ...]) -> list[int]:
    return [int(token.removeprefix("pitch ")) for token in VOCABULARY.decode(prompt) if token.startswith("pitch ")]


def melody(*pitches: int, header: str = "style any", meter: str = "4/4") -> tuple[int, ...]:
    notes = "|".join(f"position {6 * i}|pitch {pitch}|duration 6" for i, pitch in enumerate(pitches))
    return ids(f"{header}|bar {meter}|{notes}")


RAG = melody(60, header="style ragtime|key C major|texture full", meter="2/4")
SLOW_RAG = melody(60, header="style ragtime|key A minor|density sparse", meter="2/4")
WALTZ = melody(60, header="style romantic|key A minor", meter="3/4")
NOCTURNE = melody(60, header="style romantic|key C major|density sparse", meter="4/4")
ALL = [RAG, SLOW_RAG, WALTZ, NOCTURNE]


def test_a_header_is_everything_before_the_first_bar() -> None:
    assert controls_of(RAG) == {"style": "ragtime", "key": "C major", "texture": "full"}
    assert controls_of(ids("bar 3/4")) == {}
    assert tokens(header_of({"texture": "thin", "key": "A minor"})) == "style any|key A minor|texture thin"


def test_the_time_signature_is_that_of_most_bars() -> None:
    assert time_signature_of(ids("style any|bar 1/4|bar 3/4|bar 3/4")) == (3, 4)
    assert time_signature_of(ids("style any")) is None


@pytest.mark.parametrize(
    ("requested", "time_signature", "found"),
    [
        ({}, None, [0, 1, 2, 3]),
        ({"style": "any"}, None, [0, 1, 2, 3]),
        ({"style": "ragtime"}, None, [0, 1]),
        ({"style": "ragtime", "texture": "full"}, None, [0]),
        ({"style": "ragtime", "texture": "thin"}, None, []),
        ({"density": "sparse"}, None, [1, 3]),
        ({"density": "sparse"}, TimeSignature(4, 4), [3]),
        ({"density": "sparse", "texture": "full"}, None, []),
        ({"style": "romantic"}, TimeSignature(3, 4), [2]),
        ({"style": "ragtime"}, TimeSignature(3, 4), []),
        ({"style": "lied"}, None, []),
    ],
)
def test_a_prompt_agrees_with_everything_requested(
    requested: dict[str, str], time_signature: TimeSignature | None, found: list[int]
) -> None:
    assert fitting(ALL, requested, None, time_signature) == found


@pytest.mark.parametrize(
    ("requested", "mode", "found"),
    [
        ({}, "minor", [1, 2]),
        ({"style": "ragtime"}, "minor", [1]),
        ({"key": "Eb minor"}, None, [1, 2]),
        ({"key": "Eb minor", "density": "sparse"}, None, [1]),
        ({"key": "C major"}, "minor", [1, 2]),
    ],
)
def test_of_a_key_the_mode_alone_is_needed(requested: dict[str, str], mode: str | None, found: list[int]) -> None:
    # A prompt is transposed to any tonic. A requested mode goes before that of the key.
    assert fitting([*ALL, melody(60)], requested, mode, None) == found


@pytest.mark.parametrize(
    ("key", "first"),
    [("C major", 60), ("D major", 62), ("Bb major", 58), ("F# major", 54), ("G mixolydian", 60), ("C chromatic", 60)],
)
def test_a_prompt_is_transposed_into_the_key(key: str, first: int) -> None:
    prompt = melody(60, 62, 64, 65, 67, 69, 71, 72, 67, 64, 60)
    everything = tuple(range(128))
    allowed = tuple(pitch for pitch in everything if pitch % 12 in parse_key(key).classes)
    assert pitches(transposed(prompt, parse_key(key), allowed))[0] == first
    assert controls_of(transposed(prompt, parse_key(key), allowed)) == {"style": "any"}


def test_of_relative_keys_the_most_frequent_tonic_decides() -> None:
    prompt = melody(57, 60, 64, 57, 69, 64, 57)
    key = parse_key("A minor")
    allowed = tuple(pitch for pitch in range(128) if pitch % 12 in key.classes)
    assert transposed(prompt, key, allowed) == prompt
    in_e = melody(52, 55, 59, 52, 64, 59, 52)
    assert pitches(transposed(in_e, key, allowed))[0] == 57


def test_without_a_key_a_prompt_moves_by_octaves() -> None:
    assert pitches(transposed(melody(40, 43, 47), None, range(60, 85))) == [64, 67, 71]
    assert pitches(transposed(melody(60, 64), None, range(128))) == [60, 64]


def test_a_prompt_can_get_another_header() -> None:
    prompt = melody(60, header="style romantic|key C major")
    assert tokens(with_header(prompt, {"style": "chopin", "key": "A minor"})).startswith(
        "style chopin|key A minor|bar 4/4|"
    )
    assert tokens(with_header(ids("bar 3/4"), {})) == "style any|bar 3/4"


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ((4, 4), (4, 4), True),
        ((2, 2), (4, 4), True),
        ((2, 4), (4, 8), True),
        # Three quarters and two dotted ones divide differently.
        ((3, 4), (6, 8), False),
        ((3, 4), (3, 4), True),
        ((2, 4), (4, 4), False),
    ],
)
def test_time_signatures_are_alike_that_divide_a_bar_alike(
    one: tuple[int, int], other: tuple[int, int], alike: bool
) -> None:
    assert is_alike(TimeSignature(*one), TimeSignature(*other)) == alike
    assert not is_alike(None, TimeSignature(*other))


def test_bars_alike_become_bars_of_the_take() -> None:
    prompt = ids("style any|bar 2/2|position 0|pitch 60|duration 24|bar 3/4|position 0|pitch 62|duration 24|bar 4/4")
    assert tokens(with_bars_of(prompt, TimeSignature(4, 4))) == (
        "style any|bar 4/4|position 0|pitch 60|duration 24|bar 3/4|position 0|pitch 62|duration 24|bar 4/4"
    )
    # No token stands for such bars.
    assert with_bars_of(prompt, TimeSignature(31, 16)) == prompt
