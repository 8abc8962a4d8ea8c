"""The user's defaults on the command line: `config`, and that flags have precedence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from musicgen_live.cli.main import app
from musicgen_live.config.user_folder import VARIABLE
from musicgen_live.errors import PortError, SettingsError

pytestmark = pytest.mark.usefixtures("no_jack")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def run(command: str) -> Result:
    return CliRunner().invoke(app, command.split(), catch_exceptions=False)


def test_values_are_set_shown_and_unset(home: Path) -> None:
    assert run("config path").stdout == f"{home / 'config.toml'}\n"
    assert run("config set preset waltz").stdout == f"preset stands in {home / 'config.toml'} now.\n"
    run("config set port IAC Minilogue:channel=2")
    assert 'preset = "waltz"\nport = ["IAC", "Minilogue:channel=2"]\n' in run("config show").stdout
    run("config unset port")
    assert (home / "config.toml").read_text() == 'preset = "waltz"\n'


def test_one_value_where_one_belongs() -> None:
    with pytest.raises(SettingsError, match="preset can have one value, and 2 are given"):
        run("config set preset slow chords")


def test_the_preset_of_the_user_holds_where_no_flag_says_otherwise() -> None:
    run("config set preset waltz")
    assert json.loads(run("render --bars 1 --seed 1 --out one.mid --json").stdout)["take"] == "one.mid"
    assert "at 138 BPM" in run("render --bars 1 --seed 1 --out two.mid").stdout
    assert "at 66 BPM" in run("render --preset nocturne --bars 1 --seed 1 --out three.mid").stdout


def test_the_takes_go_to_the_folder_of_the_user(tmp_path: Path) -> None:
    run(f"config set takes {tmp_path / 'music'}")
    run("play --bars 1 --seed 1")
    assert len(list((tmp_path / "music").glob("*.mid"))) == 1


def test_the_ports_of_the_user_are_played_to() -> None:
    run("config set port Moog")
    with pytest.raises(PortError, match=r"To record all the same, leave out port of config\.toml\."):
        run("play --bars 1")
    with pytest.raises(PortError, match=r"leave out --port\."):
        run("play --bars 1 --port IAC")


def test_the_sync_of_the_user_is_followed() -> None:
    run("config set sync clock")
    with pytest.raises(PortError, match=r"leave out sync of config\.toml\."):
        run("play --bars 1")
    assert "Done" in run("play --bars 1 --sync internal --out two.mid").stdout
