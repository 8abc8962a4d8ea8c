"""The table of controller bindings: read, written, and changed by a line."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicgen_live.config.controller_map import CODINGS, Binding, Controller, ControllerMap
from musicgen_live.config.controller_map_file import (
    TABLE,
    binding_in,
    binding_with,
    check,
    format_controller_map,
    load_controller_map,
    load_user_controller_map,
    parse_controller,
    parse_controller_map,
    text_with_binding,
    turns_endlessly,
)
from musicgen_live.config.parameter import Change
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.errors import SettingsError
from musicgen_live.interfaces.scaling import change_at_position
from musicgen_live.interfaces.surface import controller_of

EXAMPLE = """\
[controls]
"cc 1" = "temperature"
"cc 74" = { value = "top-p", low = 0.5, high = 1.0 }
"cc 20 channel 2" = "density"
"cc 7" = { value = "low", low = "C2", high = "C4" }
"note 36" = "reroll"
"note 37 channel 10" = { value = "tempo", to = 132 }
"note Eb2" = { value = "polyphony", to = "off" }
"note 38" = { value = "octave", step = -1 }
"note 40" = { value = "keep", to = 4 }
"""


def controls_of(text: str) -> ControllerMap:
    return parse_controller_map(tomllib.loads(text)[TABLE], "mine.toml")


def test_a_table_binds_controllers_to_parameters() -> None:
    assert dict(controls_of(EXAMPLE).entries) == {
        Controller("cc", 1): Binding("temperature"),
        Controller("cc", 74): Binding("top-p", 0.5, 1.0),
        Controller("cc", 20, 2): Binding("density"),
        Controller("cc", 7): Binding("low", 36, 60),
        Controller("note", 36): Binding("reroll", to=Change("reroll")),
        Controller("note", 37, 10): Binding("tempo", to=Change("tempo", 132.0)),
        Controller("note", 39): Binding("polyphony", to=Change("polyphony")),
        Controller("note", 38): Binding("octave", step=-1),
        Controller("note", 40): Binding("keep", to=Change("keep", 4)),
    }


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ('"knob 1" = "tempo"', 'has "knob 1" = "tempo" in [controls]: \'knob 1\' is no controller; write "cc 74"'),
        ('"cc 120" = "tempo"', "'cc 120' is no controller; write \"cc 74\" (0 to 119)"),
        ('"cc 1 channel 17" = "tempo"', "'cc 1 channel 17' is no controller"),
        ('"cc C2" = "tempo"', "'cc C2' is no controller"),
        ('"note 128" = "reroll"', "the note is '128'; write a note from C-1 to G9"),
        ('"cc 1" = "loudness"', "there is no value 'loudness' that can be steered; there are tempo"),
        ('"cc 1" = 3', 'a name is needed, such as "tempo"'),
        ('"cc 1" = { low = 1 }', "a name is needed"),
        (
            '"cc 1" = { value = "tempo", min = 1 }',
            "'min' is unknown; known are value, low, high, to, step, relative, quantise",
        ),
        (
            '"note 1" = { value = "scene", to = "1", quantise = "soon" }',
            "cannot take effect @soon; write @now, @beat, @bar or @4 bars",
        ),
        ('"note 1" = { value = "panic", quantise = "bar" }', "panic has a moment of its own; leave out @bar"),
        ('"cc 1" = { value = "tempo", relative = "yes" }', "relative is 'yes'; it can be twos-complement, binary-off"),
        ('"cc 1" = { value = "tempo", relative = "signed-bit", step = 1 }', "an endless knob is not pressed"),
        ('"cc 1" = { value = "mute", relative = "signed-bit" }', "mute has no steps for an endless knob"),
        ('"cc 1" = { value = "chords", relative = "signed-bit" }', "chords has no steps for an endless knob"),
        ('"note 36" = { value = "tempo", relative = "signed-bit" }', "a note is only struck"),
        ('"cc 1" = { value = "tempo", low = 5 }', "low is 5; tempo can be from 10 to 1000"),
        ('"cc 1" = { value = "tempo", low = true }', "low is True; tempo can be"),
        ('"cc 1" = { value = "tempo", low = "C2" }', "low is 'C2'; tempo can be"),
        ('"cc 1" = { value = "tempo", low = 90, high = 90 }', "low and high are both 90; a range is needed"),
        ('"cc 1" = { value = "low", low = "X" }', "low is 'X'; write a note"),
        ('"cc 1" = { value = "mute", low = 0 }', "mute has no range; leave out low and high"),
        ('"cc 1" = { value = "tempo", low = 90, to = 100 }', "a range, to and step exclude each other"),
        ('"cc 1" = { value = "tempo", to = 5000 }', "tempo is 5000; it can be a number from 10 to 1000"),
        ('"cc 1" = { value = "tempo", step = 0 }', "step is 0; a whole number is needed, such as 1 or -1"),
        ('"cc 1" = { value = "tempo", step = 1.5 }', "step is 1.5; a whole number is needed"),
        ('"cc 1" = { value = "chords", step = 1 }', "chords has no steps; leave out step"),
        ('"cc 1" = { value = "reroll", to = 1 }', "reroll is done, and has no value; leave out to"),
        ('"cc 1" = "chords"', "chords is a text, which no controller can go through: say to what it is set"),
        ('"note 36" = "tempo"', "a note is only struck: say to what it sets tempo (learn: --to), or by how many steps"),
        ('"note 36" = "reroll"\n"NOTE C2" = "keep"', 'has "NOTE C2" in [controls], which is note 36 once more'),
    ],
)
def test_a_wrong_entry_is_refused_with_key_and_value(entry: str, message: str) -> None:
    with pytest.raises(SettingsError) as error:
        controls_of(f"[controls]\n{entry}\n")
    assert str(error.value).startswith("mine.toml has ")
    assert message in str(error.value)


def test_a_table_is_needed() -> None:
    with pytest.raises(SettingsError, match=r"mine.toml has controls = 3; a table \[controls\] is needed"):
        parse_controller_map(3, "mine.toml")


controllers = st.builds(
    Controller, st.sampled_from(["cc", "note"]), st.integers(0, 119), st.none() | st.integers(1, 16)
)


@st.composite
def entries(draw: st.DrawFn) -> tuple[Controller, Binding]:
    controller, name = draw(controllers), draw(st.sampled_from(sorted(PARAMETERS)))
    parameter = PARAMETERS[name]
    if name == "chords" or parameter.kind == "action":
        return controller, binding_with(name, to={"chords": "Dm7 G7 | C/E", "store": "the end"}.get(name))
    how = draw(st.sampled_from(["plain", "range", "to", "step", "relative"]))
    if how == "to" or (controller.kind == "note" and how != "step"):
        return controller, Binding(name, to=change_at_position(name, draw(st.floats(0, 1))))
    if how == "step" and (parameter.has_range or PARAMETERS[name].choices()):
        return controller, binding_with(name, step=draw(st.integers(1, 9)))
    if how == "range" and parameter.has_range:
        middle = 60 if parameter.is_pitch else (parameter.minimum + parameter.maximum) / 2
        return controller, binding_with(name, middle, parameter.maximum)
    if controller.kind == "note" and parameter.kind != "switch":
        return controller, binding_with(name, step=-1)
    is_endless = how == "relative" and controller.kind == "cc" and turns_endlessly(name)
    return controller, binding_with(name, relative=draw(st.sampled_from(CODINGS)) if is_endless else None)


maps = st.lists(entries(), max_size=6).map(lambda found: ControllerMap(tuple(dict(found).items())))


@given(maps)
def test_a_written_map_reads_back(controls: ControllerMap) -> None:
    for entry in controls.entries:
        check(*entry)
    assert parse_controller_map(tomllib.loads(format_controller_map(controls)).get(TABLE, {}), "x") == controls


@given(maps, entries(), st.sampled_from(["", "tempo = 90\n", "# mine\ntempo = 90\n\n", '[controls]\n"cc 0" = "key"']))
def test_an_entry_is_inserted_and_all_else_stays(
    controls: ControllerMap, entry: tuple[Controller, Binding], before: str
) -> None:
    text = before if TABLE in before else before + format_controller_map(controls)
    written = text_with_binding(text, *entry, "mine.toml")
    old, new = tomllib.loads(text), tomllib.loads(written)
    assert {**old, TABLE: 0} == {**new, TABLE: 0}
    expected = parse_controller_map(old.get(TABLE, {}), "x").overlaid(ControllerMap((entry,)))
    assert dict(parse_controller_map(new[TABLE], "x").entries) == dict(expected.entries)


def test_comments_and_other_tables_stay_where_they_are() -> None:
    text = (
        '# my keyboard\ntempo = 90\n[controls] # knobs\n"cc 1" = "key" # left\n# right:\n\'cc 2\' = "mode"\n\n[other]\n'
    )
    again = text_with_binding(text, Controller("cc", 2), Binding("top-p"), "mine.toml")
    assert again == text.replace("mode", "top-p")
    more = text_with_binding(text, Controller("cc", 3), Binding("tempo"), "mine.toml")
    assert more == text.replace('"mode"\n', '"mode"\n"cc 3" = "tempo"\n')


def test_a_table_in_one_line_takes_an_entry_and_a_damaged_file_none() -> None:
    text = text_with_binding('controls = { "cc 1" = "key" }', Controller("cc", 3), Binding("tempo"), "mine.toml")
    assert text == 'controls = { "cc 1" = "key", "cc 3" = "tempo"}'
    with pytest.raises(SettingsError, match=r"mine\.toml cannot be read"):
        text_with_binding("controls = ", Controller("cc", 3), Binding("tempo"), "mine.toml")


def test_the_present_binding_of_a_controller_can_be_read() -> None:
    text = '[controls]\n"cc 3" = "tempo"\n'
    assert binding_in(text, Controller("cc", 3), "mine.toml") == Binding("tempo")
    assert binding_in(text, Controller("cc", 4), "mine.toml") is None
    assert binding_in("", Controller("cc", 3), "mine.toml") is None


def test_a_file_of_controls_has_no_other_table(tmp_path: Path) -> None:
    path = tmp_path / "knobs.toml"
    path.write_text(EXAMPLE, encoding="utf-8")
    assert load_controller_map(path) == controls_of(EXAMPLE)
    path.write_text("tempo = 90\n" + EXAMPLE, encoding="utf-8")
    with pytest.raises(SettingsError, match=r"knobs.toml has an unknown key 'tempo'; it can have \[controls\] alone"):
        load_controller_map(path)
    with pytest.raises(SettingsError, match=r"there is no file .*no\.toml; make one with: musicgen-live learn"):
        load_controller_map(tmp_path / "no.toml")


def test_the_users_own_file_is_found_and_may_be_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICGEN_LIVE_HOME", str(tmp_path))
    assert load_user_controller_map() == ControllerMap()
    (tmp_path / "controls.toml").write_text(EXAMPLE, encoding="utf-8")
    assert load_user_controller_map() == controls_of(EXAMPLE)


def test_the_bindings_of_a_second_file_replace_the_first_ones() -> None:
    first = ControllerMap(((Controller("cc", 1), Binding("tempo")), (Controller("cc", 2), Binding("key"))))
    second = ControllerMap(((Controller("cc", 2), Binding("mode")),))
    assert first.overlaid(second).entries == (
        (Controller("cc", 1), Binding("tempo")),
        (Controller("cc", 2), Binding("mode")),
    )


def test_a_binding_on_one_channel_precedes_one_on_any() -> None:
    any_channel, second = (Controller("cc", 1), Binding("tempo")), (Controller("cc", 1, 2), Binding("key"))
    for controls in (ControllerMap((any_channel, second)), ControllerMap((second, any_channel))):
        assert controls.binding_of("cc", 1, 2) == second
        assert controls.binding_of("cc", 1, 3) == any_channel
        assert controls.binding_of("note", 1, 2) is None


@pytest.mark.parametrize(
    ("message", "controller"),
    [
        ("b0 4a 40", "cc 74"),
        ("b3 4a 00", "cc 74"),
        ("99 24 64", "note 36 channel 10"),
        ("99 24 00", None),
        ("89 24 40", None),
        ("b0 7b 00", None),
        ("e0 00 40", None),
        ("f8", None),
        ("", None),
    ],
)
def test_a_controller_is_identified_by_its_message(message: str, controller: str | None) -> None:
    expected = None if controller is None else parse_controller(controller)
    assert controller_of(bytes.fromhex(message)) == expected
