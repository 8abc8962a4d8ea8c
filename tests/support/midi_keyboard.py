"""A keyboard and a player process of our own, over JACK."""

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
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.config import InputOptions, PlayerConfig
from musicgen_live.player.protocol import Done, Ready, Received, Report, Stop
from musicgen_live.player.supervisor import PlayerSupervisor
from musicgen_live.session.playhead import Playhead
from tests.support.jack import LIMIT_S, JackServer, wait_until


class Keyboard:
    """`play_keys.py`: a process that sends what it is told, and can be unplugged."""

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
        """Send a message, in hex: when."""
        return float(self._asked(message))

    def came(self) -> list[str]:
        """What has come in, in hex."""
        found: list[str] = json.loads(self._asked("echo"))
        return found

    def unplug(self) -> None:
        self._process.kill()
        self._process.wait()

    def _asked(self, line: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()


@dataclass
class Playing:
    """A player that is watched, and all that it has said."""

    watch: PlayerSupervisor
    ready: Ready
    words: list[str]
    reports: list[Report] = field(default_factory=list)

    def heard(self, source: str = "input") -> list[Received]:
        self.listen()
        return [report for report in self.reports if isinstance(report, Received) and report.source == source]

    def heard_messages(self, source: str = "input") -> list[str]:
        return [heard.message.hex(" ") for heard in self.heard(source)]

    def wait_for_heard(self, count: int) -> list[Received]:
        wait_until(lambda: len(self.heard()) >= count, f"{count} messages to be heard")
        return self.heard()

    def wait_for_report(self, kind: type) -> None:
        def is_told() -> bool:
            self.listen()
            return any(isinstance(report, kind) for report in self.reports)

        wait_until(is_told, kind.__name__)

    def wait_for_words(self, words: str) -> None:
        def is_said() -> bool:
            self.listen()
            return any(words in said for said in self.words)

        wait_until(is_said, words)

    def listen(self) -> None:
        """Take what has been reported."""
        while (report := self.watch.receive()) is not None:
            self.reports.append(report)

    def tick_at(self, at_s: float) -> int:
        """The tick of the music at a moment, as reported."""
        playhead = Playhead(120, 1920, follows=False)
        for report in self.reports:
            playhead.handle(report)
        return playhead.tick_at(at_s)

    def pid(self) -> int:
        """The number of the process that plays."""
        children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split()
        return next(
            int(child)
            for child in children
            if b"musicgen_live.player.process" in Path(f"/proc/{child}/cmdline").read_bytes()
        )

    def stop(self) -> None:
        self.watch.send(Stop())
        wait_until(self.is_done, "the player to end", LIMIT_S)

    def is_done(self) -> bool:
        self.listen()
        return any(isinstance(report, Done) for report in self.reports)


@contextmanager
def player(
    take: Path | None, *inputs: InputOptions, ports: tuple[PortOptions, ...], tempo: float = 120
) -> Iterator[Playing]:
    """A player process in its own time."""
    words: list[str] = []
    config = PlayerConfig(
        ports, str(take) if take else None, "toy", tempo, TimeSignature(4, 4), 0, None, 100_000, inputs=inputs
    )
    watch = PlayerSupervisor(config, words.append)
    try:
        ready = watch.await_ready()
        assert isinstance(ready, Ready), ready
        yield Playing(watch, ready, words)
    finally:
        watch.close()
