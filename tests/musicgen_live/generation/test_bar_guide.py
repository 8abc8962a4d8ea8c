"""Marks before a bar, and the earlier bar that it answers, around a network that records what it reads."""

from __future__ import annotations

import numpy as np
import pytest

from musicgen_live.encodings import bar_tokens
from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.generation import bar_guide
from musicgen_live.generation.bar_guide import BarGuide, bars_left_id
from musicgen_live.model.architecture import Architecture
from musicgen_live.model.remembered import Remembered
from musicgen_live.model.state import Floats
from musicgen_live.music.form import PlannedBar

ARCHITECTURE = Architecture(
    len(VOCABULARY), 8, "embedding", "carried", embedding=4, recall_from=bar_tokens.ids_of("bar").start, reference=True
)


class Reading:
    """Records the tokens that are read, and those shown by the reference."""

    def __init__(self) -> None:
        self.remembered = Remembered(ARCHITECTURE)
        self.read: list[str] = []
        self.shown: list[str] = []

    def step(self, token_id: int) -> Floats:
        *_, shown, relation = self.remembered.read(token_id)
        self.read.append(VOCABULARY.tokens[token_id])
        self.shown.append(f"{'-' if shown == len(VOCABULARY) else VOCABULARY.tokens[shown]} {relation}")
        return np.zeros(len(VOCABULARY), np.float32)


def guide_of(network: Reading) -> BarGuide:
    return BarGuide(network, network.remembered)


def step(guide: BarGuide, text: str) -> None:
    for token_id in VOCABULARY.encode(text.split("|")):
        guide.step(token_id)


def note_of(pitch: int) -> str:
    return f"position 0|pitch {pitch}|duration 24"


def test_marks_stand_right_before_the_token_of_their_bar() -> None:
    network = Reading()
    guide = guide_of(network)
    step(guide, f"style folk|key C major|bar 3/4|{note_of(60)}")
    guide.plan, guide.bars_left = PlannedBar(ends_phrase=True), 4
    step(guide, f"style folk|bar 3/4|{note_of(62)}|bar 3/4")
    assert network.read == [
        *f"style folk|key C major|bar 3/4|{note_of(60)}".split("|"),
        *f"style folk|bars-left 4|phrase end|bar 3/4|{note_of(62)}|bar 3/4".split("|"),
    ]


@pytest.mark.parametrize(
    ("bars", "mark"),
    [(9, None), (8, "bars-left 8"), (7, None), (4, "bars-left 4"), (2, "bars-left 2"), (1, "bars-left 1"), (0, None)],
)
def test_some_numbers_of_bars_left_have_a_mark(bars: int, mark: str | None) -> None:
    found = bars_left_id(bars)
    assert (None if found is None else VOCABULARY.tokens[found]) == mark


def test_a_bar_without_a_plan_is_shown_nothing() -> None:
    network = Reading()
    step(guide_of(network), f"bar 3/4|{note_of(60)}|bar 3/4|{note_of(60)}")
    assert set(network.shown) == {"- 0"}


def test_new_music_is_said_to_be_new() -> None:
    network = Reading()
    guide = guide_of(network)
    guide.plan = PlannedBar("new")
    step(guide, f"bar 3/4|{note_of(60)}|bar 3/4")
    # The plan is that of one bar alone.
    assert network.shown == ["- 1"] * 4 + ["- 0"]


def test_a_bar_is_shown_the_one_that_it_answers() -> None:
    network = Reading()
    guide = guide_of(network)
    step(guide, f"bar 3/4|{note_of(60)}|bar 2/4|{note_of(65)}|bar 3/4|{note_of(67)}")
    network.shown.clear()
    guide.plan = PlannedBar("transposed", 3, 7)
    step(guide, f"bar 3/4|{note_of(67)}")
    assert network.shown == ["position 0 4", "pitch 67 4", "duration 24 4", "bar 2/4 4"]


