"""The protocol of what makes sound of MIDI messages: the sampler, or a SoundFont."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

RATE_HZ = 44_100
CHANNELS = 2
MOST_FRAMES = 1024
"""The longest stretch that is rendered in one piece."""

Frames = NDArray[np.float32]
"""Sound: a row a frame, left and right; 1.0 is full scale, and more is allowed before a limiter."""


class Synthesizer(Protocol):
    """Makes sound of MIDI channel messages at `RATE_HZ`. Used by one thread at a time."""

    def send(self, message: bytes) -> None:
        """Take one message, which acts from the next frame on."""
        ...

    def render(self, out: Frames) -> None:
        """Fill `out`, at most `MOST_FRAMES` long, with the next frames."""
        ...

    @property
    def is_silent(self) -> bool:
        """True if nothing sounds until the next message."""
        ...


def render_events(synthesizer: Synthesizer, out: Frames, events: Iterable[tuple[int, bytes]]) -> None:
    """Fill `out` with the next frames, in which each message acts at its frame; frames rise, and begin at 0."""
    at = 0
    for frame, message in events:
        _render(synthesizer, out[at : max(at, frame)])
        at = max(at, frame)
        synthesizer.send(message)
    _render(synthesizer, out[at:])


def _render(synthesizer: Synthesizer, out: Frames) -> None:
    for piece in pieces(out):
        synthesizer.render(piece)


def pieces(out: Frames) -> Iterator[Frames]:
    """Yield a stretch in pieces of at most `MOST_FRAMES`."""
    for start in range(0, len(out), MOST_FRAMES):
        yield out[start : start + MOST_FRAMES]
