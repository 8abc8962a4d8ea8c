"""Predicts how soon a changed bar can reach the player, from the latest durations of composing."""

from __future__ import annotations

from collections import deque

LEAST_S = 0.04
"""The least margin: on an idle machine the bars after a turned knob take 15 ms, 25 at most."""

TRANSIT_S = 0.01
"""A bar that is ready this long before it is due reaches the player in time: the pipe takes a millisecond or two."""

MOST_S = 0.5
"""The greatest margin, even after a bar that took seconds because the machine slept."""

FIRST_SWITCH_S = 0.1
"""The time allowed for another model to read the music, before it is known: 25 ms on an idle machine."""

_LATEST_BARS, _LATEST_MODELS = 8, 3


class LeadTime:
    """The latest durations of composing; the slowest counts, so a slow bar is forgotten after some more.

    No extra margin: a failed attempt costs some CPU time, a needless wait costs a whole bar.
    """

    def __init__(self, ahead_s: float = 0.0) -> None:
        """Predict for a player that sends everything `ahead_s` before it is due."""
        self._ahead_s = ahead_s
        self._bars_s: deque[float] = deque(maxlen=_LATEST_BARS)
        self._models_s: deque[float] = deque(maxlen=_LATEST_MODELS)

    def composed(self, took_s: float) -> None:
        """Record the duration of composing a bar, with all preparation except a switch of models."""
        self._bars_s.append(took_s)

    def model_switched(self, took_s: float) -> None:
        """Record the time that another model took to read the music so far."""
        self._models_s.append(took_s)

    def margin_s(self, *, other_model: bool = False) -> float:
        """Return the seconds within which a bar line is too near to be changed."""
        slowest_s = max(self._bars_s, default=0.0)
        if other_model:
            slowest_s += max(self._models_s, default=FIRST_SWITCH_S)
        return self._ahead_s + min(MOST_S, max(LEAST_S, TRANSIT_S + slowest_s))

    def is_late(self, now_s: float, due_s: float) -> bool:
        """Return True if a bar that is ready now would reach the player after the moment at which it is due."""
        return now_s + TRANSIT_S + self._ahead_s > due_s
