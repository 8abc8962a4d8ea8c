"""Supervises the player process: replaces one that died or hangs, in time and with all notes released."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from musicgen_live.errors import PlayerError
from musicgen_live.player.commands import Command, Stop
from musicgen_live.player.config import PlayerConfig
from musicgen_live.player.process_client import Gone, PlayerProcess, RunningPlayer, StartPlayer
from musicgen_live.player.recovery import PendingCommands
from musicgen_live.player.reports import HistoryForgotten, Notice, Ready, Report, StartFailed, Trouble
from musicgen_live.player.sent_log import SentLog
from musicgen_live.player.timing import (
    DEATHS_OF_HISTORY,
    KILLED_TRIES,
    LOOK_S,
    SILENT_S,
    START_LIMIT_S,
    START_TRIES,
    STOP_LIMIT_S,
)

Say = Callable[[str], None]
"""Shows a text to the user."""


class PlayerSupervisor:
    """A player that is replaced after it died, and the log of its messages.

    The new player first silences the ports, then continues the file with all messages sent so far, and keeps the origin
    of the music, so that the music is not delayed. Used by one thread.
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

        `say` gets texts for the user; `wake` is called on another thread when there is a report to `receive`. `start`
        starts a player, `now_s` is the clock that measures silence.
        """
        self.ahead_s = config.ahead_s
        """The time by which the player sends ahead of a tick, for the port with the greatest latency."""
        self.sent_log = SentLog(config.tracks)
        self._pending = PendingCommands(config, self.sent_log)
        self._say = say
        self._wake = wake
        self._start = start
        self._now_s = now_s
        self._set_aside: deque[Report] = deque()
        """Reports of a replaced player that were recorded and not returned yet."""
        self._deaths = 0
        """The number of deaths in a row of players that had sent nothing and gave no reason."""
        self._is_explained = False
        """True if the present player has reported trouble, such as the death of the JACK server."""
        self._tick_at_start = self.sent_log.tick
        self._is_stopping = False
        self._silent_s = 0.0
        self._looked_s = now_s()
        self._player: RunningPlayer | None = start(config, wake)

    @property
    def take(self) -> str | None:
        """The file of the take, which may have moved; None if there is none, or if it cannot be written."""
        return self._pending.take

    def await_ready(self) -> Ready | StartFailed:
        """Return the first player's report about its ports; PlayerError if it reports nothing in time."""
        assert self._player is not None
        ready = self._ready(self._player)
        self._looked_s = self._now_s()
        return ready

    def send(self, command: Command) -> None:
        """Send a command; PlayerError only if no new player can be started."""
        self._pending.add(command)
        self._is_stopping = self._is_stopping or isinstance(command, Stop)
        if self._player is None:
            self._replace()  # This sends all pending commands.
            return
        try:
            self._player.send(command)
        except PlayerError as error:
            self._replace(str(error))

    def receive(self) -> Report | None:
        """Return the next report, None if there is none now; replace a player that is gone.

        Call it at least every half second, or a hanging player is noticed late.
        """
        if self._player is None:
            self._replace()
        if self._set_aside:
            return self._set_aside.popleft()
        assert self._player is not None
        received = self._player.receive()
        now_s = self._now_s()
        elapsed_s, self._looked_s = min(now_s - self._looked_s, LOOK_S), now_s
        if isinstance(received, Gone):
            self._replace(str(self._player.failure()))
            return self._set_aside.popleft() if self._set_aside else None
        if received is None:
            self._silent_s += elapsed_s
            if self._is_stopping and self._silent_s >= STOP_LIMIT_S:
                self._replace("the process that plays did not end when it was asked to.")
            elif self._silent_s >= SILENT_S:
                self._replace("the process that plays gave no sign of life for two seconds.")
            return None
        self._silent_s = 0.0
        self._record(received)
        return received

    def close(self) -> None:
        """End the player, and record its last reports."""
        if self._player is not None:
            self._player.close()
            self._drain(self._player)
            self._player = None

    def _record(self, report: Report) -> None:
        if isinstance(report, Trouble):
            self._is_explained = True
            self._say(report.reason)
        elif isinstance(report, Notice):
            self._say(report.text)
        else:
            self.sent_log.record(report)
            self._pending.handle(report)

    def _drain(self, player: RunningPlayer) -> None:
        """Record the last reports of a player that is gone; `receive` returns them later."""
        while not isinstance(report := player.receive(), Gone | None):
            self._record(report)
            self._set_aside.append(report)

    def _replace(self, why: str = "") -> None:
        """Start a new player in the place of one that is gone.

        After an interrupt meanwhile there is none, and the next call starts one.
        """
        if self._player is not None:
            old, self._player = self._player, None
            old.kill()
            old.close()
            self._drain(old)
            self._count_death(old)
            reason = why.partition(" Its last words")[0]
            self._say(f"{reason[:1].upper()}{reason[1:]} Another one goes on in its place.")
        failed = killed = 0
        while True:
            self.sent_log.restarts += 1
            now_s = self._now_s()
            self._set_aside.extend(self._pending.release_held_keys(now_s))
            config = self._pending.config_to_resume(now_s)
            if self._deaths >= DEATHS_OF_HISTORY:
                config = self._without_history(config)
            player = self._start(config, self._wake)
            self._is_explained, self._tick_at_start = False, self.sent_log.tick
            try:
                ready = self._ready(player)
                if isinstance(ready, Ready):
                    for command in self._pending.commands():
                        player.send(command)
                    self._player, self._silent_s, self._looked_s = player, 0.0, self._now_s()
                    return
                failure = PlayerError(ready.reason)
                failed += 1
            except PlayerError as error:
                failure = error
                if player.was_killed_by_others():
                    killed += 1
                else:
                    failed += 1
            finally:
                if self._player is None:
                    player.kill()
                    player.close()
            if failed == START_TRIES or killed == KILLED_TRIES:
                raise failure

    def _count_death(self, player: RunningPlayer) -> None:
        has_played = self.sent_log.tick > self._tick_at_start
        is_explained = self._is_explained or player.was_killed_by_others()
        self._deaths = 0 if has_played or is_explained else self._deaths + 1

    def _without_history(self, config: PlayerConfig) -> PlayerConfig:
        """Return the config of a player that goes on, but repeats nothing of what its predecessors were given."""
        self._deaths = 0
        self._say("The processes that play died of what had been played before, so it goes on without that.")
        assert config.resume is not None
        takes = self._pending.forget_history()
        self._set_aside.append(HistoryForgotten())
        config = replace(config, resume=replace(config.resume, take=self.sent_log.take()))
        if takes is None:
            return config
        before, after = takes
        self._say(f"The take up to here stays in {before}; it goes on in {after}.")
        return replace(config, take=after)

    def _ready(self, player: RunningPlayer) -> Ready | StartFailed:
        """Record the reports of a new player up to the one about its ports, and return that."""
        end_s = self._now_s() + START_LIMIT_S
        while (left_s := end_s - self._now_s()) > 0:
            # In slices, because on Windows Ctrl-C does not interrupt a wait.
            report = player.receive(min(left_s, LOOK_S))
            if isinstance(report, Gone):
                failure = player.failure()
                self._count_death(player)
                raise failure
            if isinstance(report, Ready | StartFailed):
                return report
            if report is not None:
                self._record(report)
        raise PlayerError(f"the process that plays did not open its ports within {START_LIMIT_S:g} s")
