"""Plans of takes: prompt, time signature, header, and flags that a model has no use for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.errors import ModelError, SettingsError
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.plan import Plan, for_file, for_model, plan_after, plan_of, plan_take, styles_of
from musicgen_live.music.notes import Note
from musicgen_live.music.time_signature import TimeSignature
from tests.support.midi_writing import write_midi
from tests.support.models import TOKENS, toy_bars_bundle, toy_bundle

PROMPTS = toy_bars_bundle().prompts


def planned(seed: int = 0, **values: Any) -> Plan:  # noqa: ANN401 (settings of any type)
    return plan_take(Settings(**values), "bars", PROMPTS, seed)


def tokens(ids: tuple[int, ...]) -> str:
    return "|".join(VOCABULARY.decode(ids))


def test_the_seed_chooses_the_prompt_and_that_the_time_signature() -> None:
    plans = [planned(seed) for seed in range(5)]
    assert [plan.number for plan in plans] == [1, 2, 3, 4, 1]
    assert [plan.settings.meter for plan in plans] == ["2/4", "2/4", "3/4", "4/4", "2/4"]
    assert [plan.prompt for plan in plans[:4]] == list(PROMPTS)
    assert plans[0].settings.bars == 16
    assert plans[0].description == "opening 1"


def test_a_style_chooses_among_its_prompts_and_is_repeated() -> None:
    plans = [planned(seed, style="ragtime") for seed in range(3)]
    assert [plan.number for plan in plans] == [1, 2, 1]
    assert tokens(plans[1].prompt) == f"{tokens(PROMPTS[1])}|style ragtime|key A minor"
    assert tokens(plans[1].reminder) == "style ragtime|key A minor"


def test_requested_controls_replace_those_of_the_prompt() -> None:
    plan = planned(prompt=1, style="baroque", texture="thin", density="sparse")
    assert tokens(plan.prompt).startswith("style baroque|key C major|density sparse|texture thin|bar 2/4|position 0|")
    assert tokens(plan.reminder) == "style baroque|key C major|density sparse|texture thin"
    # Density and texture of the prompt describe the prompt alone.
    assert tokens(planned(prompt=1, style="baroque").reminder) == "style baroque|key C major"


def test_a_key_transposes_the_prompt_and_is_told() -> None:
    plan = planned(key="Db minor", prompt=1)
    # The prompt has C and E; three semitones lower they are A and the tonic.
    assert tokens(plan.prompt[:6]) == "style ragtime|key C# minor|density dense|bar 2/4|position 0|pitch 57"
    assert tokens(plan.reminder) == "style ragtime|key C# minor"
    assert tokens(planned(key="Db minor", mode="major", prompt=1).reminder) == "style ragtime|key Db major"
    assert tokens(planned(key="C chromatic", prompt=2).reminder) == "style ragtime|key A minor"


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        ({"mode": "minor"}, [2, 3, 2, 3]),
        ({"key": "C# minor"}, [2, 3, 2, 3]),
        ({"near_key": "F"}, [1, 4, 1, 4]),
        ({"density": "dense"}, [1, 1, 1, 1]),
        ({"mode": "minor", "density": "dense"}, [0, 0, 0, 0]),
    ],
)
def test_only_a_prompt_that_agrees_with_the_request_is_taken(values: dict[str, Any], numbers: list[int]) -> None:
    assert [planned(seed, **values).number for seed in range(4)] == numbers


def test_a_requested_time_signature_chooses_the_prompt() -> None:
    plan = planned(meter="3/4")
    assert (plan.number, plan.settings.meter) == (3, "3/4")


def test_without_a_fitting_prompt_the_header_is_all() -> None:
    plan = planned(style="ragtime", meter="6/8", key="A minor")
    assert (plan.number, plan.settings.meter, tokens(plan.prompt)) == (0, "6/8", "style ragtime|key A minor")
    assert plan.description == "without an opening"
    plan = planned(prompt=0)
    assert (plan.number, plan.settings.meter, tokens(plan.prompt)) == (0, "4/4", "style any")


def test_a_requested_prompt_is_taken_whatever_it_is() -> None:
    plan = planned(prompt=3, style="ragtime", meter="5/4")
    assert (plan.number, plan.settings.meter) == (3, "5/4")
    assert tokens(plan.prompt).startswith("style ragtime|key A minor|bar 3/4|")


def test_a_given_prompt_is_continued_as_it_is() -> None:
    settings = Settings(style="baroque", mode="minor", key="A minor", remind=4)
    plan = plan_after(PROMPTS[0], settings, TimeSignature(6, 8))
    assert plan.prompt == PROMPTS[0]
    assert tokens(plan.reminder) == "style ragtime|key C major"
    filled = {"meter": "6/8", "bars": 16, "variation": 0.3, "dissonance": 0.85, "repetition": 0.3}
    assert plan.settings == settings.changed(filled)


def test_styles_are_counted() -> None:
    assert styles_of(PROMPTS) == {"baroque": 1, "romantic": 1, "ragtime": 2}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"style": "jazz"}, r"style is 'jazz'; the model classic knows baroque, romantic, ragtime"),
        ({"meter": "31/4"}, r"meter is '31/4'; the model classic can have 1/4, 2/4, 3/4"),
        ({"prompt": 5}, r"prompt is 5; the model classic has 0 to 4"),
        ({"step": "1/8"}, r"step is 1/8, but the model classic has notes of many lengths: say --shortest"),
    ],
)
def test_what_a_model_in_bars_cannot_do_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        planned(**values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"bars": 8}, r"bars is 8, but the model classic has no bars, so it cannot count them: say --steps"),
        ({"style": "ragtime"}, r"style is ragtime, .* cannot be told such things: choose one that can"),
        ({"texture": "full"}, r"texture is full, .* choose one that can"),
        ({"remind": 0}, r"remind is 0, .* choose one that can"),
        ({"max_onsets": 2.0}, r"max-onsets is 2.0, .* say --step instead"),
        ({"shortest": "1/8"}, r"shortest is 1/8, .* say --step instead"),
        ({"dissonance": 1.0}, r"dissonance is 1.0, .* none can clash: leave it out"),
        ({"repetition": 1.0}, r"repetition is 1.0, .* say --variation instead"),
        ({"prompt": 0}, r"prompt is 0; the model classic needs one to go on from, 1 to 3"),
        ({"prompt": 4}, r"prompt is 4; the model classic has 1 to 3"),
    ],
)
def test_what_a_model_without_bars_cannot_do_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        plan_take(Settings(**values), "chords", toy_bundle().prompts, 0)


def test_a_model_without_bars_gets_its_defaults() -> None:
    plan = plan_take(Settings(), "chords", toy_bundle().prompts, 1)
    assert (plan.settings.steps, plan.settings.step, plan.settings.meter) == (200, "1/8", "4/4")
    assert (plan.settings.bars, plan.reminder, plan.prompt) == (None, (), toy_bundle().prompts[1])


def test_the_plan_is_known_without_the_network(tmp_path: Path) -> None:
    path = tmp_path / "toy.safetensors"
    toy_bars_bundle().save(path)
    settings = Settings(model=str(path), style="ragtime")
    assert plan_of(settings, 1) == Performance.load(settings, 1).plan


def test_a_preset_loses_a_style_that_the_new_model_lacks(tmp_path: Path) -> None:
    path = tmp_path / "toy.safetensors"
    toy_bars_bundle().save(path)
    preset = Settings(model="x", style="chopin", bars=8, step="1/8", prompt=2, polyphony=2)
    assert for_model(preset, str(path)) == Settings(model=str(path), bars=8, polyphony=2)
    known = Settings(model="x", style="ragtime", mode="minor")
    assert for_model(known, str(path)) == Settings(model=str(path), style="ragtime", mode="minor")


def test_models_of_other_versions_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "toy.safetensors"
    replace(toy_bundle(), encoding="holograms").save(path)
    with pytest.raises(ModelError, match="encoding 'holograms', which this version does not know; known are chords"):
        plan_of(Settings(model=str(path)), 0)
    replace(toy_bundle(), encoding="bars").save(path)
    with pytest.raises(ModelError, match=r"cannot be played: its vocabulary is not that of the encoding 'bars'"):
        plan_of(Settings(model=str(path)), 0)


def phrase(folder: Path, signature: tuple[int, int] = (3, 4), tempo: float = 90.0) -> str:
    """Write a file of one bar with C and E in it."""
    notes = [Note(0, 480, 60, 80), Note(0, 480, 64, 80)]
    return str(write_midi(folder / "phrase.mid", [notes], time_signatures=[(0, *signature)], tempos=[(0, tempo)]))


NOTES = "position 0|pitch 60|duration 24|pitch 64|duration 24"


def test_a_file_is_continued_in_its_time_signature(tmp_path: Path) -> None:
    plan = planned(prompt_midi=phrase(tmp_path))
    assert tokens(plan.prompt) == f"style any|bar 3/4|{NOTES}"
    assert (plan.number, plan.settings.meter, plan.description) == (0, "3/4", "from the end of phrase.mid")
    assert tokens(plan.reminder) == "style any"
    plan = planned(prompt_midi=phrase(tmp_path), style="ragtime", key="C", density="dense", meter="2/4")
    header = "style ragtime|key C major|density dense"
    assert (plan.settings.meter, tokens(plan.prompt)) == ("2/4", f"{header}|bar 3/4|{NOTES}|{header}")


def test_a_file_is_transposed_into_a_requested_key(tmp_path: Path) -> None:
    plan = planned(prompt_midi=phrase(tmp_path), key="Db minor")
    assert tokens(plan.prompt).startswith("style any|key C# minor|bar 3/4|position 0|pitch 57|duration 24|pitch 61|")


def test_a_file_for_the_encoding_with_hands(tmp_path: Path) -> None:
    plan = plan_take(Settings(prompt_midi=phrase(tmp_path)), "bars-hands", PROMPTS, 0)
    assert tokens(plan.prompt) == f"style any|bar 3/4|{NOTES.replace('|pitch 60', '|hand right|pitch 60')}"


@pytest.mark.parametrize(
    ("signature", "meter"), [((8, 16), "2/4"), ((2, 2), "2/2"), ((12, 16), "12/16"), ((16, 16), "4/4")]
)
def test_an_unknown_time_signature_becomes_one_of_its_length(
    signature: tuple[int, int], meter: str, tmp_path: Path
) -> None:
    assert planned(prompt_midi=phrase(tmp_path, signature)).settings.meter == meter


def test_a_time_signature_of_no_known_length_is_refused(tmp_path: Path) -> None:
    path = phrase(tmp_path, (31, 4))
    with pytest.raises(
        SettingsError,
        match=r"phrase\.mid', which ends in 31/4; the model classic can have .*, such as 7/4.* --meter",
    ):
        planned(prompt_midi=path)
    assert planned(prompt_midi=path, meter="4/4").settings.meter == "4/4"


@pytest.mark.parametrize("meter", ["7/4", "9/4", "12/4", "5/2", "4/2", "13/8"])
def test_a_bar_of_two_bars_of_the_model_is_a_meter(meter: str, tmp_path: Path) -> None:
    beats, unit = map(int, meter.split("/"))
    assert planned(meter=meter).settings.meter == meter
    assert planned(prompt_midi=phrase(tmp_path, (beats, unit))).settings.meter == meter


def test_a_bar_of_7_4_is_read_as_4_4_and_3_4(tmp_path: Path) -> None:
    plan = planned(prompt_midi=phrase(tmp_path, (7, 4)))
    assert tokens(plan.prompt) == f"style any|bar 4/4|{NOTES}|bar 3/4"


def test_a_model_without_bars_continues_a_file_too(tmp_path: Path) -> None:
    settings = Settings(prompt_midi=phrase(tmp_path))
    notes = [Note(0, 480, 60, 80), Note(480, 480, 62, 80), Note(960, 480, 64, 80), Note(960, 480, 76, 80)]
    write_midi(tmp_path / "phrase.mid", [notes], time_signatures=[(0, 3, 4)])
    plan = plan_take(settings, "chords", toy_bundle().prompts, 1, TOKENS)
    assert [TOKENS[i] for i in plan.prompt] == ["C4", "D4", "4"]
    assert (plan.number, plan.settings.meter, plan.description) == (0, "3/4", "from the end of phrase.mid")
    with pytest.raises(ModelError, match=r"cannot be played: 'X' is neither a pitch name nor"):
        plan_take(settings, "chords", toy_bundle().prompts, 1, ("C4", "X"))
    settings = Settings(prompt_midi=phrase(tmp_path, (3, 64)))
    with pytest.raises(SettingsError, match=r"which ends in 3/64; say another --meter"):
        plan_take(settings, "chords", toy_bundle().prompts, 1, TOKENS)


def in_c_minor(folder: Path) -> str:
    """Write a file of a bar of C minor, with its cadence."""
    line = [Note(i * 240, 240, pitch, 80) for i, pitch in enumerate((72, 75, 79, 80, 79, 74, 71, 72))]
    return str(write_midi(folder / "minor.mid", [line]))


def test_settings_take_over_the_tempo_and_the_key_of_a_file(tmp_path: Path) -> None:
    preset = Settings(tempo=140.0, meter="5/4", prompt=2, key="D dorian", mode="major", low="C3")
    path = phrase(tmp_path, tempo=72.5)
    # Two pitches do not make a key.
    assert for_file(preset, path) == Settings(tempo=72.5, prompt_midi=path, low="C3")
    path = in_c_minor(tmp_path)
    assert for_file(preset, path) == Settings(prompt_midi=path, near_key="C minor", low="C3")
    # A key beside a file in a preset is the key of that file, and of no other.
    assert for_file(Settings(prompt_midi=path, key="D dorian"), path).key == "D dorian"
    assert for_file(Settings(prompt_midi=path, near_key="F minor"), path).near_key == "F minor"
    assert for_file(Settings(prompt_midi="old.mid", near_key="F minor"), path).near_key == "C minor"


def test_the_header_has_the_key_of_a_file_whose_notes_stay(tmp_path: Path) -> None:
    settings = for_file(Settings(style="ragtime"), in_c_minor(tmp_path))
    plan = plan_take(settings, "bars", PROMPTS, 0)
    assert tokens(plan.prompt).startswith("style ragtime|key C minor|bar 4/4|position 0|pitch 72|")
    assert tokens(plan.reminder) == "style ragtime|key C minor"
    # The request of the user wins, and a key without strength has no effect.
    for request in ({"mode": "major"}, {"key": "C major"}):
        assert tokens(plan_take(settings.changed(request), "bars", PROMPTS, 0).reminder) == "style ragtime|key C major"
    assert tokens(plan_take(settings.changed({"key_strength": 0.0}), "bars", PROMPTS, 0).reminder) == "style ragtime"


def test_a_prompt_of_the_model_is_transposed_near_a_key() -> None:
    # Of the major thirds in Bb minor, Gb and Bb contain its tonic.
    plan = planned(near_key="Bb minor", prompt=2)
    assert tokens(plan.prompt).startswith(
        "style ragtime|key Bb minor|bar 2/4|position 0|pitch 54|duration 24|pitch 58|"
    )


def test_settings_take_over_only_a_possible_tempo(tmp_path: Path) -> None:
    preset = Settings(tempo=140.0)
    # An impossible tempo is no reason to refuse a file.
    assert for_file(preset, phrase(tmp_path, tempo=5.0)).tempo == 140.0


def test_the_plan_of_a_file_is_known_without_the_network(tmp_path: Path) -> None:
    path = tmp_path / "toy.safetensors"
    for bundle in (toy_bars_bundle(), toy_bundle()):
        bundle.save(path)
        settings = Settings(model=str(path), prompt_midi=phrase(tmp_path))
        assert plan_of(settings, 1) == Performance.load(settings, 1).plan
