"""Starts the player of a take, and has it open what this machine has: ports, its own sound, or neither."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

from musicgen_live import errors
from musicgen_live.config.port_options import PortOptions
from musicgen_live.config.sound_options import SoundOptions
from musicgen_live.player.config import PlayerConfig
from musicgen_live.player.reports import Ready, StartFailed
from musicgen_live.player.supervisor import PlayerSupervisor, Say
from musicgen_live.session.options import SessionOptions

_INPUT_WORDS = {"input": "I listen to", "chords": "Chords come from", "control": "Knobs and pads are those of"}


class Opening:
    """A player that opens its outputs. `config` and `player` change if it has to do with others."""

    def __init__(self, config: PlayerConfig, say: Say, wake: Callable[[], None]) -> None:
        """Start the player; nothing waits for it yet."""
        self.config = config
        self._say = say
        self._wake = wake
        self.player = PlayerSupervisor(config, say, wake)

    def await_ready(self) -> Ready:
        """Wait until all is open; the error of the player if something cannot be opened."""
        report = self.player.await_ready()
        if isinstance(report, StartFailed):
            raise errors.error_named(report.kind)(report.reason)
        return report

    def await_any(self, *, may_sound: bool, may_be_silent: bool = False) -> Ready:
        """Wait as `await_ready` does; without a MIDI system, have another player sound on this machine if it may.

        If that has no sound device either, or none that opens in time, it plays to no port if it `may_be_silent`,
        because a page can sound. Raises NoMidiSystem if it may not; no player runs then. In the same way it does
        without the sound of the system's own choice of device that was asked for.
        """
        try:
            return self.await_ready()
        except errors.SoundError:
            self.player.close()
            asked = self.config.sound
            if not may_be_silent or asked is None or asked.device is not None or asked.soundfont is not None:
                raise
            return self._begin_again(None, "This machine has no sound device: let the page sound.", self.config.ports)
        except errors.NoMidiSystem as no_midi:
            self.player.close()
            if not may_sound:
                raise
            try:
                return self._begin_again(SoundOptions(), "This machine has no MIDI system, so the take sounds here.")
            except (errors.SoundError, errors.PlayerError):
                self.player.close()
                if not may_be_silent:
                    raise no_midi from None
        return self._begin_again(None, "This machine has no MIDI system and no sound device: let the page sound.")

    def _begin_again(self, sound: SoundOptions | None, message: str, ports: tuple[PortOptions, ...] = ()) -> Ready:
        """Have another player play, without ports unless they are given; say so if it can."""
        self.config = replace(self.config, ports=ports, sound=sound)
        self.player = PlayerSupervisor(self.config, self._say, self._wake)
        ready = self.await_ready()
        self._say(message)
        return ready

    def close(self) -> None:
        """End the player."""
        self.player.close()


def say_opened(
    config: PlayerConfig, ready: Ready, options: SessionOptions, say: Say, page_urls: Sequence[str] = ()
) -> None:
    """Tell what was opened, and what to do in the DAW and in the browser."""
    if options.osc is not None:
        from musicgen_live.interfaces.osc_server import parse_address, warning_for

        if warning := warning_for(parse_address(options.osc)):
            say(warning)
    for port, output in zip(config.ports, ready.outputs, strict=True):
        if port.is_virtual:
            say(f"MIDI goes to the new port {output}: choose it in your DAW.")
        else:
            say(f"MIDI goes to {output}.")
    if ready.sound is not None:
        say(f"It sounds on {ready.sound}.")
    for input_options, name in zip(config.inputs, ready.inputs, strict=True):
        say(f"{_INPUT_WORDS[input_options.source]} {name}.")
    if config.timing.sync == "clock":
        then = "its next pulse counts in" if config.timing.count_in_bars else "press play there"
        then = "it is joined at its next bar line" if config.timing.joins else then
        say(f"The clock comes from {ready.clock}: {then}.")
    elif config.timing.sync == "link":
        say("Time comes from Ableton Link: the music begins at the next bar line of the session.")
    if options.web is not None:
        _say_page(options.web, page_urls, say)
    say("Ctrl-C stops.")


def _say_page(address: str, urls: Sequence[str], say: Say) -> None:
    """Tell the address of the page; on a terminal, for other devices, as a QR code too."""
    from musicgen_live.interfaces.web.address import parse_web_address, warning_for_web

    warning = warning_for_web(parse_web_address(address))
    if warning:
        say(warning)
    for url in urls:
        say(f"Open this page in your browser: {url}")
        if warning and sys.stdout.isatty():
            from musicgen_live.interfaces.web.qr_code import qr_code

            say(qr_code(url))
