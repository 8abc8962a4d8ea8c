"""A control surface: changes from its messages, and feedback to its faders and lights."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicgen_live.config.controller_map_file import parse_controller_map
from musicgen_live.config.parameter import Change, Value
from musicgen_live.interfaces.surface import ControlSurface

TABLE = """\
"cc 1" = "tempo"
"cc 2" = { value = "top-p", low = 0.5, high = 1.0 }
"cc 3" = "density"
"cc 4" = "mute"
"cc 5" = "reroll"
"cc 6" = { value = "key", to = "D dorian" }
"cc 7 channel 2" = { value = "octave", step = 1 }
"note 36" = "reroll"
"note 37 channel 10" = "mute"
"note 38" = { value = "octave", step = -1 }
"note 39" = { value = "tempo", to = 132 }
"note 40" = { value = "scene", to = "2", quantise = "4 bars" }
"note 41" = { value = "transpose", to = "12 @now" }
"cc 8" = { value = "transpose", quantise = "beat" }
"""


@pytest.fixture
def surface() -> ControlSurface:
    return ControlSurface(parse_controller_map(tomllib.loads(TABLE), "x"))


def asked(surface: ControlSurface, *messages: str) -> list[tuple[str, Value]]:
    requested = [surface.change_for(bytes.fromhex(message)) for message in messages]
    return [(change.name, change.value) for change in requested if change is not None]


def sent(surface: ControlSurface, name: str, value: Value) -> list[str]:
    return [message.hex(" ") for message in surface.feedback(name, value)]


def test_a_controller_moves_through_the_range_of_its_value(surface: ControlSurface) -> None:
    assert asked(surface, "b0 01 00", "b0 01 7f") == [("tempo", 40.0), ("tempo", 240.0)]
    assert asked(surface, "b5 02 00", "b5 02 7f") == [("top-p", 0.5), ("top-p", 1.0)]
    assert asked(surface, "b0 03 28", "b0 03 29", "b0 03 7f") == [("density", "sparse"), ("density", "dense")]


def test_a_switch_is_on_from_the_middle_and_changes_once(surface: ControlSurface) -> None:
    assert asked(surface, "b0 04 3f", "b0 04 40", "b0 04 7f", "b0 04 00") == [
        ("mute", False), ("mute", True), ("mute", False),
    ]  # fmt: skip


def test_an_action_is_done_once_on_the_way_up(surface: ControlSurface) -> None:
    assert asked(surface, "b0 05 20", "b0 05 3f", "b0 05 40", "b0 05 7f") == [("reroll", None)]
    assert asked(surface, "b0 05 00", "b0 05 7f") == [("reroll", None)]


def test_a_button_sets_and_steps(surface: ControlSurface) -> None:
    assert asked(surface, "b0 06 7f", "b0 06 00") == [("key", "D dorian")]
    assert asked(surface, "b1 07 7f", "b1 07 00", "b1 07 7f") == [("octave", 1), ("octave", 2)]
    assert asked(surface, "b0 07 00", "b0 07 7f") == []


def test_a_momentary_button_toggles_a_switch_and_its_light() -> None:
    surface = ControlSurface(parse_controller_map(tomllib.loads('"cc 91" = { value = "mute", step = 1 }'), "x"))
    assert asked(surface, "b0 5b 7f", "b0 5b 00") == [("mute", True)]
    assert sent(surface, "mute", True) == ["b0 5b 7f"]
    assert asked(surface, "b0 5b 7f", "b0 5b 00") == [("mute", False)]
    assert sent(surface, "mute", False) == ["b0 5b 00"]


def test_a_pad_or_knob_may_have_a_line_of_its_own(surface: ControlSurface) -> None:
    requested = [surface.change_for(bytes.fromhex(message)) for message in ("90 28 64", "90 29 64", "b0 08 00")]
    assert requested == [
        Change("scene", "2", "4 bars"), Change("transpose", 12, "now"), Change("transpose", -48, "beat"),
    ]  # fmt: skip


def test_a_pad_acts_at_each_note_on(surface: ControlSurface) -> None:
    assert asked(surface, "90 24 64", "80 24 40", "90 24 64", "90 24 00") == [("reroll", None)] * 2
    assert asked(surface, "99 25 64", "99 25 00", "99 25 64") == [("mute", True), ("mute", False)]
    assert asked(surface, "90 25 64") == []
    assert asked(surface, "90 26 64", "90 26 64") == [("octave", -1), ("octave", -2)]
    assert asked(surface, "90 27 64", "90 27 64") == [("tempo", 132.0)]


def test_steps_continue_from_the_reported_value(surface: ControlSurface) -> None:
    surface.feedback("octave", 3)
    assert asked(surface, "90 26 64") == [("octave", 2)]


@pytest.mark.parametrize("message", ["", "f8", "c0 01", "b0 0c 40", "e0 01 40", "f0 7e 7f 06 01 f7", "90 2c 40"])
def test_other_messages_request_nothing(surface: ControlSurface, message: str) -> None:
    assert asked(surface, message) == []


def test_faders_and_lights_move_to_a_value(surface: ControlSurface) -> None:
    assert sent(surface, "tempo", 240.0) == ["b0 01 7f", "90 27 00"]
    assert sent(surface, "tempo", 132.0) == ["b0 01 3a", "90 27 7f"]
    assert sent(surface, "density", None) == ["b0 03 00"]
    assert sent(surface, "mute", True) == ["b0 04 7f", "99 25 7f"]
    assert sent(surface, "key", "D dorian") == ["b0 06 7f"]
    assert sent(surface, "key", None) == ["b0 06 00"]
    assert sent(surface, "octave", 1) == []
    assert sent(surface, "reroll", None) == []
    assert sent(surface, "polyphony", 3) == []


def test_feedback_goes_to_the_channel_of_the_latest_message(surface: ControlSurface) -> None:
    asked(surface, "b5 02 00")
    assert sent(surface, "top-p", 0.5) == []
    assert sent(surface, "top-p", 1.0) == ["b5 02 7f"]


def test_a_fader_that_requested_a_value_is_not_moved(surface: ControlSurface) -> None:
    ((_, value),) = asked(surface, "b0 01 40")
    assert sent(surface, "tempo", value) == ["90 27 00"]
    (first, _, _) = asked(surface, "b0 01 50", "b0 01 51", "b0 01 52")
    assert sent(surface, "tempo", first[1]) == []


def test_a_button_with_its_light_on_can_be_pressed(surface: ControlSurface) -> None:
    sent(surface, "key", "D dorian")
    sent(surface, "key", None)
    sent(surface, "key", "D dorian")
    surface.feedback("key", "C major")
    assert asked(surface, "b0 06 7f") == [("key", "D dorian")]


def test_a_refused_change_moves_the_fader_back(surface: ControlSurface) -> None:
    surface.feedback("tempo", 120.0)
    asked(surface, "b0 01 7f")
    assert [message.hex(" ") for message in surface.refused("tempo", 120.0)] == ["b0 01 33", "90 27 00"]
    assert asked(surface, "b0 01 7f") == [("tempo", 240.0)]


def test_our_own_feedback_that_comes_in_again_moves_nothing(surface: ControlSurface) -> None:
    for message in surface.feedback("top-p", 0.93):
        assert message.hex(" ") == "b0 02 6d"
        assert surface.change_for(message) is None
    assert asked(surface, "b0 02 6e") == [("top-p", 0.9331)]


def test_a_fader_whose_range_excludes_the_value_is_not_moved() -> None:
    surface = ControlSurface(
        parse_controller_map(tomllib.loads('"cc 8" = { value = "tempo", low = 80, high = 160 }'), "x")
    )
    assert sent(surface, "tempo", 200.0) == []
    assert asked(surface, "b0 08 7f") == [("tempo", 160.0)]
    assert sent(surface, "tempo", 160.0) == []
    assert sent(surface, "tempo", 200.0) == []
    assert asked(surface, "b0 08 7f") == [("tempo", 160.0)]
    assert sent(surface, "tempo", 160.0) == []
    assert sent(surface, "tempo", 120.0) == ["b0 08 40"]


@given(st.lists(st.binary(max_size=4), max_size=20))
def test_any_message_is_handled(messages: list[bytes]) -> None:
    surface = ControlSurface(parse_controller_map(tomllib.loads(TABLE), "x"))
    for message in messages:
        change = surface.change_for(message)
        assert change is None or isinstance(change, Change)


# --- endless knobs ---------------------------------------------------------------------------------------------------


def surface_with(line: str, name: str, value: Value) -> ControlSurface:
    """Return a surface with one binding, whose parameter has a value."""
    surface = ControlSurface(parse_controller_map(tomllib.loads(line), "x"))
    surface.feedback(name, value)
    return surface


@pytest.mark.parametrize(
    ("coding", "right", "left", "three_left"),
    [("twos-complement", "01", "7f", "7d"), ("binary-offset", "41", "3f", "3d"), ("signed-bit", "01", "41", "43")],
)
def test_an_endless_knob_moves_by_steps(coding: str, right: str, left: str, three_left: str) -> None:
    surface = surface_with(f'"cc 20" = {{ value = "tempo", relative = "{coding}" }}', "tempo", 120.0)
    turns = [f"b0 14 {turn}" for turn in (left, left, right, three_left)]
    assert asked(surface, *turns) == [("tempo", 119.0), ("tempo", 118.0), ("tempo", 119.0), ("tempo", 116.0)]


@pytest.mark.parametrize(("right", "left"), [("01", "7f"), ("41", "3f")])
def test_an_endless_knob_is_recognised_by_its_first_steps(right: str, left: str) -> None:
    surface = surface_with('"cc 20" = "temperature"', "temperature", 1.0)
    turns = [f"b0 14 {turn}" for turn in (right, right, left, left, left)]
    assert [value for _, value in asked(surface, *turns)] == [1.05, 1.1, 1.05, 1.0, 0.95]


def test_a_knob_with_an_offset_may_be_turned_left_first() -> None:
    surface = surface_with('"cc 20" = "temperature"', "temperature", 1.0)
    assert [value for _, value in asked(surface, "b0 14 3f", "b0 14 3f", "b0 14 41")] == [0.95, 0.9, 0.95]


@pytest.mark.parametrize(
    "positions",
    ["01 02 03", "41 42 44", "3f 3e 3c", "7f 7e 7c", "7f 7f 7f", "7f 01 01", "46 46 47", "00 01 01", "01 40 01"],
)
def test_a_knob_with_two_ends_stays_one(positions: str) -> None:
    surface = surface_with('"cc 20" = "velocity"', "velocity", 80)
    assert asked(surface, *(f"b0 14 {position}" for position in positions.split()))[-1] == (
        "velocity",
        round(1 + int(positions[-2:], 16) / 127 * 126),
    )


def test_an_endless_knob_stops_at_the_ends_of_its_range() -> None:
    surface = surface_with(
        '"cc 20" = { value = "tempo", low = 80, high = 160, relative = "binary-offset" }', "tempo", 158.0
    )
    assert asked(surface, "b0 14 43", "b0 14 43", "b0 14 2d") == [("tempo", 160.0), ("tempo", 141.0)]
    reversed_surface = surface_with(
        '"cc 20" = { value = "low", low = "C4", high = "C3", relative = "twos-complement" }', "low", "D3"
    )
    assert asked(reversed_surface, "b0 14 01", "b0 14 05") == [("low", "C#3"), ("low", "C3")]


def test_an_endless_knob_goes_through_choices() -> None:
    surface = surface_with('"cc 20" = { value = "density", relative = "twos-complement" }', "density", None)
    assert asked(surface, "b0 14 01", "b0 14 7f") == [("density", "sparse"), ("density", None)]


def test_an_endless_knob_of_a_keyboard_at_two_ports_counts_once() -> None:
    surface = surface_with('"cc 20" = { value = "tempo", relative = "twos-complement" }', "tempo", 120.0)
    step = bytes.fromhex("b01401")
    assert surface.change_for(step, source="input") == Change("tempo", 121.0)
    assert surface.change_for(step, source="control") is None
