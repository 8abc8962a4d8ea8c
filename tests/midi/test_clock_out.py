"""Our MIDI clock, read by a stranger: `jack_mclk_dump`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.midi.jack import RATE_HZ, JackServer, wait_until
from tests.midi.test_play import playing

pytestmark = [
    pytest.mark.midi,
    pytest.mark.skipif(
        not shutil.which("jack_mclk_dump"),
        reason="no jack_mclk_dump on this machine (Debian, Ubuntu: sudo apt install jack-midi-clock)",
    ),
]


@contextmanager
def clock_dump(jack: JackServer, log: Path) -> Iterator[None]:
    """jack_mclk_dump, whose port is called `jack_mclk_dump:mclk_in`, writing to a file."""
    with log.open("wb") as written:
        process = subprocess.Popen(
            ["stdbuf", "-oL", "jack_mclk_dump", "-n"], env=os.environ | jack.environment, stdout=written, stderr=written
        )
    try:
        wait_until(lambda: "jack_mclk_dump:mclk_in" in jack.ports(), "the stranger's port")
        yield
    finally:
        process.terminate()
        process.wait(10)


def test_a_stranger_reads_start_tempo_and_stop(jack: JackServer, tmp_path: Path) -> None:
    flags = ("--port", "mclk_in", "--send-clock", "--tempo", "137", "--steps", "16", "--seed", "5", "--no-record")
    log = tmp_path / "clock.txt"
    with clock_dump(jack, log):
        with playing(jack, tmp_path, *flags) as process:
            _, err = process.communicate(timeout=90)
        assert (process.returncode, err) == (0, "")
        wait_until(lambda: "stop" in log.read_text(), "stop")
    said = log.read_text()
    assert said.index("(0xfa) start") < said.index("(0xfc) stop")
    assert said.count("0xfa") == said.count("0xfc") == 1
    at_frames = [int(frame) for frame in re.findall(r"^CLK .*@ (\d+)", said, re.M)]
    # 16 eighths: eight quarters of 24 pulses, and none at the end itself.
    assert len(at_frames) == 192
    pulse_s = (at_frames[-1] - at_frames[0]) / 191 / RATE_HZ
    # Loose, since the server's own clock stands still whenever this machine keeps it waiting.
    assert 60 / (24 * pulse_s) == pytest.approx(137, rel=0.1)
