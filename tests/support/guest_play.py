"""Runs `play` inside the guest, to a card that is unplugged and plugged in again, and to Midi Through.

    python guest_play.py MODEL

Writes to the working folder: take.mid (ours), recorded.mid (arecordmidi's recording of Midi Through), play.txt (the
output of `play`), and before.bin and after.bin (the bytes from the card before and after). Uses the standard library
alone, so that its results do not depend on the code under test.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

CARD = "snd_virmidi.0"
DRIVER = Path("/sys/bus/platform/drivers/snd_virmidi")
CARD_PORT = "VirMIDI 0-0"
CARD_DEVICE = Path("/dev/snd/midiC0D0")
THROUGH_PORT = "Midi Through"
THROUGH = "14:0"
LIMIT_S = 200.0

# A slow tempo, because in emulation notes were up to 0.25 s late.
PLAY = ("--seed", "5", "--tempo", "60", "--steps", "100000", "--out", "take.mid")


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    end_s = time.monotonic() + LIMIT_S
    while not is_so():
        if time.monotonic() > end_s:
            raise SystemExit(f"waited {LIMIT_S:g} s in vain for {what}")
        time.sleep(0.05)


class CardReader:
    """Collects the bytes from the card, until it is closed or unplugged."""

    def __init__(self) -> None:
        wait_until(CARD_DEVICE.exists, str(CARD_DEVICE))
        self.content = b""
        self._device = os.open(CARD_DEVICE, os.O_RDONLY | os.O_NONBLOCK)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        while not self._ended.wait(0.02):
            try:
                self.content += os.read(self._device, 4096)
            except BlockingIOError:
                continue
            except OSError:  # Unplugged; the driver waits until the device is closed.
                break
        os.close(self._device)

    def close(self) -> None:
        self._ended.set()
        self._thread.join(10)


def main(model: str) -> None:
    recorder = subprocess.Popen(["arecordmidi", "-p", THROUGH, "-b", "120", "-t", "384", "recorded.mid"])
    card = CardReader()
    log = Path("play.txt")
    with log.open("wb") as text:
        command = ["-m", "musicgen_live", "play", "--preset", "classic", "--model", model]
        ports = ["--port", CARD_PORT, "--port", THROUGH_PORT]
        player = subprocess.Popen([sys.executable, *command, *ports, *PLAY], stdout=text, stderr=subprocess.STDOUT)

    def wait_for(is_so: Callable[[], bool], what: str) -> None:
        wait_until(lambda: is_so() or player.poll() is not None, what)
        if player.poll() is not None:
            raise SystemExit(f"play ended: {log.read_text()}")

    wait_for(lambda: len(card.content) >= 30, "notes from the card")
    (DRIVER / "unbind").write_text(CARD)
    wait_for(lambda: f'{CARD_PORT}" is gone.' in log.read_text(), "the loss to be noticed")
    (DRIVER / "bind").write_text(CARD)
    again = CardReader()
    wait_for(lambda: f'{CARD_PORT}" is back.' in log.read_text(), "the return to be noticed")
    wait_for(lambda: len(again.content) >= 30, "notes from the card that came back")
    player.send_signal(signal.SIGINT)
    if player.wait(60):
        raise SystemExit(log.read_text())
    # The last messages may still be on their way.
    time.sleep(1)
    card.close()
    again.close()
    Path("before.bin").write_bytes(card.content)
    Path("after.bin").write_bytes(again.content)
    recorder.send_signal(signal.SIGINT)
    if recorder.wait(30):
        raise SystemExit("arecordmidi failed")


if __name__ == "__main__":
    main(sys.argv[1])
