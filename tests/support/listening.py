"""Plays messages to a listener, and checks its decisions."""

from __future__ import annotations

from musicgen_live.session.listening.call_and_response import CallAndResponse
from musicgen_live.session.listening.decisions import Decision, EndTurn, Read, StartTurn
from musicgen_live.session.listening.play_along import PlayAlong

PEDAL_DOWN, PEDAL_UP = bytes.fromhex("b0407f"), bytes.fromhex("b04000")


def events_of(*notes: tuple[int, int, int]) -> list[tuple[int, bytes]]:
    """Return the messages of notes, given as (note on, release, pitch), in the order of their ticks, releases first."""
    events = [(start, 1, pitch) for start, _, pitch in notes] + [(end, 0, pitch) for _, end, pitch in notes]
    return [(tick, bytes((0x90 if is_on else 0x80, pitch, 80))) for tick, is_on, pitch in sorted(events)]


def play(
    listener: CallAndResponse | PlayAlong, events: list[tuple[int, bytes]], until_tick: int
) -> list[tuple[int, Decision]]:
    """Return the decisions, each after its tick; timeouts are kept as by `Interaction`."""
    decided: list[tuple[int, Decision]] = []
    for tick, message in [*events, (until_tick, b"")]:
        while (timeout_tick := listener.timeout_tick) is not None and timeout_tick <= tick:
            decided += [(timeout_tick, decision) for decision in listener.reach(timeout_tick)]
            assert listener.timeout_tick is None or listener.timeout_tick > timeout_tick
        decided += [(tick, decision) for decision in listener.receive(tick, message)]
    return decided


def unplug(listener: CallAndResponse | PlayAlong, tick: int) -> tuple[Decision, ...]:
    """Unplug the keyboard: the player sends the releases of all notes that may hang."""
    releases = (PEDAL_UP, *(bytes((0x80, pitch, 0)) for pitch in range(58, 65)))
    return tuple(decision for message in releases for decision in listener.receive(tick, message))


class DecisionCheck:
    """Carries out decisions as a composer would, and asserts that they are possible."""

    def __init__(self, bar_ticks: int) -> None:
        self.decisions = 0
        self._bar_ticks = bar_ticks
        self._read_from = self._position = 0
        self._turn: StartTurn | None = None
        self._bar_tick = 0

    def __call__(self, tick: int, decision: Decision) -> None:
        self.decisions += 1
        if isinstance(decision, EndTurn):
            assert self._turn is not None
            assert self._read_from <= decision.from_tick <= max(tick, self._turn.at_tick)
            self._position, self._turn = decision.from_tick, None
        elif isinstance(decision, Read):
            assert self._position <= decision.from_tick < decision.until_tick
            assert decision.notes
            assert all(decision.from_tick <= note.start_tick < decision.until_tick for note in decision.notes)
            assert all(20 <= note.duration_ticks <= 7680 + 60 for note in decision.notes)
            self._turn = None
            self._read_from, self._position = decision.from_tick, decision.until_tick
        elif isinstance(decision, StartTurn):
            assert self._position <= decision.at_tick
            assert decision.bars is None or 1 <= decision.bars <= 60_000
            self._position, self._turn = decision.at_tick, decision
        else:
            assert decision.bar_tick > tick - self._bar_ticks
            assert decision.from_tick < decision.bar_tick
            assert self._bar_tick <= decision.bar_tick
            assert decision.from_tick % self._bar_ticks == decision.bar_tick % self._bar_ticks == 0
            assert decision.notes
            assert all(decision.from_tick <= note.start_tick < decision.bar_tick for note in decision.notes)
            self._bar_tick = decision.bar_tick
