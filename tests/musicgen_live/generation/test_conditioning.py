"""Recall dropout and header reminders around a network that records what it reads."""

from __future__ import annotations

import numpy as np
import pytest

from musicgen_live.encodings import bar_tokens
from musicgen_live.generation.conditioning import HeaderReminder, RecallDropout
from musicgen_live.model.remembered import Remembered
from musicgen_live.model.state import Floats
from tests.support.networks import EMBEDDING_CARRIED


class Successor:
    """Predicts the id after the one that it read; records the ids."""

    def __init__(self) -> None:
        self.read: list[int] = []

    def step(self, token_id: int) -> Floats:
        self.read.append(token_id)
        logits: Floats = np.eye(3, dtype=np.float32)[(token_id + 1) % 3]
        return logits


class Reading(Successor):
    """Records ids of music in bars."""

    def step(self, token_id: int) -> Floats:
        self.read.append(token_id)
        return np.zeros(len(bar_tokens.VOCABULARY), np.float32)


def test_a_header_is_read_again_before_a_bar_when_it_is_due() -> None:
    network, names = Reading(), bar_tokens.VOCABULARY
    reminder = HeaderReminder(network, names.encode(["style ragtime", "key A minor"]), every_bars=2)
    start = reminder.snapshot()
    tokens = ["style any", "bar 3/4", "bar 3/4", "style lied", *["bar 3/4", "position 0"] * 5]
    for i in names.encode(tokens):
        reminder.step(i)
    again = ["style ragtime", "key A minor"]
    two_bars = ["bar 3/4", "position 0"] * 2
    assert names.decode(network.read) == [
        *["style any", "bar 3/4", "bar 3/4", "style lied", *two_bars],
        *[*again, *two_bars],
        *[*again, "bar 3/4", "position 0"],
    ]
    network.read.clear()
    reminder.restore(start)
    reminder.step(names.ids["bar 3/4"])
    assert names.decode(network.read) == ["bar 3/4"]


class RecordingPredictor(Successor):
    """Records for every id if its recall was visible."""

    def __init__(self) -> None:
        super().__init__()
        self.remembered = Remembered(EMBEDDING_CARRIED)
        self.was_shown: list[bool] = []

    def step(self, token_id: int) -> Floats:
        self.was_shown.append(self.remembered.shows_recall)
        return super().step(token_id)


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_recall_is_hidden_in_a_share_of_the_bars(share: float) -> None:
    network, names = RecordingPredictor(), bar_tokens.VOCABULARY
    dropout = RecallDropout(network, share, seed=7)
    start = dropout.snapshot()
    bar = names.encode(["bar 3/4", "position 0", "pitch 60", "duration 12"])
    for i in bar * 1000:
        dropout.step(i)
    bars = [network.was_shown[i : i + 4] for i in range(0, 4000, 4)]
    assert all(len(set(one)) == 1 for one in bars)
    assert sum(not one[0] for one in bars) / 1000 == pytest.approx(share, abs=0.05)
    first, network.was_shown = network.was_shown[:400], []
    dropout.restore(start)
    for i in bar * 100:
        dropout.step(i)
    assert network.was_shown == first
