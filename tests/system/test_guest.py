"""The ALSA sequencer and a card that is unplugged and plugged in again, in an emulated guest."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import mido
import pytest

from tests.support.guest import FOLDER, is_built, run_in_guest
from tests.support.jack import sounding_after
from tests.support.models import toy_model
from tests.support.playing import ends_released

pytestmark = [
    pytest.mark.guest,
    pytest.mark.skipif(not is_built(), reason=f"no guest in {FOLDER} (Debian, as root: .ci/build-guest)"),
]

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the guest left what it heard; see `guest_play`."""
    folder = tmp_path_factory.mktemp("guest")
    model = toy_model(folder)
    bytecode = {"PYTHONPYCACHEPREFIX": str(folder / "bytecode"), "PYTHONPATH": str(ROOT)}
    compile_beforehand(model, bytecode)
    settings = [f"{name}={value}" for name, value in bytecode.items()]
    script = str(Path(__file__).parents[1] / "support" / "guest_play.py")
    run_in_guest(folder, ["env", *settings, sys.executable, script, str(model)])
    return folder


def compile_beforehand(model: Path, bytecode: dict[str, str]) -> None:
    """Compile here all that `play` imports: in the guest, 50 times slower, it would take minutes."""
    environment = os.environ | bytecode
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    modules = "import mido.backends.rtmidi, musicgen_live.player.process, musicgen_live.player.supervisor"
    take = ["-m", "musicgen_live", "render", "--model", str(model), "--steps", "1", "--out", "warm.mid"]
    for command in (["-c", modules], take):
        subprocess.run([sys.executable, *command], cwd=model.parent, env=environment, check=True, capture_output=True)


def channel_messages(content: bytes) -> list[bytes]:
    """The messages of raw MIDI, in which a status byte that is the same as before may be left out."""
    messages: list[bytes] = []
    status, data = 0, b""
    for byte in content:
        if byte & 0x80:
            status, data = byte, b""
            continue
        data += bytes((byte,))
        if len(data) == 2:
            messages.append(bytes((status,)) + data)
            data = b""
    return messages


def sequence(path: Path) -> list[bytes]:
    """The notes struck and released in a file, in order. Emulation is far too slow to say anything about time."""
    merged = mido.merge_tracks(mido.MidiFile(path).tracks)
    return [bytes(message.bytes()) for message in merged if message.type in ("note_on", "note_off")]


def test_arecordmidi_records_our_take_note_by_note(played: Path) -> None:
    ours = sequence(played / "take.mid")
    assert sum(message[0] == 0x90 for message in ours) > 5
    assert sequence(played / "recorded.mid") == ours
    assert ends_released(played / "take.mid")


def test_a_card_that_is_unplugged_and_plugged_in_again_goes_on_sounding(played: Path) -> None:
    said = (played / "said.txt").read_text()
    assert said.count('VirMIDI 0-0" is gone. The music goes on') == 1
    assert said.count('VirMIDI 0-0" is back.') == 1
    assert "goes on in its place" not in said
    before, after = (channel_messages((played / f"{name}.bin").read_bytes()) for name in ("before", "after"))
    assert sum(message[0] == 0x90 for message in before) > 3
    assert sum(message[0] == 0x90 for message in after) > 3
    assert sounding_after(after) == set()
