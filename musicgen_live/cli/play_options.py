"""Checks the flags of `play`, and makes the values that a session starts with."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from musicgen_live.cli.results import checked_file, checked_take
from musicgen_live.config.controller_map import ControllerMap
from musicgen_live.config.presets import Preset
from musicgen_live.errors import NoMidiSystem, SettingsError, TakeError
from musicgen_live.midi.takes.label import TakeLabel
from musicgen_live.player.config import PAGE_KEYBOARD, InputOptions
from musicgen_live.player.supervisor import Say
from musicgen_live.session.play import Frontend

PAGE = "page"
"""The name of the keyboard in the browser, for `--input`."""


def origin_of(flag: str, by_flag: Mapping[str, object]) -> str:
    """Return the place where the user wrote a value: its flag, or its key in `config.toml`."""
    return flag if by_flag[flag] else f"{flag.removeprefix('--')} of config.toml"


def has_page_keyboard(keyboard: str | None, *, is_served: bool, follows: bool) -> bool:
    """Return True if musicians can play on the page; SettingsError if they shall without one.

    Who follows a clock has to ask for it: beside a musician the music does not follow the jumps of a DAW.
    """
    if keyboard == PAGE and not is_served:
        raise SettingsError("--input page is the keyboard that --web shows; say --web too, or the name of a MIDI port")
    return is_served and (keyboard is not None or not follows)


def input_options(
    keyboard: str | None, chord_keyboard: str | None, controller: str | None, *, thru: bool, has_page_keyboard: bool
) -> tuple[InputOptions, ...]:
    """Return the inputs that the player opens: the ports of the flags, and the keyboard of the page."""
    is_port = keyboard not in (None, PAGE)
    ports = (("input", keyboard if is_port else None), ("chords", chord_keyboard), ("control", controller))
    inputs = [InputOptions(name, source, thru=thru and source == "input") for source, name in ports if name is not None]
    if has_page_keyboard:
        # It has no sound of its own, and no track in a DAW that records it.
        inputs.append(InputOptions(PAGE_KEYBOARD, "input", thru=thru or not is_port))
    return tuple(inputs)


def checked_osc(address: str | None) -> str | None:
    """Return an OSC address; SettingsError on a wrong one, before anything is opened."""
    if address is not None:
        from musicgen_live.interfaces.osc_server import parse_address

        parse_address(address)
    return address


def checked_web(address: str | None) -> str | None:
    """Return the address of the page; SettingsError on a wrong one, or without the libraries that it needs."""
    if address is not None:
        from musicgen_live.interfaces.web.address import check_libraries, parse_web_address

        parse_web_address(address)
        check_libraries()
    return address


def checked_log(path: Path | None) -> Path | None:
    """Return the file of `--log` if it can be written; SettingsError otherwise."""
    if path is not None:
        from musicgen_live.config.files import reason_of
        from musicgen_live.session.faults import append

        try:
            append(path, "")
        except OSError as error:
            raise SettingsError(
                f"--log is {str(path)!r}, which cannot be written ({reason_of(error)}); choose another file"
            ) from error
    return path


def checked_stats(path: Path | None) -> Path | None:
    """Return the file of `--stats` if it can be written and is new; TakeError otherwise, before a take is played."""
    if path is not None and checked_file("--stats", path).exists():
        raise TakeError(f"--stats is {str(path)!r}, which is there already; choose another name")
    return path


def take_path(out: Path | None, folder: Path, title: str, say: Say, *, no_record: bool) -> Path | None:
    """Return the file to record to, None for no recording.

    In `folder`, or where `out` is a folder, a file named by time and title is created empty.
    """
    if no_record and out:
        raise SettingsError(f"--no-record and --out {out} exclude each other; give one of them")
    if no_record:
        return None
    if out is None or out.is_dir():
        from musicgen_live.midi.take_files import new_take_somewhere

        return new_take_somewhere(out or folder, time.localtime(), title, say)
    if checked_take(out).exists():
        raise TakeError(f"--out is {str(out)!r}, which is there already; choose another name, or leave out --out")
    return out


def without_midi(error: NoMidiSystem, flags: list[str]) -> NoMidiSystem:
    """Return the error with the given flags to leave out, so that a take can be written without MIDI.

    Without one, it is the take that is in the way, as it has no end.
    """
    if not flags:
        return NoMidiSystem(f"{error} To write the take all the same, give it a length: add --bars 16.")
    flag_list = " and ".join([", ".join(flags[:-1]), *flags[-1:]] if flags[1:] else flags)
    return NoMidiSystem(f"{error} To record all the same, leave out {flag_list}.")


def single_port(flag: str, names: list[str] | None) -> str | None:
    """Return the port of a flag; SettingsError if it was given more than once, or without a name."""
    if names and len(names) > 1:
        raise SettingsError(f"{flag} is given {len(names)} times ({', '.join(names)}); it can be one port")
    if names and not names[0].strip():
        # It would be waited for.
        raise SettingsError(f"{flag} is {names[0]!r}; write the name of a port: musicgen-live ports lists them")
    return names[0] if names else None


def learn_command(port: str, controls: Path | None) -> str:
    """Return the command that binds a knob of a port."""
    file = ["--controls", str(controls)] if controls else []
    return shlex.join(["musicgen-live", "learn", "temperature", "--input", port, *file])


def remarks_on(
    label: TakeLabel | None, controller: str | None, controls: Path | None, controller_map: ControllerMap
) -> tuple[str, ...]:
    """Return what to say of a take to repeat, and of a controller that does nothing yet."""
    remarks = tuple(label.remarks()) if label is not None else ()
    if controller is None or controller_map.entries:
        return remarks
    bind = learn_command(controller, controls)
    return (*remarks, f"No knob or pad does anything yet; so that one does, type: {bind}")


def controller_map_of(path: Path | None, preset: Preset, *, has_inputs: bool) -> ControllerMap:
    """Return the bindings of the file, or else those of the preset over the learnt ones in the user's folder.

    Without inputs, which may have knobs, the learnt ones are not read.
    """
    if path is None and not has_inputs:
        return preset.controls
    from musicgen_live.config.controller_map_file import load_controller_map, load_user_controller_map

    return load_controller_map(path) if path else load_user_controller_map().overlaid(preset.controls)


def make_frontend(*, ui: bool, json: bool) -> Frontend:
    """Return what shows the take; SettingsError for two of them, or for a screen without a terminal."""
    from musicgen_live.cli import frontends

    if ui and json:
        raise SettingsError("--ui and --json exclude each other; give one of them")
    if ui and not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise SettingsError("--ui needs a terminal; without one, leave it out")
    return frontends.ScreenFrontend() if ui else frontends.JsonFrontend() if json else frontends.TextFrontend()
