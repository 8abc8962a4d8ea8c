"""References: the token at the same place of an earlier bar, shown to a network as it writes a bar that answers it."""

from __future__ import annotations

import pytest

from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.model.architecture import RELATIONS
from musicgen_live.model.reference import Reference

NOTHING = len(VOCABULARY)
THEME = (
    "position 0|pitch 48|duration 96|pitch 64|duration 24|position 24|pitch 65|duration 24|"
    "position 48|pitch 67|duration 48"
)


def ids(text: str) -> list[int]:
    return VOCABULARY.encode(text.split("|"))


def read(reference: Reference, text: str) -> list[str]:
    """Return what is shown after each token of an answering bar, `-` for nothing."""
    shown = [reference.read(token_id, NOTHING)[0] for token_id in ids(text)]
    return ["-" if token_id == NOTHING else VOCABULARY.tokens[token_id] for token_id in shown]


def to_theme(relation: str = "same", theme: str = THEME, semitones: int = 0) -> Reference:
    return Reference(relation, ids(theme), VOCABULARY.ids["bar 4/4"], semitones)


def test_a_bar_that_repeats_another_is_shown_its_next_token() -> None:
    theme = THEME.split("|")
    assert read(to_theme(), f"bar 4/4|{THEME}") == [*theme, "bar 4/4"]


def test_behind_a_note_left_out_it_is_shown_what_comes_there() -> None:
    assert read(to_theme(), "bar 4/4|position 0|pitch 64|duration 24|position 48") == [
        "position 0", "pitch 48", "duration 24", "position 24", "pitch 67",
    ]  # fmt: skip


def test_behind_an_added_note_it_is_shown_the_next_of_the_theme() -> None:
    assert read(to_theme(), "bar 4/4|position 0|pitch 60|duration 6|position 12|pitch 62|duration 6") == [
        "position 0", "pitch 48", "pitch 64", "pitch 64", "position 24", "position 24", "position 24",
    ]  # fmt: skip


def test_behind_the_end_of_the_bar_it_is_shown_the_next_bar() -> None:
    assert read(to_theme(), "bar 4/4|position 72|pitch 60|duration 24") == [
        "position 0", "bar 4/4", "bar 4/4", "bar 4/4",
    ]  # fmt: skip
    assert read(Reference("same", ids(THEME)), "bar 4/4|position 72") == ["position 0", "-"]


def test_another_duration_changes_nothing() -> None:
    assert read(to_theme(), "bar 4/4|position 24|pitch 65|duration 6") == [
        "position 0", "pitch 65", "duration 24", "position 48",
    ]  # fmt: skip


def test_a_transposed_bar_is_shown_transposed_pitches() -> None:
    answer = "bar 4/4|position 0|pitch 53|duration 96|pitch 69|duration 24|position 24|pitch 70"
    assert read(to_theme("transposed", semitones=5), answer) == [
        "position 0", "pitch 53", "duration 96", "pitch 69", "duration 24", "position 24", "pitch 70", "duration 24",
    ]  # fmt: skip


@pytest.mark.parametrize(("semitones", "shown"), [(12, "pitch 127"), (-12, "pitch 108")])
def test_a_transposed_pitch_stays_in_the_range_of_midi(semitones: int, shown: str) -> None:
    theme = to_theme("transposed", "position 0|pitch 120|duration 24", semitones)
    assert read(theme, "bar 4/4|position 0")[-1] == shown


DYNAMIC = (
    "position 0|velocity 104|pitch 60|duration 24|velocity 56|pitch 64|duration 24|position 24|pitch 65|duration 24"
)


def test_a_velocity_stands_before_its_pitch() -> None:
    assert read(to_theme(theme=DYNAMIC), f"bar 4/4|{DYNAMIC}") == [*DYNAMIC.split("|"), "bar 4/4"]
    # Without a velocity of its own, the answer is shown the pitch that it plays at once.
    assert read(to_theme(theme=DYNAMIC), "bar 4/4|position 0|pitch 60|duration 24|pitch 64|duration 24") == [
        "position 0", "velocity 104", "duration 24", "velocity 56", "duration 24", "position 24",
    ]  # fmt: skip


def test_behind_a_velocity_of_its_own_it_is_shown_the_pitch() -> None:
    assert read(to_theme(), "bar 4/4|position 0|velocity 104|pitch 48|duration 96|velocity 72") == [
        "position 0", "pitch 48", "pitch 48", "duration 96", "pitch 64", "pitch 64",
    ]  # fmt: skip


def test_the_relation_is_told_with_every_token() -> None:
    assert RELATIONS == ("none", "new", "same", "varied", "transposed")
    for relation in ("same", "varied", "transposed"):
        reference = to_theme(relation)
        told = {reference.read(token_id, NOTHING)[1] for token_id in ids(f"bar 4/4|{THEME}")}
        assert told == {RELATIONS.index(relation)}


def test_new_music_is_shown_nothing_but_that_it_is_new() -> None:
    reference = Reference("new")
    assert [reference.read(token_id, NOTHING) for token_id in ids("bar 4/4|position 0|pitch 60")] == [(NOTHING, 1)] * 3


def test_an_empty_bar_leads_to_the_next_one() -> None:
    empty = Reference("same", [], VOCABULARY.ids["bar 3/4"])
    assert read(empty, "bar 4/4|position 0|pitch 60|duration 24") == ["bar 3/4"] * 4


def test_a_state_is_returned_to() -> None:
    reference = to_theme(theme=DYNAMIC)
    read(reference, "bar 4/4|position 0|velocity 104|pitch 60|duration 24")
    state = reference.snapshot()
    straight = read(reference, "velocity 56|pitch 64|duration 24|position 24")
    read(reference, "position 48|pitch 90")
    reference.restore(state)
    assert read(reference, "velocity 56|pitch 64|duration 24|position 24") == straight
    reference.reset()
    assert read(reference, "bar 4/4|position 0") == ["position 0", "velocity 104"]
