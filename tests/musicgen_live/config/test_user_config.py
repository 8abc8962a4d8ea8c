"""The user's `config.toml`: what it can say, what it refuses, and how it is edited."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicgen_live.config.user_config import (
    UserConfig,
    config_path,
    config_text,
    load_user_config,
    set_value,
    text_with,
)
from musicgen_live.config.user_folder import VARIABLE
from musicgen_live.errors import SettingsError

WHOLE = """\
# At home.
preset = "nocturne"   # in the evening
port = ["IAC", "Minilogue:channel=2"]
sync = "clock"
clock-port = "IAC"
takes = "/music/takes"
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    return tmp_path


def test_without_a_file_everything_has_its_default() -> None:
    assert load_user_config() == UserConfig("sonatina", (), "internal", None, Path("takes"))


def test_a_whole_file() -> None:
    config_path().write_text(WHOLE)
    expected = UserConfig("nocturne", ("IAC", "Minilogue:channel=2"), "clock", "IAC", Path("/music/takes"))
    assert load_user_config() == expected


def test_a_single_port_and_a_folder_at_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/clara")
    monkeypatch.setenv("USERPROFILE", "/home/clara")
    config_path().write_text('port = "IAC"\ntakes = "~/takes"\n')
    assert load_user_config().port == ("IAC",)
    assert load_user_config().takes == Path("/home/clara/takes")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tempo = 90", "has an unknown key 'tempo'; known are preset, port, sync, clock-port, takes"),
        ('preset = "nobody"', "has preset = \"nobody\": there is no preset 'nobody'; there are "),
        ("preset = 3", "has preset = 3: text in quotes is needed"),
        ('port = ["IAC:channel=17"]', "has port = [\"IAC:channel=17\"]: 'IAC:channel=17' has '17' where"),
        ("port = [1]", "has port = [1]: text in quotes is needed"),
        ('sync = "clok"', 'has sync = "clok": it can be internal, clock, link, in quotes'),
        ('clock-port = "IAC"', 'has clock-port = "IAC", which is of no use without a MIDI clock; add sync = "clock"'),
        ('takes = ""', 'has takes = "": text in quotes is needed'),
        ("takes = [", "cannot be read ("),
    ],
)
def test_a_wrong_file_is_named_with_its_key_value_and_remedy(text: str, message: str) -> None:
    config_path().write_text(text)
    with pytest.raises(SettingsError) as error:
        load_user_config()
    assert str(error.value).startswith(f"{config_path()} {message}")


def test_a_value_is_set_where_it_stands_and_comments_stay() -> None:
    assert text_with(WHOLE, "preset", "waltz", "it") == WHOLE.replace("nocturne", "waltz")
    assert text_with(WHOLE, "takes", None, "it") == WHOLE.replace('takes = "/music/takes"\n', "")
    assert text_with("# mine\n", "port", ["IAC"], "it") == '# mine\nport = ["IAC"]\n'


def test_what_would_be_wrong_is_not_written(folder: Path) -> None:
    for key, value, message in (
        ("presett", "waltz", "there is no 'presett' in config.toml; there are preset, "),
        ("sync", "clok", "it can be internal, clock, link"),
        ("takes", "\udcf6", "it has a character that cannot be written"),
        ("takes", "a\0b", "it has a character that cannot be written"),
        ("clock-port", "IAC", 'add sync = "clock"'),
    ):
        with pytest.raises(SettingsError, match=message):
            set_value(key, value)
    assert list(folder.iterdir()) == []


def test_a_file_in_a_folder_that_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file"))
    with pytest.raises(SettingsError, match=r"config\.toml cannot be written \("):
        set_value("preset", "waltz")


def test_the_values_as_text() -> None:
    config_path().write_text('port = "IAC"\n')
    assert config_text(load_user_config()) == (
        'preset = "sonatina"\nport = ["IAC"]\nsync = "internal"\n# clock-port is not set\ntakes = "takes"\n'
    )
