"""The command `show`, and `render --png`."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import mido
import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from musicgen_live.cli.main import app
from musicgen_live.errors import MusicgenError, TakeError
from musicgen_live.sound.synthesizer import RATE_HZ
from tests.support.models import toy_model
from tests.support.sound import level, read_wav


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with a take of two bars in it."""
    monkeypatch.chdir(tmp_path)
    track = mido.MidiTrack([mido.Message("note_on", note=60), mido.Message("note_off", note=60, time=8 * 480)])
    mido.MidiFile(ticks_per_beat=480, tracks=[track]).save("take.mid")
    return tmp_path


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments, catch_exceptions=False)


def test_it_draws_to_the_given_file() -> None:
    assert invoke("show", "take.mid", "--out", "roll.png").output == "The picture: roll.png\n"
    with Image.open("roll.png") as image:
        assert (image.format, image.size) == ("PNG", (1600, 312))


def test_without_out_the_picture_is_beside_the_file() -> None:
    assert invoke("show", "take.mid").output == "The picture: take.png\n"
    assert Path("take.png").exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["none.mid"], r"there is no file none\.mid"),
        (["take.mid", "--out", "roll.jpg"], r"--out is 'roll\.jpg'; it has to end in \.png"),
        (["take.mid", "--out", "folder.png"], r"--out is 'folder\.png', which is a folder"),
        (["take.mid", "--wav", "take.mp3"], r"--wav is 'take\.mp3'; it has to end in \.wav"),
        (["take.mid", "--wav", "folder.wav"], r"--wav is 'folder\.wav', which is a folder"),
        (["take.mid", "--wav", "there.wav"], r"--wav is 'there\.wav', which is there already; .*add --force"),
        (["take.mid", "--instrument", "piano"], r"--instrument is of no use without a sound file; say --wav FILE\.wav"),
        (["take.mid", "--bars", "2-1"], "--bars is '2-1'; write the first and the last, such as 9-16"),
        (["take.mid", "--bars", "all"], "--bars is 'all'; write"),
        (["take.mid", "--bars", "3"], "--bars begins with 3; there are bars 1 to 2"),
    ],
)
def test_wrong_arguments_are_reported(arguments: list[str], reason: str) -> None:
    for folder in ("folder.png", "folder.wav"):
        Path(folder).mkdir()
    Path("there.wav").touch()
    with pytest.raises(MusicgenError, match=reason):
        invoke("show", *arguments)


def test_some_bars_alone() -> None:
    assert invoke("show", "take.mid", "--bars", "2", "--out", "second.png").exit_code == 0
    assert Path("second.png").exists()


def test_render_draws_the_take_too(folder: Path) -> None:
    model = str(toy_model(folder))
    ended = invoke("render", "--model", model, "--seed", "1", "--out", "new.mid", "--png", "new.png")
    assert ended.output.endswith("The take: new.mid\nThe picture: new.png\n")
    with Image.open("new.png") as image:
        assert image.width == 1600


def test_show_makes_sound_of_a_file() -> None:
    output = invoke("show", "take.mid", "--wav", "take.wav").output
    assert re.fullmatch(r"The picture: take\.png\nThe sound: take\.wav \(0:0\d\)\n", output)
    assert len(read_wav(Path("take.wav"))) > 4 * RATE_HZ
    again = invoke("show", "take.mid", "--wav", "again.wav").output
    assert re.fullmatch(r"The sound: again\.wav \(0:0\d\)\n", again)


def test_render_makes_sound_of_the_take(folder: Path) -> None:
    model = str(toy_model(folder))
    ended = invoke("render", "--model", model, "--seed", "1", "--out", "new.mid", "--wav", "new.wav")
    assert "The take: new.mid\nThe sound: new.wav (" in ended.output
    assert level(read_wav(Path("new.wav"))) > 0.02


def test_a_picture_is_replaced_only_with_force() -> None:
    Path("take.png").write_bytes(b"precious")
    with pytest.raises(TakeError, match=r"--out is 'take\.png', which is there already; .* add --force"):
        invoke("show", "take.mid")
    assert Path("take.png").read_bytes() == b"precious"
    assert invoke("show", "take.mid", "--force").exit_code == 0
    assert Path("take.png").read_bytes()[1:4] == b"PNG"


def test_render_looks_at_the_name_of_the_picture_first(folder: Path) -> None:
    with pytest.raises(TakeError, match=r"--png is 'new\.gif'; it has to end in \.png"):
        invoke("render", "--model", str(toy_model(folder)), "--out", "new.mid", "--png", "new.gif")
    assert not Path("new.mid").exists()


def test_nothing_that_draws_is_imported_before_it_is_needed() -> None:
    code = (
        "import sys, musicgen_live.cli.main\n"
        "print('PIL' in sys.modules, 'musicgen_live.midi.piano_roll' in sys.modules)"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout == "False False\n"
