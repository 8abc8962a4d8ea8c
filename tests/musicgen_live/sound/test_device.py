"""Devices that every machine has: miniaudio's null device, and a file. Those of the system need a sound card."""

from __future__ import annotations

import threading
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from musicgen_live.errors import SoundError
from musicgen_live.sound.device import PERIODS, Buffering, FileDevice, device_names, open_device
from musicgen_live.sound.stream import PIPE_S
from musicgen_live.sound.synthesizer import CHANNELS, RATE_HZ, Frames
from tests.support.jack import wait_until
from tests.support.sound import read_wav


class Ramp:
    """Frames that count up, so that none can be missing or repeated unnoticed."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.threads: set[int] = set()

    def fill(self, frames: int) -> Frames:
        self.threads.add(threading.get_ident())
        start = sum(self.asked)
        self.asked.append(frames)
        return np.repeat(np.arange(start, start + frames, dtype=np.float32)[:, None] / 1e6, CHANNELS, axis=1)


def test_the_latency_is_that_of_a_message_that_just_missed_a_stretch() -> None:
    buffering = Buffering.of(0.05)
    assert buffering.period_s == pytest.approx(0.012)
    assert buffering.lag_s + buffering.buffer_s == pytest.approx(0.05)
    assert buffering.spare_s == pytest.approx((PERIODS - 1) * 0.012)
    assert buffering.lag_s == pytest.approx(0.012 + PIPE_S)


def test_the_null_device_asks_for_sound_in_a_thread_of_its_own() -> None:
    ramp = Ramp()
    with closing(open_device("null", Buffering.of(0.05))) as device:
        assert device.name == "the null device"
        device.start(ramp.fill)
        wait_until(lambda: len(ramp.asked) > 20, "20 callbacks")
        assert not device.is_gone
    asked = len(ramp.asked)
    assert threading.get_ident() not in ramp.threads
    assert len(ramp.asked) == asked


def test_a_file_gets_every_frame_and_can_be_read_before_it_is_closed(tmp_path: Path) -> None:
    ramp = Ramp()
    path = tmp_path / "sound.wav"
    with closing(open_device(str(path), Buffering(0.01))) as device:
        assert isinstance(device, FileDevice)
        device.start(ramp.fill)
        wait_until(lambda: path.exists() and path.stat().st_size > 4 * 2000, "2000 frames")
        assert len(read_wav(path)) >= 441
    sound = read_wav(path)
    assert len(sound) == sum(ramp.asked)
    np.testing.assert_allclose(sound[:, 0], np.arange(len(sound)) / 1e6, atol=1 / 32_000)
    assert ramp.asked[0] == round(0.01 * RATE_HZ)


def test_a_file_that_is_there_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "sound.wav"
    path.write_bytes(b"kept")
    for name in ("sound part 2.wav", "sound part 3.wav"):
        with closing(open_device(str(path), Buffering(0.01))):
            assert (tmp_path / name).exists()
    assert path.read_bytes() == b"kept"


def test_a_file_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SoundError, match=r"--listen-device is '.*none/x.wav', which cannot be written \(No such file"):
        open_device(str(tmp_path / "none" / "x.wav"), Buffering.of(0.05))


def test_a_device_of_no_such_name_is_refused_with_what_there_is() -> None:
    reason = r"is no sound device; there are|there is no sound device on this machine"
    with pytest.raises(SoundError, match=reason):
        open_device("nosuch", Buffering.of(0.05))
    assert "nosuch" not in device_names()
