"""Limits how often a page may ask for something: a token bucket."""

from __future__ import annotations

from collections.abc import Callable


class Allowance:
    """Allows `burst` at once, and `per_s` a second."""

    def __init__(self, per_s: float, burst: int, now_s: Callable[[], float]) -> None:
        self._per_s = per_s
        self._burst = burst
        self._now_s = now_s
        self._left, self._counted_at_s = float(burst), now_s()

    def take(self) -> bool:
        """Count one and return True; return False if it is one too many, which costs nothing."""
        now_s = self._now_s()
        self._left = min(self._burst, self._left + (now_s - self._counted_at_s) * self._per_s)
        self._counted_at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True
