"""`models list` and `models show`: texts of a card are shown as text, a broken file is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from musicgen_live.cli.presets import list_models, show_model
from tests.support.models import toy_bundle


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models in place of those that ship."""
    monkeypatch.setattr("musicgen_live.config.library.shipped_folder", lambda: tmp_path)
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def test_a_card_is_shown_as_text(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = toy_bundle()
    card = replace(bundle.card, corpus="\x1b]0;owned\x07\x1b[2J", licence="a\r\nb", metrics={"\x1b[31m": 1.0})
    replace(bundle, card=card).save(models / "mine.safetensors")
    show_model("mine")
    list_models()
    shown = capsys.readouterr().out
    assert all(line.isprintable() for line in shown.split("\n"))
    assert r"corpus: \x1b]0;owned\x07\x1b[2J" in shown
    assert r"licence: a\r\nb" in shown


def test_a_broken_model_is_named_among_the_others(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (models / "broken.safetensors").write_bytes(b"")
    toy_bundle().save(models / "good.safetensors")
    list_models()
    broken, good = capsys.readouterr().out.splitlines()
    assert broken.startswith("broken ")
    assert "broken.safetensors is not a model file that can be read" in broken
    assert good.startswith("good ")
