"""`learn` over JACK: a knob is turned in another process, and its mapping is written to the file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from musicgen_live.config.controller_map import Binding, Coding, Controller
from musicgen_live.config.controller_map_file import load_controller_map
from musicgen_live.config.parameter import Change
from tests.support.jack import LIMIT_S, JackServer, wait_until
from tests.support.midi_keyboard import Keyboard

pytestmark = pytest.mark.midi


@contextmanager
def learning(jack: JackServer, home: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command, and wait until it listens."""
    process = subprocess.Popen(
        [sys.executable, "-m", "musicgen_live", "learn", *arguments],
        env=os.environ | jack.environment | {"MUSICGEN_LIVE_HOME": str(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        bufsize=1,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Listening to knobs:out"), (line, process.communicate(timeout=LIMIT_S))
        yield process
    finally:
        process.kill()
        process.communicate()


def holds(path: Path, text: str) -> bool:
    return text in path.read_text(encoding="utf-8")


def test_a_knob_that_is_turned_sets_the_value_from_then_on(jack: JackServer, tmp_path: Path) -> None:
    with Keyboard(jack, "knobs") as controller, learning(jack, tmp_path, "top-p", "--low", "0.5") as process:
        for message in ("80 3c 00", "b3 4a 21", "b3 4a 22"):
            controller.plays(message)
        out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, err) == (0, "")
    path = tmp_path / "controls.toml"
    assert out == f'Heard cc 74.\n"cc 74" = {{ value = "top-p", low = 0.5 }} stands in {path} now.\n'
    assert load_controller_map(path).entries == ((Controller("cc", 74), Binding("top-p", 0.5)),)


@pytest.mark.parametrize(
    ("turn", "coding"), [(("7f", "7f", "7f"), "twos-complement"), (("41", "41", "3f"), "binary-offset")]
)
def test_an_endless_knob_is_recognised(jack: JackServer, tmp_path: Path, turn: tuple[str, ...], coding: Coding) -> None:
    with Keyboard(jack, "knobs") as controller, learning(jack, tmp_path, "tempo") as process:
        for value in turn:
            controller.plays(f"b3 14 {value}")
        out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, err) == (0, "")
    assert out.startswith(f"Heard cc 20, an endless knob ({coding}).\n")
    binding = Binding("tempo", relative=coding)
    assert load_controller_map(tmp_path / "controls.toml").entries == ((Controller("cc", 20), binding),)


def test_the_former_mapping_of_a_knob_is_printed(jack: JackServer, tmp_path: Path) -> None:
    path = tmp_path / "controls.toml"
    path.write_text('[controls]\n"cc 74" = "key"\n', encoding="utf-8")
    with Keyboard(jack, "knobs") as controller, learning(jack, tmp_path, "tempo") as process:
        controller.plays("b3 4a 21")
        out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, err) == (0, "")
    assert out.endswith(f'"cc 74" = "tempo" stands in {path} now, in place of "cc 74" = "key".\n')


def test_without_a_value_it_asks_for_each_knob_until_ctrl_c(jack: JackServer, tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text('tempo = 90 # slow\n[controls]\n"cc 1" = "key"\n', encoding="utf-8")
    with (
        Keyboard(jack, "knobs") as controller,
        learning(jack, tmp_path, "--input", "knobs", "--controls", str(path)) as process,
    ):
        assert process.stdin is not None
        for number, (message, answer) in enumerate((("99 24 64", "reroll"), ("b0 01 40", "tempo")), start=1):
            controller.plays(message)
            process.stdin.write(f"{answer}\n")
            process.stdin.flush()
            stands = f'"{answer}"\n'
            wait_until(partial(holds, path, stands), f"entry {number}")
        controller.plays("b0 02 40")
        process.stdin.write("loudness\n")
        process.stdin.flush()
        assert process.stderr is not None
        assert "there is no value 'loudness' that can be steered" in process.stderr.readline()
        assert process.stderr.readline() == "Turn it once more.\n"
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, err) == (0, "")
    assert path.read_text(encoding="utf-8") == (
        'tempo = 90 # slow\n[controls]\n"cc 1" = "tempo"\n"note 36 channel 10" = "reroll"\n'
    )


def test_a_pad_needs_to_know_what_it_sets(jack: JackServer, tmp_path: Path) -> None:
    with Keyboard(jack, "knobs") as controller:
        with learning(jack, tmp_path, "tempo") as process:
            controller.plays("99 24 64")
            _, err = process.communicate(timeout=LIMIT_S)
        assert process.returncode == 2
        assert "a note is only struck: say to what it sets tempo" in err
        assert not (tmp_path / "controls.toml").exists()
        with learning(jack, tmp_path, "tempo", "--to", "132") as process:
            controller.plays("99 24 64")
            process.communicate(timeout=LIMIT_S)
    binding = Binding("tempo", to=Change("tempo", 132.0))
    assert load_controller_map(tmp_path / "controls.toml").entries == ((Controller("note", 36, 10), binding),)


def test_a_controller_that_is_unplugged_is_one_sentence(jack: JackServer, tmp_path: Path) -> None:
    with Keyboard(jack, "knobs") as controller, learning(jack, tmp_path, "tempo") as process:
        controller.unplug()
        _, err = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 2
    assert err == 'Error: The MIDI port "knobs:out" is gone; plug it in and type the command again.\n'


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["loudness"], "there is no value 'loudness' that can be steered"),
        (["tempo", "--low", "5"], "low is 5.0; tempo can be from 10 to 1000"),
        (["tempo", "--input", "nosuch"], 'no MIDI input port is called "nosuch"'),
    ],
)
def test_invalid_arguments_are_refused_before_it_listens(
    jack: JackServer, tmp_path: Path, arguments: list[str], sentence: str
) -> None:
    with Keyboard(jack, "knobs"):
        done = subprocess.run(
            [sys.executable, "-m", "musicgen_live", "learn", *arguments],
            env=os.environ | jack.environment | {"MUSICGEN_LIVE_HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
    assert done.returncode == 2
    assert sentence.lower() in done.stderr.lower()
    assert done.stderr.count("\n") == 1
