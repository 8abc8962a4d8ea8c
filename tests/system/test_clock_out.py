"""Our MIDI clock, read by `jack_mclk_dump`."""

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


def test_jack_mclk_dump_reads_start_tempo_and_stop(jack: JackServer, tmp_path: Path) -> None:
    flags = ("--port", "mclk_in", "--send-clock", "--tempo", "137", "--steps", "16", "--seed", "5", "--no-record")
    log = tmp_path / "clock.txt"
    with listening(jack, "jack_mclk_dump:mclk_in", log, "jack_mclk_dump", "-n"):
        with playing(jack, tmp_path, *flags) as process:
            _, err = process.communicate(timeout=90)
        assert (process.returncode, err) == (0, "")
        wait_until(lambda: "stop" in log.read_text(), "stop")
    output = log.read_text()
    assert output.index("(0xfa) start") < output.index("(0xfc) stop")
    assert output.count("0xfa") == output.count("0xfc") == 1
    at_frames = [int(frame) for frame in re.findall(r"^CLK .*@ (\d+)", output, re.M)]
    # 16 eighths: eight quarters of 24 pulses, and none at the end.
    assert len(at_frames) == 192
    pulse_s = (at_frames[-1] - at_frames[0]) / 191 / RATE_HZ
    # Loose, because the server's own clock stands still while a busy machine makes it wait.
    assert 60 / (24 * pulse_s) == pytest.approx(137, rel=0.1)
