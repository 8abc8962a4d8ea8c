"""The messages from the page to the session, as JSON, checked.

`{"token": TEXT}` first, then `{"ping": NUMBER}`, `{"change": NAME, "value": VALUE}`, for an action without the value,
`{"file": NAME}` for kept bars, `{"midi": HEX, "at_s": SECONDS}` for a channel message that is played, `{"ports": true}`
for a list of the output ports, `{"port": NAME, "output": NUMBER}` to play to one of them, with null to a virtual one,
`{"cards": true}` for presets, models and scenes, and `{"quit": true}`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from musicgen_live.errors import SettingsError
from musicgen_live.midi.messages import SYSTEM, is_well_formed

MOST_MESSAGE_BYTES = 4096
MOST_NUMBER = 1e9
MOST_OUTPUTS = 16


@dataclass(frozen=True)
class Ping:
    """The page asks for the time, by a number that comes back with it."""

    number: float


@dataclass(frozen=True)
class ChangeRequest:
    """The page requests a change; `params` has its value, and is empty without one."""

    name: str
    params: list[Any]


@dataclass(frozen=True)
class FileRequest:
    """The page requests a file of kept bars by its name."""

    name: str


@dataclass(frozen=True)
class PlayedMessage:
    """A channel message that somebody has played on the page at `at_s`, on the clock of the events."""

    message: bytes
    at_s: float


@dataclass(frozen=True)
class PortsRequest:
    """The page requests the names of the output ports of this machine."""


@dataclass(frozen=True)
class CardsRequest:
    """The page requests the presets and models that there are."""


@dataclass(frozen=True)
class PortRequest:
    """The page requests that an output, by its number, plays to another port; None for a virtual one."""

    output: int
    name: str | None


@dataclass(frozen=True)
class QuitRequest:
    """The page requests the end of the take."""


Request = Ping | ChangeRequest | FileRequest | PlayedMessage | PortsRequest | CardsRequest | PortRequest | QuitRequest


def json_object(text: str | bytes) -> dict[str, Any]:
    """Return the object that a message of the page is; SettingsError if it is none."""
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SettingsError("a message of the page is no JSON") from error
    if not isinstance(values, dict):
        raise SettingsError("a message of the page is no object")
    return values


def parse_message(text: str) -> Request:
    """Parse a message of the page; SettingsError if it is none."""
    message = json_object(text)
    for parse in _PARSERS:
        if (request := parse(message)) is not None:
            return request
    raise SettingsError("a message of the page asks for nothing that there is; reload the page")


def _ping(message: dict[str, Any]) -> Ping | None:
    number = _number(message.get("ping"))
    return None if number is None else Ping(number)


def _change(message: dict[str, Any]) -> ChangeRequest | None:
    name = message.get("change")
    if not isinstance(name, str):
        return None
    params = [message["value"]] if "value" in message else []
    if any(isinstance(value, int) and abs(value) > MOST_NUMBER for value in params):
        raise SettingsError(f"{name:.60} is a number that is far too large")
    return ChangeRequest(name, params)


def _file(message: dict[str, Any]) -> FileRequest | None:
    name = message.get("file")
    return FileRequest(name) if isinstance(name, str) else None


def _played(message: dict[str, Any]) -> PlayedMessage | None:
    hexadecimal, at_s = message.get("midi"), _number(message.get("at_s"))
    if not isinstance(hexadecimal, str):
        return None
    try:
        played = bytes.fromhex(hexadecimal)
    except ValueError:
        played = b""
    if at_s is None or not is_well_formed(played) or played[0] >= SYSTEM:
        raise SettingsError(f"midi is {hexadecimal[:60]!r}; it can be a channel message as hexadecimal, with its at_s")
    return PlayedMessage(played, at_s)


def _ports(message: dict[str, Any]) -> PortsRequest | None:
    return PortsRequest() if message.get("ports") is True else None


def _cards(message: dict[str, Any]) -> CardsRequest | None:
    return CardsRequest() if message.get("cards") is True else None


def _port(message: dict[str, Any]) -> PortRequest | None:
    output = message.get("output")
    if "port" not in message or type(output) is not int or not 0 <= output < MOST_OUTPUTS:
        return None
    name = message["port"]
    if name is not None and (not isinstance(name, str) or not name):
        raise SettingsError(f"port is {str(name)[:60]!r}; it can be the name of a port")
    return PortRequest(output, name)


def _quit(message: dict[str, Any]) -> QuitRequest | None:
    return QuitRequest() if message.get("quit") is True else None


def _number(value: object) -> float | None:
    """Return a number within bounds; None for anything else."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) <= MOST_NUMBER else None  # type: ignore[arg-type]


_PARSERS: tuple[Callable[[dict[str, Any]], Request | None], ...] = (
    _ping, _change, _file, _played, _ports, _cards, _port, _quit,
)  # fmt: skip


def token_of(text: str) -> str:
    """Return the token of the first message of a page; an empty text if there is none."""
    try:
        token = json_object(text).get("token")
    except SettingsError:
        return ""
    return token if isinstance(token, str) else ""
