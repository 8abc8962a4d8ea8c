"""Our MIDI clock, read by a stranger: `jack_mclk_dump`."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.support.jack import RATE_HZ, JackServer, wait_until
from tests.support.playing import playing
from tests.support.strangers import listening

pytestmark = [
    pytest.mark.midi,
    pytest.mark.skipif(
        not shutil.which("jack_mclk_dump"),
        reason="no jack_mclk_dump on this machine (Debian, Ubuntu: sudo apt install jack-midi-clock)",
    ),
]


def test_a_stranger_reads_start_tempo_and_stop(jack: JackServer, tmp_path: Path) -> None:
    flags = ("--port", "mclk_in", "--send-clock", "--tempo", "137", "--steps", "16", "--seed", "5", "--no-record")
    log = tmp_path / "clock.txt"
    with listening(jack, "jack_mclk_dump:mclk_in", log, "jack_mclk_dump", "-n"):
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
