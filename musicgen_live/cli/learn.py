"""The command `learn`: binds a knob or pad of a MIDI controller to a parameter (MIDI learn)."""

from __future__ import annotations

import queue
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from musicgen_live.cli.console import echo
from musicgen_live.errors import PortError, SettingsError

if TYPE_CHECKING:
    from musicgen_live.config.controller_map import Binding, Coding, Controller
    from musicgen_live.midi.port import OpenPort

PORT_CHECK_S = 0.5
"""The interval at which the port is checked."""

TURN_S = 1.0
"""The silence after which the messages of a knob so far tell if it is endless."""
TURN_MESSAGES = 3
"""The number of messages that tell it without a silence."""


def learn_command(
    value: Annotated[
        str | None,
        typer.Argument(help="What it shall set, such as temperature or reroll.", show_default="asked, knob by knob"),
    ] = None,
    port: Annotated[
        str | None,
        typer.Option("--input", help="The controller's port: its name or a part of it.", show_default="the only one"),
    ] = None,
    controls: Annotated[
        Path | None,
        typer.Option(help="Write to this .toml file, which may be a preset.", show_default="what play reads by itself"),
    ] = None,
    low: Annotated[str | None, typer.Option(help="The value at the knob's beginning.")] = None,
    high: Annotated[str | None, typer.Option(help="The value at its end.")] = None,
    to: Annotated[str | None, typer.Option(help="For a pad or button: the value that it sets.")] = None,
    step: Annotated[int | None, typer.Option(help="For a pad or button: by how many steps, such as 1 or -1.")] = None,
    quantise: Annotated[
        str | None,
        typer.Option(
            help="When it takes effect: now, beat, bar or 4 bars.", show_default="as the parameter quantise says"
        ),
    ] = None,
) -> None:
    """Wait for a knob to be turned or a pad to be struck, and write down what it does. Ctrl-C ends."""
    from musicgen_live.config.controller_map_file import binding_with, turns_endlessly
    from musicgen_live.config.user_folder import controls_path
    from musicgen_live.midi.input_port import open_input

    path = controls or controls_path()

    def make_binding(name: str, coding: Coding | None = None) -> Binding:
        is_turned = to is None and step is None and turns_endlessly(name)
        return binding_with(name, _number(low), _number(high), to, step, coding if is_turned else None, quantise)

    if value is not None:
        make_binding(value)
    messages: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    input_port = open_input(port or _only_input(), lambda _, message: messages.put(message), "musicgen-live learn")
    try:
        echo(f"Listening to {input_port}: turn a knob or strike a pad. Ctrl-C ends.")
        if value is not None:
            controller, coding = _next_controller(messages, input_port)
            _write(path, controller, make_binding(value, coding))
        while value is None:
            controller, coding = _next_controller(messages, input_port)
            try:
                _write(path, controller, make_binding(typer.prompt("What shall it set"), coding))
            except SettingsError as error:
                echo(f"{error}\nTurn it once more.", err=True)
            # Discard messages that came in while the user was typing.
            while not messages.empty():
                messages.get()
    except (KeyboardInterrupt, typer.Abort):
        echo("")
    finally:
        input_port.close()


def _next_controller(messages: queue.SimpleQueue[bytes], port: OpenPort) -> tuple[Controller, Coding | None]:
    """Wait for a knob or pad, and return the coding of an endless knob too; PortError if the port is gone."""
    from musicgen_live.interfaces.surface import controller_of

    while (controller := controller_of(message := _next_message(messages, port))) is None:
        pass
    coding = _coding(controller, message, messages) if controller.kind == "cc" else None
    echo(f"Heard {controller}, an endless knob ({coding})." if coding else f"Heard {controller}.")
    return controller, coding


def _coding(controller: Controller, message: bytes, messages: queue.SimpleQueue[bytes]) -> Coding | None:
    """Return the coding of a knob, by this message and those that follow; None if it has two ends."""
    from musicgen_live.interfaces.endless_knobs import coding_of
    from musicgen_live.interfaces.surface import controller_of

    values = [message[2]]
    while len(values) == 1 or (len(values) < TURN_MESSAGES and coding_of(values) is not None):
        try:
            message = messages.get(timeout=TURN_S)
        except queue.Empty:
            break
        if controller_of(message) == controller:
            values.append(message[2])
    return coding_of(values)


def _next_message(messages: queue.SimpleQueue[bytes], port: OpenPort) -> bytes:
    while True:
        try:
            # The timeout is needed on Windows too, which handles Ctrl-C only between two waits.
            return messages.get(timeout=PORT_CHECK_S)
        except queue.Empty:
            if not port.is_there():
                raise PortError(f'The MIDI port "{port}" is gone; plug it in and type the command again.') from None


def _write(path: Path, controller: Controller, binding: Binding) -> None:
    from musicgen_live.config.controller_map_file import binding_in, check, format_binding, text_with_binding
    from musicgen_live.config.files import read_regular, reason_of, replace_text
    from musicgen_live.config.toml_text import MAX_CHARACTERS

    check(controller, binding)
    try:
        text = read_regular(path, most_bytes=MAX_CHARACTERS).decode("utf-8") if path.exists() else ""
        before = binding_in(text, controller, str(path))
        replace_text(path, text_with_binding(text, controller, binding, str(path)))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is no text, so nothing is added to it ({error})") from error
    except OSError as error:
        raise SettingsError(f"{path} cannot be written ({reason_of(error)})") from error
    instead = "" if before in (None, binding) else f", in place of {format_binding(controller, before)}"
    echo(f"{format_binding(controller, binding)} stands in {path} now{instead}.")


def _only_input() -> str:
    from musicgen_live.midi.port import require_system
    from musicgen_live.midi.systems import scan_systems

    systems = scan_systems(("input",))
    require_system(systems)
    ports = [port.name for system in systems for port in system.ports]
    if len(ports) == 1:
        return ports[0]
    if not ports:
        raise PortError("There is no MIDI input port here; plug a controller in, then see: musicgen-live ports")
    raise PortError(f"There are several MIDI input ports: {', '.join(ports)}; choose one with --input")


def _number(text: str | None) -> float | str | None:
    """Return the text as a number if it is one, else unchanged, such as the name of a note."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return text
