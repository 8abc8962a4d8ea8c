"""The cards of presets and models."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.config.library import model_names, preset_names
from musicgen_live.session.cards import CardFile


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
