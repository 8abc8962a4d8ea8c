"""Players that die, hang or do not start by a script, and the supervisor that starts them."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from musicgen_live.config.port_options import PortOptions
from musicgen_live.errors import PlayerError
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.commands import Command
from musicgen_live.player.config import PlayerConfig
from musicgen_live.player.part_channels import UNSPLIT
from musicgen_live.player.process_client import Gone
from musicgen_live.player.reports import Ready, Report
from musicgen_live.player.supervisor import PlayerSupervisor
from musicgen_live.player.timing import LOOK_S

READY = Ready(("out",))


class ScriptedPlayer:
    """A `RunningPlayer` that returns scripted reports, and is dead after `is_dead` is set."""

    def __init__(self, studio: Studio, config: PlayerConfig, reports: Sequence[Report | Gone]) -> None:
        self.config = config
        self.commands: list[Command] = []
        self.reports: deque[Report | Gone] = deque(reports)
        self.is_dead = self.was_killed = self.was_closed = False
        self._studio = studio

    def send(self, command: Command) -> None:
        if self.is_dead:
            raise self.failure()
        self.commands.append(command)

    def receive(self, timeout_s: float = 0.0) -> Report | Gone | None:
        if self.reports:
            return self.reports.popleft()
        self._studio.now_s += timeout_s
        return Gone() if self.is_dead else None

    def kill(self) -> None:
        self.is_dead = self.was_killed = True

    def close(self) -> None:
        self.is_dead = self.was_closed = True

    def failure(self) -> PlayerError:
        return PlayerError("the process that plays ended with status -9. Its last words: none")

    def was_killed_by_others(self) -> bool:
        return self._studio.others_kill


class Studio:
    """A supervisor, the players that it starts, its texts for the user, and a clock."""

    def __init__(self, *starts: Sequence[Report | Gone], take: str | None = None) -> None:
        """Make a studio; `starts` are the first reports of each player, `Gone` if it dies; others are ready at once."""
        self.now_s = 0.0
        self.texts: list[str] = []
        self.on_start: Callable[[], None] = lambda: None
        """Called whenever a player is started."""
        self.others_kill = False
        """True if another program killed the players that are dead."""
        self.players: list[ScriptedPlayer] = []
        self._starts = deque(starts)
        config = PlayerConfig((PortOptions("out"),), take, "toy", 120.0, TimeSignature(4, 4), UNSPLIT, 7680)
        self.supervisor = PlayerSupervisor(config, self.texts.append, start=self._start, now_s=lambda: self.now_s)

    def _start(self, config: PlayerConfig, wake: Callable[[], None]) -> ScriptedPlayer:
        del wake
        self.on_start()
        self.players.append(ScriptedPlayer(self, config, self._starts.popleft() if self._starts else [READY]))
        return self.players[-1]

    def reports(self) -> list[Report]:
        found: list[Report] = []
        while (report := self.supervisor.receive()) is not None:
            found.append(report)
        return found

    def wait(self, seconds: float) -> None:
        """Receive reports as often as a session does."""
        end_s = self.now_s + seconds
        while self.now_s < end_s:
            self.now_s += LOOK_S
            self.supervisor.receive()


def started(*starts: Sequence[Report | Gone]) -> Studio:
    studio = Studio(*starts)
    assert studio.supervisor.await_ready() == READY
    return studio
