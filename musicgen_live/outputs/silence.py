"""The messages that silence a receiver whose state is not known: after a loss, a crash or at a user's panic."""

from __future__ import annotations

from collections.abc import Iterable

from musicgen_live.outputs.base import ALL_NOTES_OFF, ALL_SOUND_OFF, CONTROL_CHANGE


def silence(channels: Iterable[int], releases: Iterable[bytes] = ()) -> list[bytes]:
    """All Sound Off and All Notes Off on `channels` (0 to 15), then `releases`, the note-offs still owed.

    Never a note-off for every pitch: receivers drop bursts of 2,048.
    """
    modes = [
        bytes((CONTROL_CHANGE | channel, mode, 0)) for channel in channels for mode in (ALL_SOUND_OFF, ALL_NOTES_OFF)
    ]
    return [*modes, *releases]
