"""What a take will be: the opening, the metre and what the network is told, and flags that a model has no use for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from musicgen_live.encodings.bar_tokens import VOCABULARY
from musicgen_live.errors import ModelError, SettingsError
from musicgen_live.performance import Performance
from musicgen_live.plan import Plan, for_model, plan_of, plan_take, styles_of
from musicgen_live.settings import Settings
from tests.toy import toy_bars_bundle, toy_bundle

PROMPTS = toy_bars_bundle().prompts


def planned(seed: int = 0, **values: Any) -> Plan:  # noqa: ANN401 (settings of any type)
    return plan_take(Settings(**values), "bars", PROMPTS, seed)


def tokens(ids: tuple[int, ...]) -> str:
    return "|".join(VOCABULARY.decode(ids))


def test_the_seed_chooses_among_all_prompts_and_their_metre_is_that_of_the_take() -> None:
    plans = [planned(seed) for seed in range(5)]
    assert [plan.number for plan in plans] == [1, 2, 3, 4, 1]
    assert [plan.settings.meter for plan in plans] == ["2/4", "2/4", "3/4", "4/4", "2/4"]
    assert [plan.prompt for plan in plans[:4]] == list(PROMPTS)
    assert plans[0].settings.bars == 16
    assert plans[0].opening == "prompt 1 of 4"


def test_a_style_is_chosen_among_its_prompts_and_said_again() -> None:
    plans = [planned(seed, style="ragtime") for seed in range(3)]
    assert [plan.number for plan in plans] == [1, 2, 1]
    assert tokens(plans[1].prompt) == f"{tokens(PROMPTS[1])}|style ragtime|mode minor"
    assert tokens(plans[1].reminder) == "style ragtime|mode minor"


def test_what_is_asked_for_takes_the_place_of_what_the_prompt_says() -> None:
    plan = planned(prompt=1, style="baroque", texture="thin", density="sparse")
    assert tokens(plan.prompt).startswith("style baroque|mode major|density sparse|texture thin|bar 2/4|position 0|")
    assert tokens(plan.reminder) == "style baroque|mode major|density sparse|texture thin"
    # What the prompt alone says of how much happens in it is not said of what follows.
    assert tokens(planned(prompt=1, style="baroque").reminder) == "style baroque|mode major"


def test_a_key_moves_the_prompt_and_tells_the_mode() -> None:
    plan = planned(key="Db minor", prompt=1)
    # The prompt has C and E; three semitones lower they are A and the tonic.
    assert tokens(plan.prompt[:6]) == "style ragtime|mode minor|density dense|bar 2/4|position 0|pitch 57"
    assert tokens(plan.reminder) == "style ragtime|mode minor"
    assert tokens(planned(key="Db minor", mode="major", prompt=1).reminder) == "style ragtime|mode major"
    assert tokens(planned(key="C chromatic", prompt=2).reminder) == "style ragtime|mode minor"


def test_prompts_that_are_as_was_asked_for_come_first() -> None:
    minor = [prompt for prompt in PROMPTS if VOCABULARY.ids["mode minor"] in prompt]
    plans = [plan_take(Settings(mode="minor"), "bars", [*PROMPTS, *minor], seed) for seed in range(4)]
    assert [plan.number for plan in plans] == [2, 3, 5, 6]


def test_a_metre_that_is_asked_for_chooses_the_prompt() -> None:
    plan = planned(meter="3/4")
    assert (plan.number, plan.settings.meter) == (3, "3/4")


def test_where_no_prompt_fits_the_header_is_all() -> None:
    plan = planned(style="ragtime", meter="6/8", mode="minor")
    assert (plan.number, plan.settings.meter, tokens(plan.prompt)) == (0, "6/8", "style ragtime|mode minor")
    assert plan.opening == "from nothing"
    plan = planned(prompt=0)
    assert (plan.number, plan.settings.meter, tokens(plan.prompt)) == (0, "4/4", "style any")


def test_a_prompt_that_is_asked_for_is_taken_whatever_it_is() -> None:
    plan = planned(prompt=3, style="ragtime", meter="5/4")
    assert (plan.number, plan.settings.meter) == (3, "5/4")
    assert tokens(plan.prompt).startswith("style ragtime|mode minor|bar 3/4|")


def test_styles_are_counted() -> None:
    assert styles_of(PROMPTS) == {"baroque": 1, "romantic": 1, "ragtime": 2}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"style": "jazz"}, r"style is 'jazz'; the model classic knows baroque, romantic, ragtime"),
        ({"meter": "7/4"}, r"meter is '7/4'; the model classic can have 1/4, 2/4, 3/4"),
        ({"prompt": 5}, r"prompt is 5; the model classic has 0 to 4"),
        ({"steps": 100}, r"steps is 100, which the model classic of the encoding 'bars' cannot do: say --bars instead"),
        ({"step": "1/8"}, r"step is 1/8, .* cannot do: its notes have lengths of their own"),
    ],
)
def test_what_a_model_in_bars_cannot_do_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        planned(**values)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"bars": 8}, r"bars is 8, which the model classic of the encoding 'chords' cannot do: say --steps instead"),
        ({"style": "ragtime"}, r"style is ragtime, .* cannot do: choose a model that can be told"),
        ({"texture": "full"}, r"texture is full, .* choose a model that can be told"),
        ({"remind": 0}, r"remind is 0, .* choose a model that can be told"),
        ({"max_onsets": 2.0}, r"max-onsets is 2.0, .* say --step instead"),
        ({"shortest": "1/8"}, r"shortest is 1/8, .* say --step instead"),
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
    assert plan_of(settings, 1) == Performance.of(settings, 1).plan


def test_a_style_that_another_model_does_not_know_is_left_out_of_a_preset(tmp_path: Path) -> None:
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
