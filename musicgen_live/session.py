"""The one place where the parts are joined: a take rendered at once, or played by a player process."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING

from musicgen_live import errors
from musicgen_live.blas import use_one_blas_thread
from musicgen_live.live.clock import Mailbox, ManualClock
from musicgen_live.live.ledger import Ledger, Summary
from musicgen_live.live.messages import Done, Feed, Finish, Ready, Refused, Stop
from musicgen_live.live.outlet import Lane
from musicgen_live.live.player import Player
from musicgen_live.live.tempo import TempoMap
from musicgen_live.notes import PPQ
from musicgen_live.outputs.recorder import Recorder
from musicgen_live.outputs.systems import NoMidiSystem, NoVirtualPorts
from musicgen_live.player_config import PlayerConfig
from musicgen_live.player_watch import PlayerWatch, Say
from musicgen_live.port_plan import PortPlan
from musicgen_live.settings import Settings, meter_of

if TYPE_CHECKING:
    from musicgen_live.generation.generator import Step
    from musicgen_live.performance import Performance

AHEAD_TICKS = 2 * 4 * PPQ
"""How far ahead of the player notes are generated: two bars of 4/4, so that a pause of this process is not heard."""

VIRTUAL_NAME = "musicgen-live"
"""The port that is made when none is named."""


@dataclass(frozen=True)
class TakeEnded:
    """What came of a take."""

    summary: Summary
    steps: int
    stopped: bool
    """Whether it was ended before its last step."""
    in_time: bool
    """Whether notes were sent when they were due, or the file was written at once."""


def render(settings: Settings, seed: int, path: Path, say: Say) -> TakeEnded:
    """Write a take at once, by the same player on a clock that jumps; the same bytes as `play` records."""
    performance = _load(settings, seed)
    _say_what_is_played(performance, say)
    return _render(performance, path)


def _load(settings: Settings, seed: int) -> Performance:
    """Import NumPy, on one thread, and load the model."""
    use_one_blas_thread()
    from musicgen_live.performance import Performance

    return Performance.of(settings, seed)


def _render(performance: Performance, path: Path) -> TakeEnded:
    settings = performance.settings
    mailbox: Mailbox = SimpleQueue()
    until_tick = steps = 0
    for step in performance.steps():
        mailbox.put(Feed(step.notes))
        until_tick, steps = step.until_tick, steps + 1
    mailbox.put(Finish(until_tick))
    recorder = Recorder(path, name=take_name(settings), tempo=settings.tempo, meter=meter_of(settings.meter))
    ledger = Ledger()
    player = Player(
        ManualClock(),
        TempoMap(((0, settings.tempo),)),
        [Lane(recorder)],
        channel=settings.channel - 1,
        program=None if settings.program is None else settings.program - 1,
        max_note_ticks=settings.max_note_ticks,
        report=ledger.hear,
    )
    player.run(mailbox)
    recorder.close()
    return TakeEnded(ledger.summary(), steps, stopped=False, in_time=False)


def take_name(settings: Settings) -> str:
    """The name of a take's track: the model's, without folder and ending."""
    return Path(settings.model).stem


def play(
    settings: Settings,
    seed: int,
    ports: Sequence[PortPlan],
    take: Path | None,
    say: Say,
    *,
    own_port: PortPlan,
    sends_clock: bool = False,
) -> TakeEnded:
    """Play a take on ports, or on `own_port` if none is named; record it to `take`.

    With `sends_clock`, MIDI clock goes to the ports too. Ctrl-C, SIGTERM and SIGHUP end it in good order. Where the
    machine has no MIDI system and no port was asked for, the take is rendered at once instead.
    """
    config = PlayerConfig(
        tuple(ports) or (own_port,),
        str(take) if take else None,
        take_name(settings),
        settings.tempo,
        meter_of(settings.meter),
        settings.channel - 1,
        None if settings.program is None else settings.program - 1,
        settings.max_note_ticks,
        sends_clock,
    )
    with _signals_as_interrupts():
        # Before NumPy and the model: the player opens its ports while they load.
        player = PlayerWatch(config, say)
        try:
            performance = _load(settings, seed)
            _say_what_is_played(performance, say)
            try:
                ready = _await_ready(player)
            except NoMidiSystem:
                if ports or take is None:
                    raise
                player.close()
                say("This machine has no MIDI system, so the take is written at once, to be opened in a DAW.")
                return _render(performance, take)
            _say_where_it_goes(config.ports, ready, say)
        except BaseException:
            # Nothing has been heard yet, so the take that was laid out for it goes too.
            player.close()
            if take:
                take.unlink(missing_ok=True)
            raise
        try:
            ended = _Feeder(player, performance.steps()).run()
        finally:
            player.close()
    return TakeEnded(player.ledger.summary(), ended.steps, ended.stopped, in_time=True)


def _await_ready(player: PlayerWatch) -> Ready:
    report = player.await_ready()
    if isinstance(report, Refused):
        raise _error_of(report)
    return report


def _say_what_is_played(performance: Performance, say: Say) -> None:
    settings = performance.settings
    say(
        f"The model {take_name(settings)} at {settings.tempo:g} BPM, prompt {performance.prompt_number} "
        f"of {len(performance.bundle.prompts)}, seed {performance.seed}."
    )


def _say_where_it_goes(ports: Sequence[PortPlan], ready: Ready, say: Say) -> None:
    for plan, output in zip(ports, ready.outputs, strict=True):
        if plan.is_virtual:
            say(f"MIDI goes to the new port {output}: choose it in your DAW.")
        else:
            say(f"MIDI goes to {output}.")
    say("Ctrl-C stops.")


def _error_of(refused: Refused) -> Exception:
    """The error that the player process met, as one of this process."""
    known: dict[str, type[errors.MusicgenError]] = {
        kind.__name__: kind for kind in (errors.PortError, errors.TakeError, NoMidiSystem, NoVirtualPorts)
    }
    return known[refused.kind](refused.reason)


class _Feeder:
    """Keeps a player fed `AHEAD_TICKS` ahead of what it has sent, until the steps end or an interrupt comes."""

    def __init__(self, player: PlayerWatch, steps: Iterator[Step]) -> None:
        self._player = player
        self._steps = steps
        self._count = 0

    def run(self) -> TakeEnded:
        try:
            until_tick = 0
            for step in self._steps:
                self._player.send(Feed(step.notes))
                until_tick, self._count = step.until_tick, self._count + 1
                while until_tick - self._player.ledger.tick > AHEAD_TICKS:
                    self._player.report()
            self._player.send(Finish(until_tick))
            self._until_done()
        except KeyboardInterrupt:
            self._player.send(Stop())
            self._until_done()
            return self._ended(stopped=True)
        return self._ended(stopped=False)

    def _until_done(self) -> None:
        while not isinstance(self._player.report(), Done):
            pass

    def _ended(self, *, stopped: bool) -> TakeEnded:
        return TakeEnded(self._player.ledger.summary(), self._count, stopped, in_time=True)


@contextmanager
def _signals_as_interrupts() -> Iterator[None]:
    """SIGTERM and SIGHUP end a take as Ctrl-C does, and the first of them is the last one heard.

    One Ctrl-C may come twice, from the terminal and from a launcher that passes it on, and the second one would cut the
    good end short; that end is bounded by the watch over the player.
    """
    interrupted = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal interrupted
        if not interrupted:
            interrupted = True
            raise KeyboardInterrupt

    names = [name for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        names = []
    before = {name: signal.signal(getattr(signal, name), interrupt) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(getattr(signal, name), handler)
