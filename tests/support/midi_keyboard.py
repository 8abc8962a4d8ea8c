"""A MIDI keyboard in another process, and a supervised player process, over JACK."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from musicgen_live.config.port_options import PortOptions
from musicgen_live.music.time_signature import COMMON_TIME, TimeSignature
from musicgen_live.player.commands import Stop
from musicgen_live.player.config import InputOptions, PlayerConfig
from musicgen_live.player.part_channels import UNSPLIT
from musicgen_live.player.reports import Done, Ready, Received, Report
from musicgen_live.player.supervisor import PlayerSupervisor
from musicgen_live.session.playhead import Playhead
from tests.support.jack import LIMIT_S, JackServer, wait_until
from tests.support.playing import player_pids


class Keyboard:
    """A process of `play_keys.py`, which sends given messages and can be unplugged."""

    def __init__(self, jack: JackServer, name: str = "keys", *, has_input: bool = False) -> None:
        self.port = f"{name}:out"
        command = [sys.executable, str(Path(__file__).with_name("play_keys.py")), name, *(["in"] if has_input else [])]
        self._process = subprocess.Popen(
            command, env=os.environ | jack.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._answer() == "ready"

    def __enter__(self) -> Keyboard:
        return self

    def __exit__(self, *_: object) -> None:
        self.unplug()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()

    def plays(self, message: str) -> float:
        """Send a message, given in hex, and return the moment."""
        return float(self._ask(message))

    def received(self) -> list[str]:
        """Return the messages received so far, in hex."""
        messages: list[str] = json.loads(self._ask("received"))
        return messages

    def unplug(self) -> None:
        """Kill the process, so that its ports disappear."""
        self._process.kill()
        self._process.wait()

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@dataclass
class Playing:
    """A supervised player, its reports, and its texts for the user."""

    supervisor: PlayerSupervisor
    ready: Ready
    texts: list[str]
    reports: list[Report] = field(default_factory=list)

    def received(self, source: str = "input") -> list[Received]:
        self.collect_reports()
        return [report for report in self.reports if isinstance(report, Received) and report.source == source]

    def received_messages(self, source: str = "input") -> list[str]:
        return [received.message.hex(" ") for received in self.received(source)]

    def wait_for_received(self, count: int) -> list[Received]:
        wait_until(lambda: len(self.received()) >= count, f"{count} messages to be received")
        return self.received()

    def wait_for_report(self, kind: type) -> None:
        def is_reported() -> bool:
            self.collect_reports()
            return any(isinstance(report, kind) for report in self.reports)

        wait_until(is_reported, kind.__name__)

    def wait_for_text(self, part: str) -> None:
        def is_shown() -> bool:
            self.collect_reports()
            return any(part in text for text in self.texts)

        wait_until(is_shown, part)

    def collect_reports(self) -> None:
        """Add the new reports to `reports`."""
        while (report := self.supervisor.receive()) is not None:
            self.reports.append(report)

    def tick_at(self, at_s: float) -> int:
        """Return the tick of the music at a moment, by the reports."""
        playhead = Playhead(120, COMMON_TIME, follows=False)
        for report in self.reports:
            playhead.handle(report)
        return playhead.tick_at(at_s)

    def pid(self) -> int:
        """Return the id of the player process."""
        return player_pids(os.getpid())[0]

    def stop(self) -> None:
        self.supervisor.send(Stop())
        wait_until(self.is_done, "the player to end", LIMIT_S)

    def is_done(self) -> bool:
        self.collect_reports()
        return any(isinstance(report, Done) for report in self.reports)


@contextmanager
def player(
    take: Path | None, *inputs: InputOptions, ports: tuple[PortOptions, ...], tempo: float = 120
) -> Iterator[Playing]:
    """Run a player process with the internal transport."""
    texts: list[str] = []
    config = PlayerConfig(
        ports, str(take) if take else None, "toy", tempo, TimeSignature(4, 4), UNSPLIT, 100_000, inputs=inputs
    )
    supervisor = PlayerSupervisor(config, texts.append)
    try:
        ready = supervisor.await_ready()
        assert isinstance(ready, Ready), ready
        yield Playing(supervisor, ready, texts)
    finally:
        supervisor.close()
