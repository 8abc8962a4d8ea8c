"""How soon something new can be with the player, from how long composing has taken lately."""

from __future__ import annotations

from collections import deque

FLOOR_S = 0.04
"""Nobody is quicker: on an idle machine the bars after a turned knob take 15 ms, 25 at most."""

TRANSIT_S = 0.01
"""What is ready so long before it is due is with the player in time: the way there takes a millisecond or two."""

MOST_S = 0.5
"""One bar that took seconds, as behind a machine that slept, does not put changes off for longer than this."""

FIRST_HANDING_OVER_S = 0.1
"""What is allowed for another model to hear the music, before it is known: 25 ms on an idle machine."""

_LATEST_BARS, _LATEST_MODELS = 8, 3


class LeadTime:
    """Told how long things took; the slowest of the latest counts, so what was slow is forgotten after some bars.

    Nothing is allowed beyond that: to try in vain costs the work alone, to wait in vain a bar.
    """

    def __init__(self, ahead_s: float = 0.0) -> None:
        """The player hands everything over `ahead_s` before it is due."""
        self._ahead_s = ahead_s
        self._bars_s: deque[float] = deque(maxlen=_LATEST_BARS)
        self._models_s: deque[float] = deque(maxlen=_LATEST_MODELS)

    def composed(self, took_s: float) -> None:
        """A bar was composed, with all that it took to come to it but handing over."""
        self._bars_s.append(took_s)

    def model_switched(self, took_s: float) -> None:
        """Another model has heard the music so far."""
        self._models_s.append(took_s)

    def margin_s(self, *, other_model: bool = False) -> float:
        """A bar line that is nearer than so many seconds is past changing."""
        slowest_s = max(self._bars_s, default=0.0)
        if other_model:
            slowest_s += max(self._models_s, default=FIRST_HANDING_OVER_S)
        return self._ahead_s + min(MOST_S, max(FLOOR_S, TRANSIT_S + slowest_s))

    def is_late(self, now_s: float, due_s: float) -> bool:
        """Whether what is ready now and due then would come to the player when that has gone past it."""
        return now_s + TRANSIT_S + self._ahead_s > due_s
