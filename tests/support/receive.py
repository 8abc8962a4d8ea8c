"""A receiver on JACK: opens the input port `NAME:in`, prints each message as a line of JSON, ends with its input.

It uses python-rtmidi directly, so that its output does not depend on the code under test.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import deque
from typing import Any

import rtmidi

# The callback runs in the server's cycle of 5 ms. Writing 500 messages there took longer, and the server overwrote
# unread ones: so the callback only records the moment, and never waits long for the interpreter.
SWITCH_INTERVAL_S = 0.0001
WRITE_EVERY_S = 0.01


def main(name: str) -> None:
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    midi = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name=name, queue_size_limit=4096)
    # By default rtmidi drops clock and SysEx.
    midi.ignore_types(sysex=False, timing=False, active_sense=False)
    arrived: deque[tuple[float, list[int]]] = deque()

    def on_message(event: tuple[list[int], float], _data: Any) -> None:  # noqa: ANN401 (rtmidi's own)
        arrived.append((time.monotonic(), event[0]))

    midi.set_callback(on_message)
    midi.open_virtual_port("in")
    print("ready", flush=True)  # noqa: T201
    ended = threading.Event()
    threading.Thread(target=wait_for_end, args=(ended,), daemon=True).start()
    while not ended.wait(WRITE_EVERY_S):
        write(arrived)
    # The last messages arrive within a period of the server.
    time.sleep(0.05)
    midi.cancel_callback()
    midi.close_port()
    write(arrived)


def wait_for_end(ended: threading.Event) -> None:
    """Set the event when standard input is closed."""
    sys.stdin.read()
    ended.set()


def write(arrived: deque[tuple[float, list[int]]]) -> None:
    """Print the messages that have arrived since the last call."""
    while arrived:
        at_s, message = arrived.popleft()
        sys.stdout.write(json.dumps([at_s, bytes(message).hex()]) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
