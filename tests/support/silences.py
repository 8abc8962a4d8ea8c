"""How long nothing sounds in what was sent: what tests of gaps measure with."""

from __future__ import annotations

from collections.abc import Iterable


def longest_silence(messages: Iterable[tuple[int, bytes]]) -> int:
    """The most ticks between the end of all notes and the next strike; AssertionError on a release without a strike.

    `messages` are ticks and messages, in the order in which they were sent. What is before the first note and behind
    the last one does not count.
    """
    held: dict[tuple[int, int], int] = {}
    longest, silent_from = 0, None
    for tick, message in messages:
        key = message[0] & 0x0F, message[1]
        if message[0] & 0xF0 == 0x90 and message[2]:
            if silent_from is not None:
                longest, silent_from = max(longest, tick - silent_from), None
            held[key] = held.get(key, 0) + 1
        elif message[0] & 0xF0 in (0x80, 0x90):
            assert held.get(key), f"{key} is released at the tick {tick}, and was not struck"
            held[key] -= 1
            if not any(held.values()):
                silent_from = tick
    return longest
