"""A stranger on JACK with an output `NAME:out` and, if told so, an input `NAME:in`: a keyboard, or a box of knobs.

Each line of its input is a message in hex, or `echo` to print what has come in, as a line of JSON; it ends with its
input. For each message it prints when it was sent, on `time.monotonic`. It uses python-rtmidi by itself, so that what
it says does not depend on the code under test.
"""

from __future__ import annotations

import json
import sys
import time

import rtmidi


def main(name: str, has_input: bool) -> None:
    keys = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, name=name)
    keys.open_virtual_port("out")
    came: list[str] = []
    if has_input:
        faders = rtmidi.MidiIn(rtmidi.API_UNIX_JACK, name=f"{name} in")
        faders.set_callback(lambda event, _: came.append(bytes(event[0]).hex()))
        faders.open_virtual_port("in")
    print("ready", flush=True)  # noqa: T201
    for line in sys.stdin:
        word = line.strip()
        if word == "echo":
            print(json.dumps(came), flush=True)  # noqa: T201
            continue
        at_s = time.monotonic()
        keys.send_message(list(bytes.fromhex(word)))
        print(at_s, flush=True)  # noqa: T201
    # What was sent last is a period away.
    time.sleep(0.05)
    keys.close_port()


if __name__ == "__main__":
    main(sys.argv[1], len(sys.argv) > 2)
