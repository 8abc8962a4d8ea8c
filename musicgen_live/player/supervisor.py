"""Supervises the player process: one that died or hangs is replaced, in time and with nothing left sounding."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from musicgen_live.errors import PlayerError
from musicgen_live.player.config import PlayerConfig
from musicgen_live.player.process_client import Gone, PlayerProcess, RunningPlayer, StartPlayer
from musicgen_live.player.protocol import Command, Notice, Ready, Report, StartFailed, Trouble
from musicgen_live.player.recovery import PendingCommands
from musicgen_live.player.sent_log import SentLog
from musicgen_live.player.timing import LOOK_S, SILENT_S, START_LIMIT_S, START_TRIES

Say = Callable[[str], None]


class PlayerSupervisor:
    """A player that is there even after it died, and a log of what it sent.

    The one that takes its place first silences the ports, takes over the file with all that had been sent, and goes on
    at the same origin, so that the music is where it would have been. Used by one thread.
    """

    def __init__(
        self,
        config: PlayerConfig,
        say: Say,
        wake: Callable[[], None] = lambda: None,
        *,
        start: StartPlayer = PlayerProcess,
        now_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start a player.

        `say` is called with words for the user; `wake`, from another thread, when there is something to `receive`.
        `start` starts a player, `now_s` is the clock by which silence is measured.
        """
        self.ahead_s = max(0.0, *(options.latency_ms / 1000 for options in config.ports))
        """How long before a tick is due the player sends it: for the port that sounds latest."""
        self.sent_log = SentLog()
        self._pending = PendingCommands(config, self.sent_log)
        self._say = say
        self._wake = wake
        self._start = start
        self._now_s = now_s
        self._set_aside: deque[Report] = deque()
        """Reports of a player that was replaced, which have been entered and not returned yet."""
        self._silent_s = 0.0
        self._looked_s = now_s()
        self._player: RunningPlayer | None = start(config, wake)

    def await_ready(self) -> Ready | StartFailed:
        """Return what the first player reports of its ports; PlayerError if it reports nothing in time."""
        assert self._player is not None
        ready = self._ready(self._player)
        self._looked_s = self._now_s()
        return ready

    def send(self, command: Command) -> None:
        """Send a command; PlayerError only if players cannot be kept alive."""
        self._pending.add(command)
        if self._player is None:
            self._replace()  # which sends all that is pending
            return
        try:
            self._player.send(command)
        except PlayerError as error:
            self._replace(str(error))

    def receive(self) -> Report | None:
        """Return the next report, None if there is none now; replace a player that is gone.

        Has to be called every half second, or a hanging player is noticed late.
        """
        if self._player is None:
            self._replace()
        if self._set_aside:
            return self._set_aside.popleft()
        assert self._player is not None
        received = self._player.receive()
        now_s = self._now_s()
        looked_for_s, self._looked_s = min(now_s - self._looked_s, LOOK_S), now_s
        if isinstance(received, Gone):
            self._replace(str(self._player.failure()))
            return self._set_aside.popleft() if self._set_aside else None
        if received is None:
            self._silent_s += looked_for_s
            if self._silent_s >= SILENT_S:
                self._replace("the process that plays gave no sign of life for two seconds.")
            return None
        self._silent_s = 0.0
        self._enter(received)
        return received

    def close(self) -> None:
        """End the player, and enter what it still had to report."""
        if self._player is not None:
            self._player.close()
            self._drain(self._player)
            self._player = None

    def _enter(self, report: Report) -> None:
        if isinstance(report, Trouble):
            self._say(report.reason)
        elif isinstance(report, Notice):
            self._say(report.text)
        else:
            self.sent_log.record(report)
            self._pending.handle(report)

    def _drain(self, player: RunningPlayer) -> None:
        """Enter what a player that is gone had reported; `receive` returns it later."""
        while not isinstance(report := player.receive(), Gone | None):
            self._enter(report)
            self._set_aside.append(report)

    def _replace(self, why: str = "") -> None:
        """Put a new player in the place of one that is gone.

        An interrupt meanwhile leaves none; whatever is called next begins anew.
        """
        if self._player is not None:
            old, self._player = self._player, None
            old.kill()
            old.close()
            self._drain(old)
            reason = why.partition(" Its last words")[0]
            self._say(f"{reason[:1].upper()}{reason[1:]} Another one goes on in its place.")
        for attempt in range(1, START_TRIES + 1):
            self.sent_log.restarts += 1
            now_s = self._now_s()
            self._set_aside.extend(self._pending.release_held_keys(now_s))
            player = self._start(self._pending.config_to_resume(now_s), self._wake)
            try:
                ready = self._ready(player)
                if isinstance(ready, Ready):
                    for command in self._pending.commands():
                        player.send(command)
                    self._player, self._silent_s, self._looked_s = player, 0.0, self._now_s()
                    return
                failure = PlayerError(ready.reason)
            except PlayerError as error:
                failure = error
            finally:
                if self._player is None:
                    player.kill()
                    player.close()
            if attempt == START_TRIES:
                raise failure

    def _ready(self, player: RunningPlayer) -> Ready | StartFailed:
        """Enter what a new player reports until it says whether its ports are open."""
        end_s = self._now_s() + START_LIMIT_S
        while (left_s := end_s - self._now_s()) > 0:
            # In slices, as on Windows Ctrl-C does not interrupt a wait.
            report = player.receive(min(left_s, LOOK_S))
            if isinstance(report, Gone):
                raise player.failure()
            if isinstance(report, Ready | StartFailed):
                return report
            if report is not None:
                self._enter(report)
        raise PlayerError(f"the process that plays did not open its ports within {START_LIMIT_S:g} s")