def test_the_bar_right_before_leads_to_the_bar_that_answers_it() -> None:
    network = Reading()
    guide = guide_of(network)
    step(guide, f"bar 3/4|{note_of(60)}")
    network.shown.clear()
    guide.plan = PlannedBar("same", 1)
    step(guide, f"bar 6/8|{note_of(60)}")
    assert network.shown == ["position 0 2", "pitch 60 2", "duration 24 2", "bar 6/8 2"]


def test_labels_and_marks_are_no_part_of_a_bar() -> None:
    network = Reading()
    guide = guide_of(network)
    step(guide, f"bar 3/4|{note_of(60)}|style folk|key C major")
    guide.plan, guide.bars_left = PlannedBar("same", 1), 2
    network.shown.clear()
    step(guide, f"style any|bar 3/4|{note_of(60)}")
    assert network.shown == ["- 0", "- 0", "position 0 2", "pitch 60 2", "duration 24 2", "bar 3/4 2"]


@pytest.mark.parametrize("distance", [2, 100])
def test_a_bar_before_the_music_is_answered_by_free_music(distance: int) -> None:
    network = Reading()
    guide = guide_of(network)
    step(guide, f"bar 3/4|{note_of(60)}")
    network.shown.clear()
    guide.plan = PlannedBar("same", distance)
    step(guide, "bar 3/4|position 0")
    assert network.shown == ["- 0", "- 0"]


def test_bars_of_two_tokens_are_counted_as_one() -> None:
    network = Reading()
    guide = guide_of(network)
    guide.tokens_a_bar = 2
    step(guide, f"bar 4/4|{note_of(60)}|bar 3/4|{note_of(62)}")
    network.shown.clear()
    for text in (f"bar 4/4|{note_of(60)}", f"bar 3/4|{note_of(62)}"):
        guide.plan = PlannedBar("same", 1)
        step(guide, text)
    assert network.shown == [
        *["position 0 2", "pitch 60 2", "duration 24 2", "bar 3/4 2"],
        *["position 0 2", "pitch 62 2", "duration 24 2", "bar 4/4 2"],
    ]


def test_bars_that_are_only_remembered_can_be_answered() -> None:
    network = Reading()
    guide = guide_of(network)
    guide.remember(VOCABULARY.encode(f"bar 3/4|{note_of(60)}".split("|")))
    assert network.read == []
    step(guide, f"style any|bar 3/4|{note_of(62)}")
    network.shown.clear()
    guide.plan = PlannedBar("same", 2)
    step(guide, "bar 3/4|position 0|pitch 60")
    assert network.shown == ["position 0 2", "pitch 60 2", "duration 24 2"]


def test_the_latest_bars_stay_within_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bar_guide, "KEPT_BARS", 4)
    for bars in range(4, 20):
        network = Reading()
        guide = guide_of(network)
        for bar in range(bars):
            step(guide, f"bar 3/4|{note_of(40 + bar)}")
        guide.plan = PlannedBar("same", 4)
        step(guide, "bar 3/4|position 0")
        assert network.shown[-1] == f"pitch {40 + bars - 4} 2"


def test_going_back_forgets_bars_and_plans_since() -> None:
    network = Reading()
    guide = guide_of(network)
    step(guide, f"bar 3/4|{note_of(60)}|bar 3/4|position 0")
    guide.plan, guide.bars_left = PlannedBar("same", 1), 1
    state, inputs = guide.snapshot(), network.remembered.snapshot()
    step(guide, f"bar 3/4|{note_of(70)}|bar 3/4|{note_of(71)}")
    guide.plan = PlannedBar("new")
    for _ in range(2):
        guide.restore(state)
        network.remembered.restore(inputs)
        network.read.clear()
        network.shown.clear()
        step(guide, "bar 3/4|position 0")
        assert network.read == ["bars-left 1", "bar 3/4", "position 0"]
        assert network.shown == ["- 0", "position 0 2", "bar 3/4 2"]
