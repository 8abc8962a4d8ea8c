"""A keyboard or controller on JACK with an output `NAME:out` and, with a second argument, an input `NAME:in`.

Each line of standard input is a message in hex, or `received` to print all received messages as a line of JSON; the
program ends with its input. For each message it prints the moment of sending on `time.monotonic`. It uses python-rtmidi
directly, so that its output does not depend on the code under test.
"""

from __future__ import annotations

import json
import sys
import time

import rtmidi


def main(name: str, has_input: bool) -> None:
    keys = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=name)
    keys.open_virtual_port("out")
    received: list[str] = []
    if has_input:
        faders = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name=f"{name} in")
        faders.set_callback(lambda event, _: received.append(bytes(event[0]).hex()))
        faders.open_virtual_port("in")
    print("ready", flush=True)  # noqa: T201
    for line in sys.stdin:
        word = line.strip()
        if word == "received":
            print(json.dumps(received), flush=True)  # noqa: T201
            continue
        at_s = time.monotonic()
        keys.send_message(list(bytes.fromhex(word)))
        print(at_s, flush=True)  # noqa: T201
    # The last message is sent within a period of the server.
    time.sleep(0.05)
    keys.close_port()


if __name__ == "__main__":
    main(sys.argv[1], len(sys.argv) > 2)
