"""The watch over a player process: one that died or hangs is replaced, in time and with nothing left sounding."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from musicgen_live.errors import PlayerError
from musicgen_live.music.tempo_map import TempoMap
from musicgen_live.player.config import PlayerConfig
from musicgen_live.player.process_client import PlayerProcess
from musicgen_live.player.protocol import Command, Notice, Ready, Report, StartFailed, Trouble
from musicgen_live.player.recovery import PendingCommands
from musicgen_live.player.sent_log import SentLog

SLICE_S = 0.5
"""How long one look for a report lasts; also, on Windows Ctrl-C does not wake a wait without end."""

SILENT_S = 2.0
"""Looks in vain, added up, after which a player is taken for dead; it reports four times a second. None is counted as
longer than it should have been, so that a machine that slept does not kill its player on waking."""

START_LIMIT_S = 20.0
TRIES = 3

Say = Callable[[str], None]


@dataclass(frozen=True)
class _Posted:
    item: object


@dataclass(frozen=True)
class _Said:
    process: PlayerProcess
    report: Report | None


class PlayerSupervisor:
    """A player process that is there even after it died, and a ledger of what it sent.

    The one that takes its place first silences the ports, takes over the file with all that had been sent, and goes on
    at the same origin, so that the music is where it would have been.

    One thread commands and listens; any other may `post`.
    """

    def __init__(self, config: PlayerConfig, say: Say) -> None:
        """Start a player; `say` is called with words for the user."""
        self.ahead_s = max(0.0, *(plan.latency_ms / 1000 for plan in config.ports))
        """How long before a tick is due the player hands it over: for the port that sounds latest."""
        self.sent_log = SentLog()
        self._pending = PendingCommands(config, self.sent_log)
        self._say = say
        self._inbox: SimpleQueue[_Posted | _Said] = SimpleQueue()
        self._set_aside: deque[object] = deque()
        """What came while something else was waited for; the reports among it have been entered."""
        self._process: PlayerProcess | None = self._start(config)
        self._silent_s = 0.0

    @property
    def tempo_map(self) -> TempoMap:
        """The tempos of the player's own time, those to come as well."""
        return self._pending.tempo_map

    def tick_at(self, at_s: float) -> int | None:
        """The tick of the music at a moment of `time.monotonic`, by what was told last; None before it has run."""
        return self._pending.tick_at(at_s)

    def await_ready(self) -> Ready | StartFailed:
        """What the first player says of its ports; PlayerError if it says nothing in time."""
        assert self._process is not None
        return self._ready(self._process)

    def send(self, command: Command) -> None:
        """Hand over a command; PlayerError only if players cannot be kept alive."""
        self._pending.add(command)
        if self._process is None:
            self._replace()  # which hands over all that was kept
            return
        try:
            self._process.send(command)
        except PlayerError as error:
            self._replace(str(error))

    def post(self, item: object) -> None:
        """Have `report` return this, whatever it is, in its turn and at once; from any thread."""
        self._inbox.put(_Posted(item))

    def report(self, timeout_s: float = SLICE_S) -> object:
        """The next report or the next thing posted, None after `timeout_s`, at most half a second, without one.

        A player that is gone is replaced meanwhile.
        """
        if self._process is None:
            self._replace()
        if self._set_aside:
            return self._set_aside.popleft()
        assert self._process is not None
        look_s = min(timeout_s, SLICE_S)
        began_s = time.monotonic()
        came = self._next(look_s)
        if not isinstance(came, _Said):
            self._silent_s += min(time.monotonic() - began_s, look_s) if came else look_s
            if self._silent_s >= SILENT_S:
                self._replace("the process that plays gave no sign of life for two seconds.")
            return came.item if came else None
        if came.process is not self._process:
            return None
        if came.report is None:
            self._replace(str(self._process.died()))
            return None
        self._silent_s = 0.0
        self._hear(came.report)
        return came.report

    def close(self) -> None:
        """End the player, and say what it still had to say."""
        if self._process is not None:
            self._process.close()
            self._hear_rest(self._process)
            self._process = None

    def _start(self, config: PlayerConfig) -> PlayerProcess:
        return PlayerProcess(config, lambda process, report: self._inbox.put(_Said(process, report)))

    def _next(self, timeout_s: float) -> _Posted | _Said | None:
        try:
            return self._inbox.get(timeout=timeout_s)
        except Empty:
            return None

    def _hear(self, report: Report) -> None:
        if isinstance(report, Trouble):
            self._say(report.reason)
        elif isinstance(report, Notice):
            self._say(report.text)
        else:
            self.sent_log.record(report)
            self._pending.handle(report)

    def _hear_rest(self, process: PlayerProcess) -> None:
        """Hear what a player that is gone had reported; `report` returns it later."""
        while (came := self._next(0)) is not None:
            if isinstance(came, _Posted):
                self._set_aside.append(came.item)
            elif came.process is process and came.report is not None:
                self._hear(came.report)
                self._set_aside.append(came.report)

    def _replace(self, why: str = "") -> None:
        """Put a new player in the place of one that is gone.

        An interrupt meanwhile leaves none; whatever is called next begins anew.
        """
        if self._process is not None:
            old, self._process = self._process, None
            old.kill()
            old.close()
            self._hear_rest(old)
            said = why.partition(" Its last words")[0]
            self._say(f"{said[:1].upper()}{said[1:]} Another one goes on in its place.")
        for attempt in range(1, TRIES + 1):
            self.sent_log.restarts += 1
            now_s = time.monotonic()
            self._set_aside.extend(self._pending.release_held_keys(now_s))
            process = self._start(self._pending.config_to_resume(now_s))
            try:
                ready = self._ready(process)
                if isinstance(ready, Ready):
                    for command in self._pending.commands():
                        process.send(command)
                    self._process, self._silent_s = process, 0.0
                    return
                failure = PlayerError(ready.reason)
            except PlayerError as error:
                failure = error
            finally:
                if self._process is None:
                    process.kill()
                    process.close()
            if attempt == TRIES:
                raise failure

    def _ready(self, process: PlayerProcess) -> Ready | StartFailed:
        """Hear what a new player says until it says whether its ports are open."""
        end_s = time.monotonic() + START_LIMIT_S
        while (left_s := end_s - time.monotonic()) > 0:
            came = self._next(left_s)
            if isinstance(came, _Posted):
                self._set_aside.append(came.item)
            elif came is not None and came.process is process:
                if came.report is None:
                    raise process.died()
                if isinstance(came.report, Ready | StartFailed):
                    return came.report
                self._hear(came.report)
        raise PlayerError(f"the process that plays did not open its ports within {START_LIMIT_S:g} s")
