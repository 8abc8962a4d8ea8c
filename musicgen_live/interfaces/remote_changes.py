"""Parses changes that come by OSC or from the page, and keeps them away from foreign files."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Container
from typing import Any, Literal

from musicgen_live.config.changes import parse_change, quantised
from musicgen_live.config.library import MODEL_SUFFIX, is_path, model_names, preset_names, shipped_preset_names
from musicgen_live.config.parameter import Change, Value
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.config.user_folder import is_in_user_folder, user_folder
from musicgen_live.errors import SettingsError
from musicgen_live.interfaces.events import Changed, Event, Opened

FILES = ("preset", "model")
"""The parameters whose value may be a file."""

MAX_SAVES, SAVES_S = 5, 60.0
"""So many presets can be saved in a minute: a stranger must not fill the disk."""

Way = Literal["by OSC", "from the page"]
"""The way by which changes come, as messages name it."""


class RemoteChanges:
    """Parses the changes of a take that come one way. Used by one thread, but for `handle`."""

    def __init__(self, way: Way, now_s: Callable[[], float]) -> None:
        self._way = way
        self._now_s = now_s
        self._known_files: set[Value] = set()
        """The presets and models that this take has had, which may be anywhere."""
        self._saved_at_s: deque[float] = deque(maxlen=MAX_SAVES)

    def handle(self, event: Event) -> None:
        """Allow the files that an event names; from any thread."""
        if isinstance(event, Opened):
            self._known_files |= {value for name, value in event.values if name in FILES}
        elif isinstance(event, Changed) and event.name in FILES:
            self._known_files |= {event.value}

    def parse(self, name: str, params: list[Any]) -> Change | None:
        """Return the change as `change_of` does; SettingsError too if too many presets were saved within a minute."""
        change = change_of(name, params, self._known_files, self._way)
        if change is not None and change.name == "save":
            self._count_save()
        return change

    def _count_save(self) -> None:
        now_s = self._now_s()
        if len(self._saved_at_s) == MAX_SAVES and now_s - self._saved_at_s[0] < SAVES_S:
            raise SettingsError(f"save is possible {MAX_SAVES} times a minute {self._way}; wait a little")
        self._saved_at_s.append(now_s)


def change_of(name: str, params: list[Any], known_files: Container[Value], way: Way) -> Change | None:
    """Return the change that a message requests; None for the release of a button. SettingsError on a wrong value.

    A preset or a model is a name, a file in the user's folder or one of `known_files`. A last text such as `@now` names
    the line at which the change takes effect.
    """
    if params and isinstance(params[-1], str) and params[-1].startswith("@"):
        change = change_of(name, params[:-1], known_files, way)
        return None if change is None else quantised(change, params[-1].removeprefix("@").strip())
    value: Value = " ".join(params) if len(params) > 1 and all(isinstance(p, str) for p in params) else None
    if value is None and params:
        if len(params) > 1 or not isinstance(params[0], float | int | str | bool | None):
            raise SettingsError(f"{name} is {params!r}; one number or text is needed")
        # OSC floats have 32 bits: 0.9 arrives as 0.89999998.
        value = float(f"{params[0]:.7g}") if isinstance(params[0], float) else params[0]
    if name == "save":
        return Change("save", _name_to_save(value, way))
    if name in FILES and isinstance(value, str) and value not in known_files:
        _check_file(name, value, way)
    if name in PARAMETERS and PARAMETERS[name].kind == "action":
        takes_value = PARAMETERS[name].maximum or PARAMETERS[name].is_name
        return None if params and not value else parse_change(name, value if takes_value else None)
    if not params and name in PARAMETERS:
        raise SettingsError(f"{name} needs a value")
    return parse_change(name, value)


def _name_to_save(value: Value, way: Way) -> str:
    """Return the name of a preset to save; SettingsError for a file elsewhere, and for a preset that ships."""
    if not isinstance(value, str) or not value:
        raise SettingsError("save needs the name of the preset to be")
    if is_path(value, ".toml"):
        raise SettingsError(f"save is {value!r}; {way} it can be a name alone, without a folder and .toml")
    if value.casefold() in map(str.casefold, shipped_preset_names()):
        raise SettingsError(f"save is {value!r}, a preset that ships; choose another name")
    return value


def _check_file(name: str, value: str, way: Way) -> None:
    """Raise SettingsError if a value of `preset` or `model` is a file outside the user's folder, there or not.

    Whoever may change the music may not read this machine's files, nor find out which there are.
    """
    names, suffix = (preset_names, ".toml") if name == "preset" else (model_names, MODEL_SUFFIX)
    if is_path(value, suffix) and not is_in_user_folder(value):
        raise SettingsError(f"{name} is {value!r}; {way} it can be {', '.join(names())}, or a file in {user_folder()}")
