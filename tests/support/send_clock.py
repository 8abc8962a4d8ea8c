"""A clock source on JACK: sends MIDI clock from the output port `NAME:out` all the time, and obeys commands.

Each line of its input is `start`, `stop`, `continue`, `position SIXTEENTHS`, `tempo BPM` or `loop BEATS`, by which it
goes back to bar 1 after so many beats; it ends with its input.
It uses python-rtmidi directly, so that its messages do not depend on the code under test.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import deque

import rtmidi

MESSAGES = {"start": [0xFA], "continue": [0xFB], "stop": [0xFC]}


def main(name: str, tempo: float) -> None:
    midi = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=name)
    midi.open_virtual_port("out")
    commands: deque[str] = deque()
    reader = threading.Thread(target=read, args=(commands,), daemon=True)
    reader.start()
    print("ready", flush=True)  # noqa: T201
    at_s = time.monotonic()
    pulses = loop_pulses = 0
    while reader.is_alive() or commands:
        while commands:
            word, _, value = commands.popleft().strip().partition(" ")
            if word == "tempo":
                tempo = float(value)
            elif word == "loop":
                loop_pulses = 24 * int(value)
            elif word == "position":
                midi.send_message([0xF2, int(value) & 0x7F, int(value) >> 7])
            else:
                midi.send_message(MESSAGES[word])
                pulses = 0
        at_s += 60 / 24 / tempo
        time.sleep(max(0.0, at_s - time.monotonic()))
        if loop_pulses and pulses == loop_pulses:
            midi.send_message([0xF2, 0, 0])
            pulses = 0
        midi.send_message([0xF8])
        pulses += 1
    # The last message is sent within a period of the server.
    time.sleep(0.05)
    midi.close_port()


def read(commands: deque[str]) -> None:
    """Read commands until the end of the input."""
    for line in sys.stdin:
        commands.append(line)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]))
