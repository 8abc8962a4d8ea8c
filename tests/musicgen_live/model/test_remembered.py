"""The other inputs of a network: recall, recall by intervals and the reference, a number for each name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from musicgen_live.encodings import bar_tokens
from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.model.architecture import Architecture
from musicgen_live.model.reference import Reference
from musicgen_live.model.remembered import Remembered

NOTHING = len(VOCABULARY)
PLAIN = Architecture(NOTHING, 8, "embedding", "carried", embedding=4)
RECALLING = replace(PLAIN, recall_from=bar_tokens.ids_of("bar").start)
ALL = replace(RECALLING, intervals=True, reference=True)
BAR = "bar 3/4|position 0|pitch 60|duration 24"


def ids(text: str) -> list[int]:
    return VOCABULARY.encode(text.split("|"))


@pytest.mark.parametrize(
    ("architecture", "inputs"),
    [
        (PLAIN, ()),
        (RECALLING, (NOTHING, 0)),
        (replace(RECALLING, reference=True), (NOTHING, 0, NOTHING, 0)),
        (replace(RECALLING, intervals=True), (NOTHING, 0, NOTHING, 0)),
        (ALL, (NOTHING, 0, NOTHING, 0, NOTHING, 0)),
    ],
)
def test_there_is_a_number_for_each_name(architecture: Architecture, inputs: tuple[int, ...]) -> None:
    assert Remembered(architecture).read(ids("bar 3/4")[0]) == inputs
    assert len(inputs) == len(architecture.remembered)


def read(remembered: Remembered, text: str) -> list[tuple[int, ...]]:
    return [remembered.read(token_id) for token_id in ids(text)]


def test_recall_comes_first_then_intervals_then_the_reference() -> None:
    assert ALL.remembered == (
        "recall", "recall_length", "interval_recall", "interval_length", "reference", "relation",
    )  # fmt: skip
    remembered = Remembered(ALL)
    read(remembered, f"{BAR}|position 12|pitch 62|duration 24")
    remembered.reference = Reference("same", ids("position 0|pitch 70|duration 24"))
    *_, last = read(remembered, "bar 3/4|position 0|pitch 65|duration 24|position 12")
    # Bar, position and pitch are new together; by intervals, "duration 24, position 12" was followed by a step of 2.
    assert last == (ids("pitch 62")[0], 1, ids("pitch 67")[0], 1, NOTHING, 2)


def test_a_reference_holds_up_to_the_next_label() -> None:
    remembered = Remembered(replace(RECALLING, reference=True))
    remembered.reference = Reference("same", ids("position 0|pitch 60"))
    shown = [row[2:] for row in read(remembered, "bar 3/4|style folk|phrase end|position 0")]
    assert shown == [(ids("position 0")[0], 2), (NOTHING, 0), (NOTHING, 0), (ids("pitch 60")[0], 2)]


def test_hidden_recall_hides_no_reference() -> None:
    remembered = Remembered(ALL)
    read(remembered, f"{BAR}|{BAR}")
    remembered.shows_recall = False
    remembered.reference = Reference("same", ids("position 0"))
    assert read(remembered, "bar 3/4") == [(NOTHING, 0, NOTHING, 0, ids("position 0")[0], 2)]


def test_a_state_is_returned_to() -> None:
    remembered, other = Remembered(ALL), Remembered(ALL)
    for each in (remembered, other):
        read(each, f"{BAR}|{BAR}")
        each.reference = Reference("varied", ids("position 0|pitch 60|duration 24|pitch 64|duration 24"))
        read(each, "bar 3/4|position 0|pitch 60")
    state = remembered.snapshot()
    following = "duration 24|pitch 64|duration 24|bar 3/4|position 0"
    straight = read(other, following)
    for _ in range(2):
        read(remembered, "duration 24|pitch 90")
        remembered.reference, remembered.shows_recall = Reference("new"), False
        remembered.restore(state)
        assert read(remembered, following) == straight


def test_reset_forgets_everything() -> None:
    remembered = Remembered(ALL)
    remembered.reference = Reference("new")
    read(remembered, BAR)
    remembered.reset()
    assert read(remembered, BAR) == [(NOTHING, 0, NOTHING, 0, NOTHING, 0)] * 4
