"""The one place where the parts are joined: a take rendered at once, or played by a player process.

What is imported here stands between a musician and the start of the player process; all else is imported while that
opens its ports.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from musicgen_live import errors
from musicgen_live.config.port_options import PortOptions
from musicgen_live.config.settings import Settings
from musicgen_live.model.blas import use_one_blas_thread
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.config import PlayerConfig, Timing
from musicgen_live.player.protocol import Ready, StartFailed
from musicgen_live.player.sent_log import Summary
from musicgen_live.player.supervisor import PlayerSupervisor, Say
from musicgen_live.session.options import NO_OPTIONS, SessionOptions
from musicgen_live.session.signals import signals_as_interrupts, signals_call

if TYPE_CHECKING:
    from musicgen_live.generation.performance import Performance
    from musicgen_live.interfaces.events import Event, Opened
    from musicgen_live.session.live_session import LiveSession

MOST_BARS, MOST_STEPS = 1_000_000, 10_000_000
"""As long as settings allow: weeks."""

OUR_OWN_TIME = Timing()

TAKES_FOLDER = Path("takes")

VIRTUAL_NAME = "musicgen-live"
"""The port that is made when none is named."""


class Frontend(Protocol):
    """Who watches a take, and lends it a thread."""

    def say(self, text: str) -> None:
        """Words for the user."""
        ...

    def handle(self, event: Event) -> None:
        """What happens; soon done."""
        ...

    def conduct(self, take: LiveSession) -> bool:
        """Have `take.run` done; what it returned."""
        ...


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
    from musicgen_live.generation.performance import Performance

    return Performance.load(settings, seed)


def _time_signature(settings: Settings, seed: int) -> TimeSignature:
    """Return the time signature of the take without loading the network: music in bars keeps that of its prompt."""
    if settings.meter is not None:
        return settings.time_signature
    from musicgen_live.generation.plan import plan_of

    return plan_of(settings, seed).settings.time_signature


def _endless(settings: Settings, seed: int) -> Settings:
    """Settings of a take that lasts, unless they say how long it is."""
    if settings.bars is not None or settings.steps is not None:
        return settings
    from musicgen_live.generation.plan import plan_of

    has_bars = plan_of(settings, seed).settings.bars is not None
    return settings.changed({"bars": MOST_BARS} if has_bars else {"steps": MOST_STEPS})


def _render(performance: Performance, path: Path) -> TakeEnded:
    from musicgen_live.session.render import write_take

    summary, steps = write_take(performance, path, take_name(performance.settings))
    return TakeEnded(summary, steps, stopped=False, in_time=False)


def take_name(settings: Settings) -> str:
    """The name of a take's track: the model's, without folder and ending."""
    return Path(settings.model).stem


def play(
    settings: Settings,
    seed: int,
    ports: Sequence[PortOptions],
    take: Path | None,
    audience: Frontend,
    *,
    own_port: PortOptions,
    timing: Timing = OUR_OWN_TIME,
    company: SessionOptions = NO_OPTIONS,
) -> TakeEnded:
    """Play a take on ports, or on `own_port` if none is named; record it to `take`.

    Ctrl-C, SIGTERM and SIGHUP end it in good order. In someone else's time, and where somebody plays along or steers,
    it lasts until then, unless the settings say how long. Where the machine has no MIDI system and none was asked for,
    the take is rendered at once instead.
    """
    say = audience.say
    asked = settings
    with signals_as_interrupts(), ExitStack() as closing:
        player: PlayerSupervisor | None = None
        try:
            if timing.follows or company.interactive:
                settings = _endless(settings, seed)
            config = _config(settings, seed, tuple(ports) or (own_port,), take, timing, company)
            # Before NumPy, the model and its reading of the prompt: the player opens its ports meanwhile.
            player = PlayerSupervisor(config, say)
            performance = _load(settings, seed)
            _say_what_is_played(performance, say, timing)
            from musicgen_live.interfaces.events import Ended
            from musicgen_live.session.live_session import LiveSession

            live = LiveSession.of(
                player,
                performance,
                company,
                asked=asked,
                timing=timing,
                observers=[audience.handle],
                folder=take.parent if take else TAKES_FOLDER,
            )
            if company.osc is not None:
                from musicgen_live.interfaces.osc_server import OscServer, parse_address

                server = closing.enter_context(OscServer(live.steer, live.refuse, parse_address(company.osc)))
                live.observe(server)
            try:
                ready = _await_ready(player)
            except errors.NoMidiSystem:
                if ports or take is None or timing.follows or company.interactive:
                    raise
                player.close()
                say("This machine has no MIDI system, so the take is written at once, to be opened in a DAW.")
                return _render(performance, take)
            _say_where_it_goes(config, ready, say)
        except BaseException:
            # Nothing has been heard yet, so the take that was laid out for it goes too.
            if player is not None:
                player.close()
            if take and take.is_file():
                take.unlink()
            raise
        stopped = True
        try:
            # From here on the take ends itself: an interrupt could cut a line of JSON in two, or the screen's work.
            closing.enter_context(signals_call(live.quit))
            live.publish(_opened(config, ready, live))
            stopped = audience.conduct(live)
        except KeyboardInterrupt:
            pass  # It came just before.
        finally:
            player.close()
            live.publish(Ended())
    return TakeEnded(player.sent_log.summary(), live.tokens, stopped, in_time=True)


def _opened(config: PlayerConfig, ready: Ready, live: LiveSession) -> Opened:
    from musicgen_live.interfaces.events import Opened

    return Opened(
        ready.outputs, ready.inputs, config.take, config.time_signature, config.timing.sync, tuple(live.values.items())
    )


def _config(
    settings: Settings,
    seed: int,
    ports: tuple[PortOptions, ...],
    take: Path | None,
    timing: Timing,
    company: SessionOptions,
) -> PlayerConfig:
    return PlayerConfig(
        ports,
        str(take) if take else None,
        take_name(settings),
        settings.tempo,
        _time_signature(settings, seed),
        settings.channel - 1,
        None if settings.program is None else settings.program - 1,
        settings.max_note_ticks,
        timing,
        inputs=company.inputs,
        pads=company.controls.pads,
    )


def _await_ready(player: PlayerSupervisor) -> Ready:
    report = player.await_ready()
    if isinstance(report, StartFailed):
        raise _error_of(report)
    return report


def _say_what_is_played(performance: Performance, say: Say, timing: Timing = OUR_OWN_TIME) -> None:
    settings = performance.settings
    tempo = "" if timing.follows else f" at {settings.tempo:g} BPM"
    say(f"The model {take_name(settings)}{tempo}, {performance.plan.description}, seed {performance.seed}.")
    if settings.prompt_midi is not None:
        near = f", near {settings.effective_near_key.name}" if settings.effective_near_key else ""
        key = f", in {settings.key}" if settings.key else near
        say(f"It goes on{tempo} in {settings.meter}{key}.")


def _say_where_it_goes(config: PlayerConfig, ready: Ready, say: Say) -> None:
    for plan, output in zip(config.ports, ready.outputs, strict=True):
        if plan.is_virtual:
            say(f"MIDI goes to the new port {output}: choose it in your DAW.")
        else:
            say(f"MIDI goes to {output}.")
    for heard, name in zip(config.inputs, ready.inputs, strict=True):
        say(f"{_HEARD[heard.source]} {name}.")
    if config.timing.sync == "clock":
        then = "its next pulse counts in" if config.timing.count_in_bars else "press play there"
        say(f"The clock comes from {ready.clock}: {then}.")
    elif config.timing.sync == "link":
        say("Time comes from Ableton Link: the music begins at the next bar line of the session.")
    say("Ctrl-C stops.")


_HEARD = {"input": "I listen to", "chords": "Chords come from", "control": "Knobs and pads are those of"}


def _error_of(refused: StartFailed) -> Exception:
    """The error that the player process met, as one of this process."""
    known: dict[str, type[errors.MusicgenError]] = {
        kind.__name__: kind
        for kind in (
            errors.PortError,
            errors.TakeError,
            errors.SyncError,
            errors.NoMidiSystem,
            errors.NoVirtualPorts,
        )
    }
    return known[refused.kind](refused.reason)
