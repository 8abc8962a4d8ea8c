"""Joins the parts: a take rendered at once, or played by a player process.

Everybody waits for the imports of this module before the player process starts; all other imports happen while that
process opens its ports.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from musicgen_live import errors
from musicgen_live.config.part_options import PartOptions
from musicgen_live.config.port_options import PortOptions
from musicgen_live.config.settings import Settings, allowed_range
from musicgen_live.config.sound_options import SoundOptions
from musicgen_live.midi.takes.label import TakeLabel
from musicgen_live.model.blas import use_one_blas_thread
from musicgen_live.music.notes import PPQ
from musicgen_live.music.time_signature import TimeSignature
from musicgen_live.player.config import PlayerConfig, Timing
from musicgen_live.player.part_channels import parts_of, ports_of_parts
from musicgen_live.player.reports import Ready
from musicgen_live.player.sent_log import Summary
from musicgen_live.player.supervisor import Say
from musicgen_live.session.inbox import Inbox
from musicgen_live.session.opening import Opening, say_opened
from musicgen_live.session.options import NO_OPTIONS, SessionOptions, Setup
from musicgen_live.session.signals import signals_as_interrupts, signals_call

if TYPE_CHECKING:
    from musicgen_live.generation.performance import Performance
    from musicgen_live.interfaces.events import Event, Opened
    from musicgen_live.session.live_session import LiveSession

MOST_BARS, MOST_STEPS = 1_000_000, 10_000_000
"""The longest take that the settings allow: weeks."""

INTERNAL_CLOCK = Timing()

NOTHING_TO_PLAY_ON = (
    "This machine has no MIDI system and no sound device, so the take is written at once, to be opened in a DAW."
)


class Frontend(Protocol):
    """Shows a take to the user, and runs its session in a thread."""

    def say(self, text: str) -> None:
        """Show a text to the user."""
        ...

    def handle(self, event: Event) -> None:
        """Show an event; must return soon."""
        ...

    def run(self, session: LiveSession) -> bool:
        """Call `session.run` and return its result."""
        ...

    def close(self) -> None:
        """Show what has not been shown yet, within a second."""
        ...


@dataclass(frozen=True)
class TakeEnded:
    """The result of a take."""

    summary: Summary
    steps: int
    seed: int
    stopped: bool
    """True if the take was stopped before its last step."""
    take: Path | None
    """Its file, which may be another one than was asked for; None if there is none, or if it could not be written."""
    in_time: bool
    """True if the notes were sent when they were due; False if the file was written at once."""
    failure: str | None = None
    """The reason why the music could not go on, if it could not."""


def render(
    settings: Settings, seed: int, path: Path, say: Say, preset: str | None = None, parts: Sequence[PartOptions] = ()
) -> TakeEnded:
    """Write a take at once: the same bytes as `play` records.

    `preset` is the origin of the settings, `parts` are from `part_options.all_parts`.
    """
    performance = _load(settings, seed)
    _say_music(performance, say, ())
    return _render(performance, path, TakeLabel.of(preset or model_name(settings), seed, settings, parts=parts), parts)


def _load(settings: Settings, seed: int) -> Performance:
    """Plan the take, import NumPy, on one thread, and load the model."""
    use_one_blas_thread()
    from musicgen_live.generation.plan import plan_of

    # Before NumPy takes memory: to read a file that the take continues may need 150 MB, which are free again then.
    plan = plan_of(settings, seed)
    from musicgen_live.generation.performance import Performance

    return Performance.planned(plan, seed)


def _planned(settings: Settings, seed: int, *, is_endless: bool) -> tuple[Settings, TimeSignature]:
    """Return the settings with their length, if they set none and the take has no end, and its time signature.

    Both without loading the network: music in bars keeps the time signature of its prompt.
    """
    lacks_length = is_endless and settings.bars is None and settings.steps is None
    if settings.meter is not None and not lacks_length:
        return settings, settings.time_signature
    from musicgen_live.generation.plan import plan_of

    planned = plan_of(settings, seed).settings
    if lacks_length:
        settings = settings.changed({"bars": MOST_BARS} if planned.bars is not None else {"steps": MOST_STEPS})
    return settings, planned.time_signature


def _render(performance: Performance, path: Path, label: TakeLabel, parts: Sequence[PartOptions] = ()) -> TakeEnded:
    from musicgen_live.session.render import write_take

    summary, steps = write_take(performance, path, label, parts)
    return TakeEnded(summary, steps, label.seed, stopped=False, take=path, in_time=False)


def _render_observed(
    session: LiveSession,
    opened: Opened,
    performance: Performance,
    path: Path,
    label: TakeLabel,
    parts: Sequence[PartOptions],
) -> TakeEnded:
    """Render, and tell the observers of a session that does not run what they would hear of one that does."""
    from musicgen_live.interfaces.events import Ended

    session.publish(opened)
    ended = _render(performance, path, label, parts)
    session.publish(Ended())
    return ended


def model_name(settings: Settings) -> str:
    """Return the name of the model, without folder and ending."""
    return Path(settings.model).stem


def play(
    settings: Settings,
    seed: int,
    ports: Sequence[PortOptions],
    take: Path | None,
    frontend: Frontend,
    *,
    own_port: PortOptions,
    timing: Timing = INTERNAL_CLOCK,
    options: SessionOptions = NO_OPTIONS,
    sound: SoundOptions | None = None,
) -> TakeEnded:
    """Play a take on ports and with `sound`, or on `own_port` if neither is given; record it to `take`.

    Ctrl-C, SIGTERM and SIGHUP end it in good order. With an external clock, and if somebody plays along or steers, it
    lasts until then, unless the settings set its length. If the machine has no MIDI system and no port was named, the
    take sounds on this machine; if that has no sound device either, it is rendered at once, or, where a page can
    sound, played all the same.
    """
    is_endless = timing.follows or options.interactive or settings.bars == MOST_BARS or settings.steps == MOST_STEPS
    inbox = Inbox()
    with signals_as_interrupts(), ExitStack() as closing:
        with _removed_on_error(take), ExitStack() as on_error:
            lasting, time_signature = _planned(settings, seed, is_endless=is_endless)
            outputs = tuple(ports) or (() if sound else (own_port,))
            label = TakeLabel.of(options.preset or model_name(settings), seed, lasting, timing.sync, options.parts)
            config = _config(lasting, time_signature, outputs, take, label, timing, options, sound)
            has_ports = bool(ports) or any(part.port for part in options.parts)
            # Started before NumPy and the model are loaded: the player opens its ports meanwhile.
            opening = Opening(config, frontend.say, inbox.wake)
            on_error.callback(opening.close)
            performance = _load(lasting, seed)
            from musicgen_live.interfaces.events import Ended
            from musicgen_live.session.live_session import LiveSession
            from musicgen_live.session.remote_control import receive_osc, serve_page

            setup = Setup(settings, timing, take.parent if take else options.takes, label)
            receiving = closing.enter_context(ExitStack())
            page_urls: list[str] = []

            def new_session() -> LiveSession:
                session = LiveSession(opening.player, performance, options, setup, inbox=inbox)
                session.observe(frontend.handle)
                receive_osc(session, options, receiving)
                page_urls[:] = serve_page(session, options, inbox, receiving)
                return session

            session, player = new_session(), opening.player
            needs_midi = bool(has_ports or sound or options.needs_input_port) or timing.sync == "clock"
            try:
                ready = opening.await_any(may_sound=not needs_midi, may_be_silent=options.web is not None)
            except errors.NoMidiSystem:
                if needs_midi or take is None or is_endless:
                    raise
                _say_music(performance, frontend.say, (NOTHING_TO_PLAY_ON, *options.remarks))
                opened = _opened(opening.config, Ready(()), session, seed)
                return _render_observed(session, opened, performance, take, label, options.parts)
            if opening.player is not player:
                receiving.close()
                session, player = new_session(), opening.player
            _say_music(performance, frontend.say, options.remarks, timing)
            say_opened(opening.config, ready, options, frontend.say, page_urls)
            on_error.pop_all()
        stopped = True
        try:
            # From here on a signal requests the end: an interrupt could cut a line of JSON or the screen's work in two.
            closing.enter_context(signals_call(session.quit))
            session.publish(_opened(opening.config, ready, session, seed))
            stopped = _run(frontend, session)
        except KeyboardInterrupt:
            pass  # The signal came just before.
        finally:
            player.close()
            session.publish(Ended())
    return TakeEnded(
        player.sent_log.summary(),
        session.tokens,
        seed,
        stopped,
        Path(player.take) if player.take else None,
        in_time=True,
        failure=session.failure,
    )


def _run(frontend: Frontend, session: LiveSession) -> bool:
    """Run a session without full collections of garbage; return True if it was stopped.

    A collection would search all that was imported, 8 ms in the middle of an answer.
    """
    gc.freeze()
    try:
        return frontend.run(session)
    finally:
        gc.unfreeze()


@contextmanager
def _removed_on_error(take: Path | None) -> Iterator[None]:
    """Remove the file of a take that fails before its first note."""
    try:
        yield
    except BaseException:
        if take and take.is_file():
            take.unlink()
        raise


def _opened(config: PlayerConfig, ready: Ready, session: LiveSession, seed: int) -> Opened:
    from musicgen_live.interfaces.events import Opened

    return Opened(
        ready.outputs if ready.sound is None else (*ready.outputs, ready.sound),
        ready.inputs,
        config.take,
        config.time_signature,
        config.timing.sync,
        tuple(session.values.items()),
        seed,
        ready.sound,
    )


def _config(
    settings: Settings,
    time_signature: TimeSignature,
    ports: tuple[PortOptions, ...],
    take: Path | None,
    label: TakeLabel,
    timing: Timing,
    options: SessionOptions,
    sound: SoundOptions | None,
) -> PlayerConfig:
    parts = parts_of(settings, options.parts)
    return PlayerConfig(
        ports_of_parts(options.parts, parts, ports) if options.parts else ports,
        str(take) if take else None,
        label.title,
        settings.tempo,
        time_signature,
        parts,
        # The session shortens notes, as that can be changed while they play.
        round(allowed_range("max_note")[1] * PPQ),
        timing,
        inputs=options.inputs,
        pads=options.controls.pads,
        sound=sound,
        take_texts=label.texts(),
    )


def _say_music(performance: Performance, say: Say, remarks: Sequence[str], timing: Timing = INTERNAL_CLOCK) -> None:
    for remark in remarks:
        say(remark)
    settings = performance.settings
    tempo = "" if timing.follows else f" at {settings.tempo:g} BPM"
    say(f"The model {model_name(settings)}{tempo}, {performance.plan.description}, seed {performance.seed}.")
    if settings.prompt_midi is not None:
        for remark in performance.plan.remarks:
            say(f"{Path(settings.prompt_midi).name}: {remark}.")
        near = f", near {settings.effective_near_key.name}" if settings.effective_near_key else ""
        key = f", in {settings.key}" if settings.key else near
        say(f"It goes on{tempo} in {settings.meter}{key}.")
