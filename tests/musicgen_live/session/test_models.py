"""Switches of models on the manual clock: every bar is planned, nothing falls silent, no note hangs."""

from __future__ import annotations

from itertools import pairwise

import pytest

from musicgen_live.config.parameter import Change
from musicgen_live.config.presets import load_preset
from musicgen_live.interfaces.events import BarBegan, Changed, Granted, Planned, Refused
from tests.support.rehearsal import ShippedRehearsal
from tests.support.silences import longest_silence

SWITCHES = 50
SETTINGS = load_preset("sonatina").settings.changed(
    {"tempo": 240.0, "meter": "2/4", "bars": SWITCHES + 6, "key": "C major", "density": "dense"}
)
"""This music has no silence over a quarter, with any seed that was tried."""
BAR = 960
BAR_S = 0.5
QUARTER = 480


def played(seed: int, *models: str, after_s: float = 0.3) -> ShippedRehearsal:
    """Play these models in turns, one in each bar, each requested `after_s` seconds after a bar line."""
    changes = [(3 * BAR_S + after_s + BAR_S * i, models[i % len(models)]) for i in range(SWITCHES if models else 0)]
    return ShippedRehearsal(SETTINGS, [(at_s, Change("model", model)) for at_s, model in changes], seed)


@pytest.mark.parametrize("models", [(), ("stream", "piano"), ("classic", "piano")])
def test_fifty_models_in_fifty_bars_leave_no_gap(models: tuple[str, ...]) -> None:
    rehearsal = played(3, *models)
    assert rehearsal.published(Refused) == []
    changed = [(event.value, event.bar) for event in rehearsal.published(Changed) if event.name == "model"]
    assert changed == [(models[i % 2], 5 + i) for i in range(SWITCHES if models else 0)]
    planned_until = 0
    for event in rehearsal.events:
        if isinstance(event, Planned):
            assert event.tick <= planned_until
            planned_until = event.until_tick
        elif isinstance(event, BarBegan):
            # The bar that begins, and two bars of 4/4 after its line unless the take ends before.
            assert planned_until >= min((event.bar - 1) * BAR + 8 * QUARTER, (SWITCHES + 6) * BAR)
    assert [event.bar for event in rehearsal.published(BarBegan)] == list(range(1, SWITCHES + 7))
    notes = rehearsal.notes()  # asserts that each was released
    assert max(later - one for one, later in pairwise(sorted({note.start_tick // BAR for note in notes}))) == 1
    assert longest_silence(rehearsal.output.messages) <= QUARTER


def test_six_models_a_bar_leave_no_gap_and_the_latest_plays() -> None:
    script = [(3 * BAR_S + i * BAR_S / 6, Change("model", ("stream", "piano")[i % 2])) for i in range(SWITCHES)]
    rehearsal = ShippedRehearsal(SETTINGS, script, 3)
    assert rehearsal.published(Refused) == []
    assert len([event for event in rehearsal.published(Granted) if event.name == "model"]) == SWITCHES
    assert rehearsal.changes_agree()
    assert rehearsal.session.values["model"] == "piano"
    assert rehearsal.notes()
    assert longest_silence(rehearsal.output.messages) <= QUARTER
