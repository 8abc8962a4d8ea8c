"""Changes of parameters: from text, from controllers, from keys."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from musicgen_live.config.changes import format_value, parse_change, settings_with, stepped, values_of
from musicgen_live.config.library import model_names
from musicgen_live.config.parameter import Change, Value
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.config.settings import Settings, setting_types
from musicgen_live.errors import SettingsError
from musicgen_live.interfaces.scaling import change_at_position

RANGED = [name for name, parameter in PARAMETERS.items() if parameter.has_range]
LISTED = [name for name in PARAMETERS if PARAMETERS[name].choices()]


def test_the_parameters_have_this_order() -> None:
    assert list(PARAMETERS) == [
        "tempo", "temperature", "top-p", "key", "density", "texture", "mode", "style", "low", "high", "polyphony",
        "chord-size", "left-chord-size", "velocity", "variation", "form", "phrase", "theme", "top-k", "near-key",
        "key-strength", "remind", "max-onsets", "swing", "swing-of", "humanize", "humanize-velocity", "chords",
        "chord-strength", "dissonance", "repetition", "preset", "model", "scene", "transpose", "octave", "pedal",
        "gate", "accent", "velocity-curve", "max-note", "meter", "channel", "program", "bank", "mute", "mute-at",
        "quantise", "pause", "freeze", "play-kept", "variant", "respond", "enter", "freedom", "thru", "answer-bars",
        "melody-mute",
        "melody-solo",
        "melody-transpose", "melody-velocity", "melody-program", "melody-bank", "bass-mute", "bass-solo",
        "bass-transpose", "bass-velocity", "bass-program", "bass-bank", "chords-mute", "chords-solo",
        "chords-transpose", "chords-velocity", "chords-program", "chords-bank", "reroll", "undo", "restart", "end",
        "keep", "store", "tap", "panic",
    ]  # fmt: skip


def test_every_parameter_has_help_and_an_existing_setting() -> None:
    for parameter in PARAMETERS.values():
        assert parameter.help.endswith(".")
        assert parameter.setting is None or parameter.setting in setting_types()
        assert parameter.kind == "action" or parameter.minimum <= parameter.sweep[0] <= parameter.sweep[1]
        assert parameter.sweep[1] <= parameter.maximum


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("tempo", "132", 132.0),
        ("tempo", "132.5 BPM", 132.5),
        ("top-p", 0.9, 0.9),
        ("polyphony", 3.0, 3),
        ("polyphony", "off", None),
        ("polyphony", None, None),
        ("variation", "auto", None),
        ("key", " D dorian ", "D dorian"),
        ("key", "off", None),
        ("chords", "Dm7 G7 | Cmaj7", "Dm7 G7 | Cmaj7"),
        ("density", "Dense", "dense"),
        ("mode", "minor", "minor"),
        ("form", " A A' B+5 A ", "A A' B+5 A"),
        ("form", "free", "free"),
        ("form", "auto", None),
        ("phrase", 8.0, 8),
        ("theme", "0.7", 0.7),
        ("style", "any", "any"),
        ("low", "c2", "C2"),
        ("low", 36, "C2"),
        ("high", "Db5", "C#5"),
        ("high", 72.0, "C5"),
        ("model", "stream", "stream"),
        ("preset", "ragtime", "ragtime"),
        ("transpose", "+5", 5),
        ("octave", "-1", -1),
        ("mute", "on", True),
        ("mute", 0.0, False),
        ("mute", True, True),
        ("freeze", "off", 0),
        ("answer-bars", "auto", None),
        ("reroll", None, None),
        ("keep", 1, None),
        ("keep", 4, 4),
        ("keep", "4 bars", 4),
    ],
)
def test_values_are_parsed_from_text(name: str, given: Value, value: Value) -> None:
    change = parse_change(name, given)
    assert change == Change(name, value)
    assert type(change.value) is type(value)


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("loudness", 1, "there is no value 'loudness' that can be steered; there are tempo, temperature"),
        ("Tempoo", 90, "there is no value 'Tempoo' that can be steered; did you mean tempo? there are tempo,"),
        ("bars", 4, "there is no value 'bars' that can be steered; --bars says it at the start"),
        ("tempo", "fast", "tempo is 'fast'; it can be a number from 10 to 1000"),
        ("tempo", 5000, "tempo is 5000; it can be a number from 10 to 1000"),
        ("tempo", float("nan"), "tempo is nan; it can be"),
        ("tempo", "inf", "tempo is 'inf'; it can be"),
        ("tempo", None, "tempo is None; it can be"),
        ("tempo", True, "tempo is True; it can be"),
        ("polyphony", 2.5, "polyphony is 2.5; it can be a whole number from 1 to 64, or off"),
        ("keep", 40, "keep is 40; it can be a whole number from 2 to 32"),
        ("reroll", 4, "reroll is 4; it is an action and takes no value"),
        ("variation", 2, "variation is 2; it can be a number from 0 to 1, or auto"),
        ("key", "H major", "key is 'H major'; write a note and a scale"),
        ("key", 3, "key is '3'; write a note and a scale in quotes"),
        ("chords", "Dm7 H7", "chords has 'H7', which is no chord known here"),
        ("density", "loud", "density is 'loud'; it can be sparse, medium, dense, or auto"),
        ("low", "C99", "low is 'C99'; write a note from C-1 to G9"),
        ("low", True, "low is True; a text is needed"),
        ("model", "jazz", "there is no model 'jazz'; there are classic"),
        ("preset", "jazz", "there is no preset 'jazz'; there are"),
        ("mute-at", "later", "mute-at is 'later'; it can be now or bar"),
        ("mute", "perhaps", "mute is 'perhaps'; it can be on or off"),
        ("mute", None, "mute is None; it can be on or off"),
        ("reroll", "twice", "reroll is 'twice'; it is an action and takes no value"),
    ],
)
def test_a_wrong_value_is_refused_with_name_and_value(name: str, given: Value, message: str) -> None:
    with pytest.raises(SettingsError) as error:
        parse_change(name, given)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("top-p", 0.95, "0.95"),
        ("tempo", 120.0, "120"),
        ("polyphony", None, "off"),
        ("style", None, "auto"),
        ("key", "D dorian", "D dorian"),
        ("mute", True, "on"),
        ("mute", False, "off"),
        ("transpose", 5, "+5"),
        ("transpose", 0, "0"),
        ("octave", -1, "-1"),
        ("freeze", 0, "off"),
        ("freeze", 4, "4"),
        ("preset", None, "none"),
        ("reroll", None, ""),
    ],
)
def test_values_are_shown_as_people_read_them(name: str, value: Value, text: str) -> None:
    assert format_value(name, value) == text


@given(st.sampled_from(RANGED + LISTED + ["mute"]), st.integers(0, 127))
def test_a_value_set_by_a_controller_parses_as_it_is_shown(name: str, position: int) -> None:
    change = change_at_position(name, position / 127)
    if change.value is not None or PARAMETERS[name].optional:
        assert parse_change(name, format_value(name, change.value)) == change


@pytest.mark.parametrize(
    ("name", "value", "steps", "value_then"),
    [
        ("tempo", 120.0, 1, 121.0),
        ("tempo", 120.0, -200, 10.0),
        ("temperature", 1.0, 3, 1.15),
        ("top-p", 0.95, 10, 1.0),
        ("polyphony", 1, 1, 2),
        ("polyphony", 64, 1, None),
        ("polyphony", None, 1, None),
        ("polyphony", None, -1, 8),
        ("polyphony", None, -3, 6),
        ("polyphony", 1, -1, 1),
        ("variation", 0.0, -1, None),
        ("variation", None, 1, 0.0),
        ("answer-bars", 1, -1, None),
        ("low", "C2", 1, "C#2"),
        ("low", "C-1", -1, None),
        ("high", "G9", 1, None),
        ("high", None, -1, "G9"),
        ("density", None, 1, "sparse"),
        ("density", "dense", 1, None),
        ("density", None, -1, "dense"),
        ("key", "D dorian", 1, "Eb dorian"),
        ("key", "C major", -1, None),
        ("key", None, 1, "C major"),
        ("model", model_names()[-1], 1, "classic"),
        ("model", "my.safetensors", 1, "classic"),
        ("model", "my.safetensors", -1, model_names()[-1]),
        ("transpose", 48, 1, 48),
        ("freeze", 0, -1, 0),
        ("mute", False, 1, True),
        ("mute", True, 1, False),
        ("reroll", None, 1, None),
    ],
)
def test_a_key_press_steps_from_the_present_value(name: str, value: Value, steps: int, value_then: Value) -> None:
    assert stepped(name, value, steps) == Change(name, value_then)


@given(st.sampled_from(RANGED + LISTED), st.integers(-200, 200), st.integers(0, 127))
@example("high", -200, 127)
def test_any_number_of_key_presses_gives_a_valid_value(name: str, steps: int, position: int) -> None:
    change = stepped(name, change_at_position(name, position / 127).value, steps)
    assert parse_change(name, change.value) == change


def test_a_text_has_no_next_value() -> None:
    with pytest.raises(SettingsError, match="chords is a text and has no next one; write it"):
        stepped("chords", "Dm7", 1)


def test_settings_take_changes_and_none_clears_a_value() -> None:
    settings = Settings(key="D dorian", polyphony=3)
    assert settings_with(settings, Change("polyphony")).polyphony is None
    assert settings_with(settings, Change("max-onsets", 2.0)) == Settings(key="D dorian", polyphony=3, max_onsets=2.0)
    assert settings_with(settings, Change("mute", True)) == settings
    with pytest.raises(SettingsError, match="chords has 'F#', of which the key 'D dorian' has no note"):
        settings_with(settings, Change("chords", "F#"))


def test_every_value_comes_from_settings_or_is_the_initial_one() -> None:
    values = values_of(Settings(tempo=90, key="D dorian"))
    assert (values["tempo"], values["key"], values["polyphony"], values["model"]) == (90, "D dorian", None, "classic")
    assert (values["transpose"], values["mute"], values["freeze"], values["preset"]) == (0, False, 0, None)
    others = {name for name in set(PARAMETERS) - set(values) if not PARAMETERS[name].part}
    assert others == {"reroll", "undo", "restart", "end", "keep", "store", "tap", "panic"}


@given(st.sampled_from(RANGED + LISTED), st.integers(0, 127))
def test_every_single_change_gives_valid_settings(name: str, position: int) -> None:
    change = change_at_position(name, position / 127)
    if PARAMETERS[name].setting:
        assert values_of(settings_with(Settings(), change))[name] == change.value


@pytest.mark.parametrize(
    ("name", "given", "change"),
    [
        ("transpose", "12 @now", Change("transpose", 12, "now")),
        ("key", "D dorian@4 bars", Change("key", "D dorian", "4 bars")),
        ("key", "off @beat", Change("key", None, "beat")),
        ("reroll", "@bar", Change("reroll", None, "bar")),
        ("scene", "the end @now", Change("scene", "the end", "now")),
        ("scene", "me@home", Change("scene", "me@home")),
        ("transpose", "12 @ Beat", Change("transpose", 12, "beat")),
    ],
)
def test_a_text_may_end_with_the_line_at_which_it_takes_effect(name: str, given: Value, change: Change) -> None:
    assert parse_change(name, given) == change


@pytest.mark.parametrize(
    ("name", "given", "word"),
    [
        ("transpose", "12 @later", "later"),
        ("transpose", "12 @", ""),
        ("transpose", "loud @later", "later"),
        ("key", "D dorian @2 bars", "2 bars"),
        ("scene", "chorus @soon", "soon"),
        ("reroll", "@later", "later"),
    ],
)
def test_a_word_that_is_no_line_is_blamed_and_not_the_value(name: str, given: str, word: str) -> None:
    reason = f"{name} cannot take effect @{word}; write @now, @beat, @bar or @4 bars"
    with pytest.raises(SettingsError, match=f"^{re.escape(reason)}$"):
        parse_change(name, given)


@pytest.mark.parametrize("name", [name for name, each in PARAMETERS.items() if each.name not in ("scene", "store")])
def test_a_refusal_says_by_itself_what_it_refuses(name: str) -> None:
    with pytest.raises(SettingsError, match=rf"\b{name}\b"):
        parse_change(name, "!?")


def test_what_has_a_moment_of_its_own_waits_for_no_line() -> None:
    for name, text in (("tempo", "96 @bar"), ("mute", "on @beat"), ("keep", "4 @bar")):
        with pytest.raises(SettingsError, match=f"{name} has a moment of its own; leave out @"):
            parse_change(name, text)
