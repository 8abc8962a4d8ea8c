"""The cards of presets and models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from musicgen_live.config.library import model_names, preset_names
from musicgen_live.session.cards import CardFile
from tests.support.models import toy_bundle


def test_every_preset_and_model_has_a_card_with_words() -> None:
    cards = CardFile().cards(["1", "solo"])
    assert [card["name"] for card in cards["presets"]] == preset_names()
    assert [card["name"] for card in cards["models"]] == model_names()
    assert cards["scenes"] == ["1", "solo"]
    assert all(card["words"] for card in (*cards["presets"], *cards["models"]))


def test_a_preset_that_cannot_be_read_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICGEN_LIVE_HOME", str(tmp_path))
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "broken.toml").write_text("tempo = ")
    words = {card["name"]: card["words"] for card in CardFile().cards()["presets"]}
    assert "broken.toml" in words["broken"]


@pytest.mark.parametrize(
    ("epochs", "words"),
    [(3, "Recipe stream, trained on mine, others."), (0, "Recipe stream, unchanged by training on mine, others.")],
)
def test_a_model_that_training_did_not_make_better_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, epochs: int, words: str
) -> None:
    monkeypatch.setenv("MUSICGEN_LIVE_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    bundle = toy_bundle()
    card = replace(bundle.card, recipe="stream", corpus="mine, others", epochs=epochs)
    replace(bundle, card=card).save(tmp_path / "models" / "my.safetensors")
    assert {card["name"]: card["words"] for card in CardFile().cards()["models"]}["my"] == words
