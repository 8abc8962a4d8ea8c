"""The flags of all settings."""

from __future__ import annotations

from musicgen_live.cli.flags import PANELS, help_panels
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.config.settings import setting_types


def test_every_setting_has_one_help_text() -> None:
    described = [name for names in PANELS.values() for name in names]
    assert sorted(described) == sorted(setting_types())
    assert all(text for names in PANELS.values() for text in names.values())


def test_a_setting_without_one_has_that_of_its_parameter() -> None:
    panels = {panel: {name: text for name, text in names.items() if name != "top_p"} for panel, names in PANELS.items()}
    last = list(panels)[-1]
    assert "top_p" not in panels[last]
    assert help_panels(["top_p", "key"], panels)[last] == {**panels[last], "top_p": PARAMETERS["top-p"].help}
    assert help_panels(["key"], panels) == panels
