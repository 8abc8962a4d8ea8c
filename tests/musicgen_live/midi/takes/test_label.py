"""The text events in which a take says what it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.config.part_options import all_parts, parse_part
from musicgen_live.config.settings import Settings
from musicgen_live.errors import SettingsError, TakeError
from musicgen_live.midi.takes.label import PLAYED_ALONG, TakeLabel, steered

TEXTS = ("musicgen-live 0.1.0", "preset: nocturne", "seed: 4711", 'settings: {"model": "piano", "tempo": 60.0}')


def test_a_label_is_written_as_text_events() -> None:
    label = TakeLabel.of("nocturne", 4711, Settings(model="piano", tempo=60.0))
    assert label.texts() == TEXTS
    assert label.title == "nocturne 4711"


def test_settings_at_their_default_are_left_out() -> None:
    assert TakeLabel.of("classic", 0, Settings()).values == {}


def test_files_that_settings_name_are_found_from_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    label = TakeLabel.of("mine", 0, Settings(model="mine.safetensors", prompt_midi="song.mid"))
    assert label.values == {"model": str(tmp_path / "mine.safetensors"), "prompt_midi": str(tmp_path / "song.mid")}


@pytest.mark.parametrize(
    "label",
    [
        TakeLabel.of("nocturne", 4711, Settings(model="piano", key="D dorian", loop=True, steps=30)),
        TakeLabel("waltz", 7, {}, sync="link", steered=("key", "mute-at"), has_musician=True),
        TakeLabel("fête: à deux", 7, {}, bars="9-16"),
        TakeLabel.of("waltz", 7, Settings(), parts=all_parts([parse_part("bass:port=Minitaur,channel=2,pedal=off")])),
    ],
)
def test_a_label_is_read_as_it_was_written(label: TakeLabel) -> None:
    assert TakeLabel.parse(label.texts()) == label


def test_the_settings_come_back() -> None:
    settings = Settings(model="piano", tempo=60.0, chords="Dm7 | G7", polyphony=4)
    label = TakeLabel.parse(TakeLabel.of("nocturne", 4711, settings).texts())
    assert label is not None
    assert label.settings() == settings


def test_texts_of_other_programs_are_no_label() -> None:
    assert TakeLabel.parse(["A song", "preset: none"]) is None


def test_who_had_a_part_in_a_take_stands_in_it() -> None:
    label = TakeLabel.parse([*TEXTS, steered("key"), PLAYED_ALONG, steered("tempo"), steered("key")])
    assert label is not None
    assert (label.steered, label.has_musician) == (("key", "tempo"), True)


@pytest.mark.parametrize(
    ("label", "remarks"),
    [
        (TakeLabel("waltz", 7, {}), []),
        (TakeLabel("waltz", 7, {}, bars="9-16"), []),
        (
            TakeLabel("waltz", 7, {}, "0.0.1"),
            ["That take is of version 0.0.1, and this is 0.1.0: its music may differ."],
        ),
        (
            TakeLabel("waltz", 7, {}, steered=("key", "tempo")),
            ["That take was steered (key, tempo): from there on its music differs."],
        ),
        (
            TakeLabel("waltz", 7, {}, has_musician=True),
            ["A musician played along in that take: where it answered, its music differs."],
        ),
        (
            TakeLabel("waltz", 7, {}, sync="clock"),
            ["That take followed a clock: where the clock jumped, its music differs."],
        ),
    ],
)
def test_what_may_not_be_repeated_is_said(label: TakeLabel, remarks: list[str]) -> None:
    assert label.remarks() == remarks


@pytest.mark.parametrize(
    "texts",
    [
        TEXTS[:3],
        (*TEXTS[:2], "seed: minus one", TEXTS[3]),
        (*TEXTS[:2], f"seed: {'9' * 5000}", TEXTS[3]),
        (*TEXTS[:3], "settings: {"),
        (*TEXTS[:3], "settings: [1]"),
        (*TEXTS[:3], 'settings: {"tempo": NaN}'),
        (*TEXTS[:3], "settings: " + "[" * 100_000),
    ],
)
def test_damaged_texts_are_an_error(texts: tuple[str, ...]) -> None:
    with pytest.raises(TakeError, match="what it says of its"):
        TakeLabel.parse(texts)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"tempo": "fast"}', "the take has tempo = 'fast'; a number is needed"),
        ('{"tempo": 100000}', "tempo is 100000; it can be from 10 to 1000"),
        ('{"colour": 1}', "the take has an unknown key 'colour'"),
    ],
)
def test_settings_that_this_version_cannot_have_are_an_error(text: str, reason: str) -> None:
    label = TakeLabel.parse([*TEXTS[:3], f"settings: {text}"])
    assert label is not None
    with pytest.raises(SettingsError, match=reason):
        label.settings()


def test_parts_stand_in_it_as_their_flags() -> None:
    label = TakeLabel.of("nocturne", 4711, Settings(), parts=all_parts([parse_part("bass:port=Bass,transpose=-12")]))
    assert label.texts()[4] == 'parts: ["melody", "bass:port=Bass,transpose=-12", "chords"]'


@pytest.mark.parametrize("parts", ["melody", "[1]", '["drums"]', "{}x", "null", '["bass:channel=99"]'])
def test_damaged_parts_are_no_label(parts: str) -> None:
    with pytest.raises(TakeError, match="what it says of its parts is damaged"):
        TakeLabel.parse([*TEXTS, f"parts: {parts}"])
