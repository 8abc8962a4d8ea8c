"""Several synthesizers as one: each channel has its own, with its level and place in the stereo sound."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from musicgen_live.sound.synthesizer import CHANNELS, MOST_FRAMES, Frames, Synthesizer


class Ensemble:
    """A `Synthesizer` that sends the messages of each channel to one of several, and adds their sounds."""

    def __init__(self, by_channel: Mapping[int, Synthesizer], others: Synthesizer) -> None:
        """`others` gets the messages of all other channels."""
        self._by_channel = dict(by_channel)
        self._others = others
        self._players = list({id(each): each for each in (others, *by_channel.values())}.values())
        self._scratch: Frames = np.zeros((MOST_FRAMES, CHANNELS), np.float32)

    @property
    def is_silent(self) -> bool:
        """True if no synthesizer sounds."""
        return all(each.is_silent for each in self._players)

    def send(self, message: bytes) -> None:
        """Take one message, which acts from the next frame on."""
        self._by_channel.get(message[0] & 0x0F, self._others).send(message)

    def render(self, out: Frames) -> None:
        """Fill `out` with the next frames of all synthesizers."""
        self._others.render(out)
        scratch = self._scratch[: len(out)]
        for each in self._players[1:]:
            if not each.is_silent:
                each.render(scratch)
                np.add(out, scratch, out=out)
