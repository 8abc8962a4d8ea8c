"""Other models on the way, on the manual clock: no bar is left unplanned, nothing falls silent, no note is left on."""

from __future__ import annotations

from itertools import pairwise

import pytest

from musicgen_live.config.parameters import Change
from musicgen_live.config.presets import load_preset
from musicgen_live.interfaces.events import Asked, BarBegan, Changed, Planned, Refused
from tests.support.rehearsal import Rehearsal
from tests.support.silences import longest_silence

SWITCHES = 50
SETTINGS = load_preset("sonatina").settings.changed(
    {"tempo": 240.0, "meter": "2/4", "bars": SWITCHES + 6, "key": "C major", "density": "dense"}
)
"""Music that has no silence over a quarter by itself, with any seed that was tried."""
BAR = 960
BAR_S = 0.5
QUARTER = 480


def played(seed: int, *models: str, wish_s: float = 0.3) -> Rehearsal:
    """These models in turns, one in each bar, asked for so many seconds after its line."""
    changes = [(3 * BAR_S + wish_s + BAR_S * i, models[i % len(models)]) for i in range(SWITCHES if models else 0)]
    return Rehearsal(SETTINGS, [(at_s, Change("model", model)) for at_s, model in changes], seed)


@pytest.mark.parametrize("models", [(), ("stream", "piano"), ("classic", "piano")])
def test_fifty_models_in_fifty_bars_leave_nothing_unplanned_no_gap_and_no_note_on(models: tuple[str, ...]) -> None:
    rehearsal = played(3, *models)
    assert rehearsal.told(Refused) == []
    changed = [(event.value, event.bar) for event in rehearsal.told(Changed) if event.name == "model"]
    assert changed == [(models[i % 2], 5 + i) for i in range(SWITCHES if models else 0)]
    planned_until = 0
    for event in rehearsal.events:
        if isinstance(event, Planned):
            assert event.tick <= planned_until
            planned_until = event.until_tick
        elif isinstance(event, BarBegan):
            # The bar that begins, and two of 4/4 behind its line unless the take is over before.
            assert planned_until >= min((event.bar - 1) * BAR + 8 * QUARTER, (SWITCHES + 6) * BAR)
    assert [event.bar for event in rehearsal.told(BarBegan)] == list(range(1, SWITCHES + 7))
    notes = rehearsal.notes()  # which asserts that each was released
    assert max(later - one for one, later in pairwise(sorted({note.start_tick // BAR for note in notes}))) == 1
    assert longest_silence(rehearsal.output.messages) <= QUARTER


def test_a_model_asked_for_six_times_a_bar_leaves_no_gap_and_what_is_heard_is_the_latest() -> None:
    script = [(3 * BAR_S + i * BAR_S / 6, Change("model", ("stream", "piano")[i % 2])) for i in range(SWITCHES)]
    rehearsal = Rehearsal(SETTINGS, script, 3)
    assert rehearsal.told(Refused) == []
    assert len([event for event in rehearsal.told(Asked) if event.name == "model"]) == SWITCHES
    assert rehearsal.comes_true()
    assert rehearsal.session.values["model"] == "piano"
    assert rehearsal.notes()
    assert longest_silence(rehearsal.output.messages) <= QUARTER
