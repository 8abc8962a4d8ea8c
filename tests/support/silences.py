"""Measures the silences between sent notes, for tests of gaps."""

from __future__ import annotations

from collections.abc import Iterable

from musicgen_live.midi.messages import NOTE_OFF, NOTE_ON, is_note_on


def longest_silence(messages: Iterable[tuple[int, bytes]]) -> int:
    """Return the longest time in ticks from the end of all notes to the next note-on.

    `messages` are ticks and messages in the order of sending. Silence before the first note and after the last one does
    not count. AssertionError on a release without a note-on.
    """
    held: dict[tuple[int, int], int] = {}
    longest, silent_from = 0, None
    for tick, message in messages:
        key = message[0] & 0x0F, message[1]
        if is_note_on(message):
            if silent_from is not None:
                longest, silent_from = max(longest, tick - silent_from), None
            held[key] = held.get(key, 0) + 1
        elif message[0] & 0xF0 in (NOTE_OFF, NOTE_ON):
            assert held.get(key), f"{key} is released at the tick {tick} without a note-on"
            held[key] -= 1
            if not any(held.values()):
                silent_from = tick
    return longest
