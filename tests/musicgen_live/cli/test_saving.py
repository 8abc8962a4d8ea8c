"""The command `presets save`, and a user's own presets in the other commands."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from musicgen_live.cli.main import main
from musicgen_live.config.presets import load_preset

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Run:
    """Run the command with an empty user folder; return its exit code and outputs."""
    monkeypatch.setenv("MUSICGEN_LIVE_HOME", str(tmp_path))

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["musicgen-live", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        captured = capsys.readouterr()
        return int(ended.value.code or 0), captured.out, captured.err

    return run


def test_flags_are_saved_with_the_preset_that_they_change(run: Run, tmp_path: Path) -> None:
    flags = ("--description", "Late.", "--tempo", "60", "--key", "Eb minor")
    path = tmp_path / "presets" / "evening.toml"
    assert run("presets", "save", "evening", "--preset", "nocturne", *flags) == (
        0, f"The preset evening is saved: {path}. Play it with: musicgen-live play --preset evening\n", "",
    )  # fmt: skip
    saved, nocturne = load_preset("evening"), load_preset("nocturne")
    assert saved.settings == nocturne.settings.changed({"tempo": 60.0, "key": "Eb minor"})
    assert saved.description == "Late."


def test_an_existing_preset_is_replaced_only_with_the_flag(run: Run) -> None:
    run("presets", "save", "mine", "--tempo", "60")
    code, _, err = run("presets", "save", "mine", "--tempo", "90")
    assert code == 2
    assert "mine.toml already; choose another name, or add --replace" in err
    assert run("presets", "save", "mine", "--tempo", "90", "--replace")[0] == 0
    assert load_preset("mine").settings.tempo == 90


def test_the_advised_command_works_for_a_name_of_several_words(run: Run) -> None:
    assert "Play it with: musicgen-live play --preset 'my set 1'\n" in run("presets", "save", "my set 1")[1]


def test_the_message_names_the_shipped_preset_that_is_replaced(run: Run) -> None:
    message = "It is played in place of the waltz that ships; delete that file to have that back."
    assert message in run("presets", "save", "waltz")[1]
    assert message not in run("presets", "save", "waltz 2")[1]


def test_the_controls_of_the_preset_are_saved_and_shown_too(run: Run, tmp_path: Path) -> None:
    base = tmp_path / "base.toml"
    base.write_text('model = "stream"\n[controls]\n"cc 1" = "tempo"\n', encoding="utf-8")
    run("presets", "save", "mine", "--preset", str(base))
    assert load_preset("mine").controls == load_preset(str(base)).controls
    assert run("presets", "show", "mine")[1].endswith('\n\n[controls]\n"cc 1" = "tempo"\n')


def test_settings_that_cannot_be_played_are_not_saved(run: Run, tmp_path: Path) -> None:
    code, _, err = run("presets", "save", "mine", "--preset", "classic", "--max-onsets", "2")
    assert code == 2
    assert "max-onsets is 2.0, but the model classic plays one note or chord a step" in err
    assert list(tmp_path.iterdir()) == []


def test_the_list_marks_own_presets(run: Run) -> None:
    run("presets", "save", "mine", "--description", "My own.")
    run("presets", "save", "waltz", "--description", "Another waltz.")
    lines = run("presets", "list")[1].splitlines()
    assert "mine             (yours) My own." in lines
    assert "waltz            (yours, in place of the one that ships) Another waltz." in lines
    assert sum("(yours" in line for line in lines) == 2
    run("presets", "save", "slow", "--preset", "ragtime", "--tempo", "60")
    assert "slow             (yours) model piano, ragtime, 60 BPM" in run("presets", "list")[1].splitlines()


def test_the_lists_name_what_cannot_be_read(run: Run, tmp_path: Path) -> None:
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "broken.toml").write_text("tempo = ")
    (tmp_path / "presets" / "evil.toml").write_text('description = "\\u001b[2J gone"\n')
    code, out, err = run("presets", "list")
    lines = {line.split()[0]: line for line in out.splitlines()}
    assert (code, err) == (0, "")
    assert lines["broken"].startswith("broken           (yours) cannot be read: the preset ")
    assert lines["evil"] == "evil             (yours) \\x1b[2J gone"
    assert "nocturne" in lines
