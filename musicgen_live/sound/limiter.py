"""A limiter: keeps every sample below full scale, and the sound as it is while it is soft enough."""

from __future__ import annotations

import numpy as np

from musicgen_live.sound.synthesizer import RATE_HZ, Frames

CEILING = 0.98
ATTACK_FRAMES = 64
"""1.5 ms, in which the gain falls to what a loud stretch needs."""
RECOVERY_S = 0.3
"""The time in which the gain comes two thirds of the way back."""


class Limiter:
    """Lowers the gain over a stretch whose peak would be above the ceiling, and lets it recover slowly.

    The peaks in the short attack, where the gain is still on its way, are cut off at the ceiling.
    """

    def __init__(self) -> None:
        self._gain = 1.0

    def limit(self, frames: Frames) -> None:
        """Limit a stretch of sound, in place."""
        if not len(frames):
            return
        peak = max(float(frames.max()), -float(frames.min()))
        recovered = 1.0 - (1.0 - self._gain) * float(np.exp(-len(frames) / (RECOVERY_S * RATE_HZ)))
        target = recovered if peak * recovered <= CEILING else CEILING / peak
        if self._gain == target == 1.0:
            return
        attack = min(ATTACK_FRAMES, len(frames)) if target < self._gain else len(frames)
        frames[:attack] *= np.linspace(self._gain, target, attack, dtype=np.float32)[:, None]
        frames[attack:] *= np.float32(target)
        np.clip(frames, -CEILING, CEILING, out=frames)
        self._gain = target
