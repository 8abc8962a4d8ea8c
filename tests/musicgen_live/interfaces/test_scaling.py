"""Positions of a controller as values, and values as positions."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from musicgen_live.config.changes import parse_change
from musicgen_live.config.parameter import Change, Value
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.errors import SettingsError
from musicgen_live.interfaces.scaling import change_at_position, position_of, reaches

RANGED = [name for name, parameter in PARAMETERS.items() if parameter.has_range]
LISTED = [name for name in PARAMETERS if PARAMETERS[name].choices()]


@given(st.sampled_from(RANGED + LISTED + ["mute"]), st.integers(0, 127))
def test_a_fader_moved_to_a_value_means_that_value(name: str, position: int) -> None:
    change = change_at_position(name, position / 127)
    share = position_of(name, change.value)
    assert share is not None
    assert change_at_position(name, round(share * 127) / 127) == change


@given(st.sampled_from(RANGED), st.data())
def test_a_fader_with_its_own_range_moves_through_it(name: str, data: st.DataObject) -> None:
    parameter = PARAMETERS[name]
    whole = parameter.kind == "integer" or parameter.is_pitch
    ends = (
        st.integers(int(parameter.minimum + 0.999), int(parameter.maximum))
        if whole
        else st.floats(parameter.minimum, parameter.maximum)
    )
    low, high = data.draw(ends), data.draw(ends)
    assume(abs(high - low) > 0.001)
    position = data.draw(st.integers(0, 127))
    change = change_at_position(name, position / 127, low, high)
    assert change.value is not None
    assert parse_change(name, change.value) == change
    share = position_of(name, change.value, low, high)
    assert share is not None
    if whole:
        assert change_at_position(name, round(share * 127) / 127, low, high) == change or abs(high - low) > 127
    else:
        assert round(share * 127) == position


@pytest.mark.parametrize(
    ("name", "positions"),
    [
        ("tempo", {0: 40.0, 127: 240.0, 64: 140.8}),
        ("top-p", {0: 0.3, 127: 1.0}),
        ("density", {0: None, 40: "sparse", 80: "medium", 127: "dense"}),
        ("polyphony", {0: 1, 16: 2, 111: 8, 127: None}),
        ("variation", {0: None, 1: 0.0, 127: 1.0}),
        ("max-onsets", {0: 0.25, 126: 8.0, 127: None}),
        ("low", {0: "C-1", 60: "C4", 127: "G9"}),
        ("transpose", {0: -48, 127: 48}),
        ("freeze", {0: 0, 127: 16}),
        ("key", {0: None, 127: "B minor"}),
        ("mute", {0: False, 63: False, 64: True}),
        ("reroll", {64: None, 127: None}),
    ],
)
def test_a_controller_moves_through_the_sweep(name: str, positions: dict[int, Value]) -> None:
    assert {position: change_at_position(name, position / 127).value for position in positions} == positions


def test_a_controller_with_swapped_ends_moves_backwards() -> None:
    assert change_at_position("tempo", 0.0, 200, 100) == Change("tempo", 200)
    assert change_at_position("tempo", 0.25, 200, 100) == Change("tempo", 175)
    assert position_of("tempo", 175, 200, 100) == 0.25


def test_values_without_a_position() -> None:
    assert position_of("chords", "Dm7") is None
    assert position_of("key", "D dorian") is None
    assert position_of("model", "my.safetensors") is None
    assert position_of("reroll", None) == 0
    with pytest.raises(SettingsError, match="chords is a text and has no next one; write it"):
        change_at_position("chords", 0.5)
    with pytest.raises(SettingsError, match="reroll is done from the middle"):
        change_at_position("reroll", 0.49)


def test_a_value_beyond_the_range_is_at_its_end() -> None:
    assert (position_of("tempo", 1000.0), position_of("tempo", 10.0)) == (1, 0)
    assert (position_of("low", None), position_of("high", None)) == (0, 1)


@pytest.mark.parametrize(
    ("name", "value", "ends", "reached"),
    [
        ("tempo", 240.0, (None, None), True),
        ("tempo", 241.0, (None, None), False),
        ("tempo", 80.0, (160, 80), True),
        ("tempo", 79.0, (160, 80), False),
        ("polyphony", None, (None, None), True),
        ("polyphony", None, (1, 4), False),
        ("low", "C2", (None, None), True),
        ("low", "C2", (48, 60), False),
        ("key", "D dorian", (None, None), False),
        ("mute", True, (None, None), True),
    ],
)
def test_a_controller_reaches_what_it_can_set(
    name: str, value: Value, ends: tuple[float | None, float | None], *, reached: bool
) -> None:
    assert reaches(name, value, *ends) is reached
