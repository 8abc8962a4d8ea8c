"""The commands `takes`, and `play --again`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from musicgen_live.cli.main import app
from musicgen_live.errors import MusicgenError, NoMidiSystem, SettingsError, TakeError
from musicgen_live.midi.file_reader import read_midi
from musicgen_live.midi.takes.label import TakeLabel
from musicgen_live.midi.takes.reading import read_take
from musicgen_live.music.notes import Note
from tests.support.labelled import write_labelled
from tests.support.midi_writing import write_midi
from tests.support.models import toy_model
from tests.support.sound import level, read_wav

NAME = "2026-11-22 14.03.07 nocturne 4711"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with two takes in `takes`, and a list of takes of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MUSICGEN_LIVE_HOME", str(tmp_path / "home"))
    (tmp_path / "takes").mkdir()
    waltz = TakeLabel("waltz", 7, {}, steered=("key",), has_musician=True)
    write_labelled(tmp_path / "takes" / "2026-11-21 09.00.00 waltz 7.mid", waltz, notes=70)
    write_labelled(tmp_path / "takes" / f"{NAME}.mid", recorded_at_s=2000.0)
    return tmp_path


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_the_takes_are_listed_with_their_length() -> None:
    assert invoke("takes", "list").output.splitlines() == [
        "  2026-11-22 14.03.07 nocturne 4711            0:02",
        "  2026-11-21 09.00.00 waltz 7                  1:10  steered  with you",
    ]
    assert invoke("takes", "list", "WALTZ").output.splitlines()[0].split()[2] == "waltz"


def test_the_list_as_json(folder: Path) -> None:
    first, second = json.loads(invoke("takes", "list", "--json").output)
    assert Path(first["path"]) == folder / "takes" / f"{NAME}.mid"
    assert (first["preset"], first["seed"], first["notes"], first["seconds"]) == ("nocturne", 4711, 2, 2.0)
    assert (second["steered"], second["has_musician"], second["favourite"]) == (["key"], True, False)


def test_a_favourite_has_a_star_until_it_is_none() -> None:
    assert invoke("takes", "favourite", "waltz").output == "2026-11-21 09.00.00 waltz 7 is a favourite now.\n"
    (line,) = invoke("takes", "list", "--favourites").output.splitlines()
    assert line.startswith("★ 2026-11-21 09.00.00 waltz 7 ")
    assert invoke("takes", "favourite", "waltz", "--off").output.endswith("is an ordinary take now.\n")
    assert invoke("takes", "list", "--favourites").output == ""


def test_takes_elsewhere_are_listed_once_they_are_known(folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    write_labelled(folder / "elsewhere" / "evening.mid")
    assert "evening" not in invoke("takes", "list").output
    assert "evening" in invoke("takes", "list", "--folder", "elsewhere").output
    assert "evening" in invoke("takes", "list").output


def test_takes_of_one_name_are_listed_with_their_folders(folder: Path) -> None:
    for name in ("one", "two"):
        (folder / name).mkdir()
        write_labelled(folder / name / "evening.mid")
    lines = invoke("takes", "list", "--folder", "one", "--folder", "two").output.splitlines()
    evenings = [line for line in lines if "evening" in line]
    assert sorted(line.split("  in ")[1] for line in evenings) == [str(folder / "one"), str(folder / "two")]
    assert [line for line in lines if "  in " in line] == evenings


def test_a_folder_that_is_none_is_refused() -> None:
    with pytest.raises(TakeError, match="--folder is 'nosuch', which is no folder"):
        invoke("takes", "list", "--folder", "nosuch")


@pytest.mark.usefixtures("no_jack")
@pytest.mark.skipif(Path("/dev/snd/seq").exists(), reason="this machine has a MIDI system that cannot be hidden")
def test_the_error_of_a_port_stands_alone() -> None:
    ended = CliRunner().invoke(app, ["takes", "play", "last", "--port", "synth"])
    assert (type(ended.exception), ended.output) == (NoMidiSystem, "")


def test_how_a_take_was_made_is_shown(folder: Path) -> None:
    shown = invoke("takes", "show", "4711", "--png", "roll.png").output
    facts = {line[:18].strip(): line[19:] for line in shown.splitlines()}
    assert (facts["preset"], facts["seed"], facts["model"], facts["tempo"]) == ("nocturne", "4711", "piano", "60.0")
    assert facts["length"] == "0:02, 2 notes"
    assert f"musicgen-live play --again '{NAME}'" in shown
    with Image.open(folder / "roll.png") as image:
        assert image.format == "PNG"


def test_a_steered_take_says_so() -> None:
    shown = invoke("takes", "show", "waltz").output
    assert "That take was steered (key): from there on its music differs." in shown
    assert "A musician played along in that take" in shown


def test_the_sound_of_a_take_is_written(folder: Path) -> None:
    assert invoke("takes", "render", "last").output == f"The sound: {folder / 'takes' / NAME}.wav (0:02)\n"
    assert level(read_wav(folder / "takes" / f"{NAME}.wav")) > 0.01


def test_a_take_sounds_through_a_device() -> None:
    # The device `x.wav` is a file that gets the sound.
    shown = invoke("takes", "play", "last", "--listen-device", "heard.wav").output
    assert shown.splitlines()[0] == f"{NAME} (0:02). Ctrl-C stops."
    assert level(read_wav(Path("heard.wav"))) > 0.01


def test_a_sound_file_that_is_there_is_not_replaced() -> None:
    Path("heard.wav").write_bytes(b"kept")
    with pytest.raises(TakeError, match=r"--listen-device is .*, which is there already; choose another name$"):
        invoke("takes", "play", "last", "--listen-device", "heard.wav")
    assert Path("heard.wav").read_bytes() == b"kept"


def test_a_take_gets_another_name(folder: Path) -> None:
    (folder / "takes" / f"{NAME}.wav").touch()
    invoke("takes", "rename", "4711", "evening")
    assert (folder / "takes" / "evening.mid").exists()
    assert "evening" in invoke("takes", "list").output


@pytest.mark.parametrize("name", ["", ".", "../up", "a/b", "a\\b", "con:", "x" * 81, "a\nb", " ."])
def test_a_name_is_no_path(folder: Path, name: str) -> None:
    with pytest.raises(TakeError, match="is no name for a take"):
        invoke("takes", "rename", "4711", name)
    assert (folder / "takes" / f"{NAME}.mid").exists()


@pytest.mark.parametrize(
    ("take", "reason"),
    [
        ("evening", "there is no take 'evening'; musicgen-live takes list shows those that there are"),
        (
            "2026",
            "'2026' is a part of 2 names: '2026-11-22 14.03.07 nocturne 4711', '2026-11-21 09.00.00 waltz 7'; type",
        ),
        ("song.mid", "song.mid does not say how it was made: it is no take of musicgen-live"),
    ],
)
def test_a_take_that_is_not_clear_is_an_error(folder: Path, take: str, reason: str) -> None:
    (folder / "song.mid").write_bytes(b"MThd")
    with pytest.raises(MusicgenError, match=reason):
        invoke("takes", "show", take)


def test_without_takes_it_says_what_to_type(folder: Path) -> None:
    (folder / "takes").rename(folder / "away")
    with pytest.raises(TakeError, match="there is no take yet; type: musicgen-live play"):
        invoke("takes", "show", "last")


# --- once more -----------------------------------------------------------------------------------------------------


@pytest.fixture
def rendered(folder: Path) -> Path:
    """A take of a toy model, with settings of its own."""
    path = folder / "one.mid"
    model = ("--model", str(toy_model(folder)), "--decode", "sample", "--steps", "40")
    invoke("render", *model, "--seed", "11", "--tempo", "90", "--humanize", "20", "--out", str(path))
    return path


@pytest.mark.usefixtures("no_jack")
def test_a_take_is_repeated_byte_for_byte(folder: Path, rendered: Path) -> None:
    invoke("play", "--again", "last", "--out", "two.mid")
    assert (folder / "two.mid").read_bytes() == rendered.read_bytes()


@pytest.mark.usefixtures("no_jack")
def test_a_take_is_repeated_with_a_change(folder: Path, rendered: Path) -> None:
    invoke("play", "--again", str(rendered), "--tempo", "120", "--out", "two.mid")
    assert read_midi(folder / "two.mid").tempos == ((0, 120.0),)
    invoke("play", "--again", str(rendered), "--seed", "12", "--out", "three.mid")
    assert read_midi(folder / "three.mid").score.notes != read_midi(rendered).score.notes


@pytest.mark.usefixtures("no_jack")
def test_a_take_of_parts_is_repeated_with_them(folder: Path) -> None:
    flags = ("--preset", "sonatina", "--bars", "2", "--seed", "1", "--part", "bass:channel=5,program=34")
    invoke("render", *flags, "--out", "one.mid")
    invoke("play", "--again", "one.mid", "--out", "two.mid")
    assert (folder / "two.mid").read_bytes() == (folder / "one.mid").read_bytes()
    assert read_midi(folder / "two.mid").channels == (1, 5, 2)
    invoke("play", "--again", "one.mid", "--part", "melody:transpose=12", "--out", "three.mid")
    three = read_midi(folder / "three.mid")
    assert three.channels == (1, 5, 2)
    assert [note.pitch - 12 for note in three.score.parts[0]] == [
        note.pitch for note in read_midi(folder / "one.mid").score.parts[0]
    ]


@pytest.mark.usefixtures("no_jack")
def test_a_take_that_continued_a_file_is_repeated_with_its_own_tempo(folder: Path) -> None:
    write_midi(folder / "song.mid", [[Note(480 * i, 480, 60 + i, 80) for i in range(16)]], tempos=[(0, 70.0)])
    flags = ("--prompt-midi", "song.mid", "--tempo", "90", "--bars", "2", "--seed", "1")
    invoke("render", *flags, "--out", "one.mid")
    invoke("play", "--again", "one.mid", "--out", "two.mid")
    assert (folder / "two.mid").read_bytes() == (folder / "one.mid").read_bytes()


@pytest.mark.usefixtures("no_jack")
def test_what_is_not_repeated_is_said(folder: Path, rendered: Path) -> None:
    take = read_take(rendered)
    assert take is not None
    label = replace(take.label, sync="clock", steered=("key",), has_musician=True)
    write_labelled(folder / "live.mid", label)
    said = invoke("play", "--again", "live.mid", "--out", "two.mid").output
    assert "That take was steered (key): from there on its music differs.\n" in said
    assert "A musician played along in that take: where it answered, its music differs.\n" in said
    assert "That take followed a clock: where the clock jumped, its music differs.\n" in said


def test_again_and_a_preset_exclude_each_other(rendered: Path) -> None:
    with pytest.raises(SettingsError, match="--again and --preset waltz exclude each other; give one of them"):
        invoke("play", "--again", str(rendered), "--preset", "waltz")


def test_the_last_words_of_a_take_say_its_seed(rendered: Path) -> None:
    again = invoke("render", "--preset", "classic", "--steps", "8", "--seed", "4711", "--out", "x.mid").output
    assert again.splitlines()[-2].endswith(", seed 4711.")
    assert rendered.exists()
