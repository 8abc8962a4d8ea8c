"""The flags of all settings."""

from __future__ import annotations

from musicgen_live.cli.flags import PANELS
from musicgen_live.config.settings import setting_types


def test_every_setting_has_one_help_text() -> None:
    described = [name for names in PANELS.values() for name in names]
    assert sorted(described) == sorted(setting_types())
    assert all(text for names in PANELS.values() for text in names.values())
