"""`play` into a pipe whose other end goes away, as `| head` does: the take ends as on Ctrl-C."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.jack import JackServer, Receiver
from tests.support.models import toy_model
from tests.support.playing import ends_released, note_messages, playing

pytestmark = pytest.mark.midi

FLAGS = ("--port", "stranger", "--seed", "5", "--tempo", "300", "--out", "take.mid")


@pytest.mark.skipif(sys.platform == "win32", reason="a pipeline of a POSIX shell")
def test_a_pipeline_ends_in_good_order(jack: JackServer, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "musicgen_live", "play", "--preset", "classic", "--model", str(toy_model(tmp_path))]
    pipeline = f"{shlex.join([*words, *FLAGS, '--json'])} | head -n 12; echo ${{PIPESTATUS[0]}}"
    with Receiver(jack) as receiver:
        ended = subprocess.run(
            ["bash", "-c", pipeline],
            cwd=tmp_path,
            env=os.environ | jack.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
    *lines, status = ended.stdout.splitlines()
    assert (status, ended.stderr) == ("0", "")
    assert [json.loads(line)["event"] for line in lines][:5] == ["said", "said", "said", "opened", "planned"]
    assert len(lines) == 12
    assert receiver.sounding() == set()
    assert receiver.messages()[-1] == bytes((0xB0, 123, 0))
    assert note_messages(tmp_path / "take.mid")
    assert ends_released(tmp_path / "take.mid")


@pytest.mark.parametrize("flags", [(), ("--json",)], ids=["words", "json"])
def test_where_nobody_reads_from_the_start_the_take_ends_at_once(
    jack: JackServer, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    with Receiver(jack) as receiver, playing(jack, tmp_path, *FLAGS, *flags) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        said = process.stderr.read()
        assert (process.wait(60), said) == (0, "")
    assert receiver.sounding() == set()
    assert (tmp_path / "take.mid").is_file()


def test_where_nobody_reads_the_end_it_is_a_good_end_all_the_same(jack: JackServer, tmp_path: Path) -> None:
    with Receiver(jack) as receiver, playing(jack, tmp_path, *FLAGS, "--steps", "8") as process:
        assert process.stdout is not None
        assert [process.stdout.readline()[:9] for _ in range(3)] == ["The model", "MIDI goes", "Ctrl-C st"]
        process.stdout.close()
        assert process.stderr is not None
        assert (process.wait(60), process.stderr.read()) == (0, "")
    played = [message for message in receiver.messages() if message[0] != 0xB0]
    assert played == note_messages(tmp_path / "take.mid")
