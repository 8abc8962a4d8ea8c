"""Says what is wrong with a command line: the word, its value, and what to type instead.

Click finds the mistakes. It says that a value "is not a valid float", and not what to type.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Any

from musicgen_live.config.library import preset_names
from musicgen_live.config.settings import allowed_range, setting_types

# Typer has Click within itself or beside itself, by its version: the kinds of mistakes are told apart by their names.

_KINDS = {
    **dict.fromkeys(("int", "int range", "integer", "integer range"), "a whole number"),
    **dict.fromkeys(("float", "float range"), "a number"),
}
"""The words for the types of numbers; Click and Typer have a name each."""
_NO_COMMAND = re.compile(r"No such command '(.*?)'\.", re.DOTALL)
_TOO_MANY = re.compile(r"Got unexpected extra arguments?(?:\(s\))? \((.*)\)", re.DOTALL)


def is_help(error: Exception) -> bool:
    """Return True if a command that needs one below it was typed alone: its help is shown."""
    return type(error).__name__ == "NoArgsIsHelpError"


def explanation(error: Any, command: Any, words: Sequence[str]) -> str:  # noqa: ANN401 (of Click or of Typer)
    """Return the sentence for a mistake on a command line, the words behind a program's name.

    `command` is that of the whole program; the error knows the one below it, but for some that it meets too early.
    """
    name, command = _command_of(error, command, words)
    kind = type(error).__name__
    if kind == "MissingParameter":
        return f"{_word_of(error.param)} is missing{_told(error.param)}. Type: {form_of(name, command)}"
    if kind == "NoSuchOption":
        return _unknown(error.option_name, [each for param in command.params for each in param.opts], name)
    if kind == "BadOptionUsage":
        return _without_value(error.option_name, command)
    if kind == "BadParameter" and error.param is not None:
        return f"{_word_of(error.param)} is {_value_of(error.message)}; it can be {_allowed(error.param)}"
    return _other(error.format_message(), name, command)


def _other(message: str, name: str, command: Any) -> str:  # noqa: ANN401
    """Return the sentence for a mistake that has no kind of its own."""
    if found := _NO_COMMAND.match(message):
        return _unknown(found[1], list(command.commands), name)
    if found := _TOO_MANY.match(message):
        return _too_much(found[1], name, command)
    return f"{message.rstrip('.')}; see {name} --help"


def _without_value(flag: str, command: Any) -> str:  # noqa: ANN401
    """Return the sentence for a flag that lacks its value, or has one and takes none."""
    param = next((param for param in command.params if flag in param.opts), None)
    if param is None or param.is_flag:
        return f"{flag} takes no value; type it alone"
    return f"{flag} needs a value behind it{_told(param)}. Type: {flag} {_metavar(param)}"


def form_of(name: str, command: Any) -> str:  # noqa: ANN401
    """Return a command with all that it needs: `musicgen-live takes rename TAKE NAME`."""
    needed = [param for param in command.params if param.required]
    arguments = [_metavar(param) for param in needed if param.param_type_name == "argument"]
    options = [f"{param.opts[0]} {_metavar(param)}" for param in needed if param.param_type_name == "option"]
    return " ".join([name, *arguments, *options])


def _command_of(error: Any, command: Any, words: Sequence[str]) -> tuple[str, Any]:  # noqa: ANN401
    """Return the full name of the command that a mistake was made in, and what is known of it."""
    if error.ctx is not None:
        return error.ctx.command_path, error.ctx.command
    name: str = command.name
    for word in words:
        inner = getattr(command, "commands", {})
        if word not in inner:
            break
        name, command = f"{name} {word}", inner[word]
    return name, command


def _word_of(param: Any) -> str:  # noqa: ANN401
    """Return the word for a parameter: its flag, or its argument in capitals."""
    return str(param.opts[0]) if param.param_type_name == "option" else _metavar(param)


def _metavar(param: Any) -> str:  # noqa: ANN401
    """Return the capitals that stand for a value."""
    if param.metavar:
        return str(param.metavar)
    if param.param_type_name == "argument":
        return str(param.name).upper().replace("_", "-")
    if param.type.name in _KINDS:
        return "NUMBER"
    return "FILE" if param.type.name in ("path", "file") else "TEXT"


def _told(param: Any) -> str:  # noqa: ANN401
    """Return the help of a parameter, as a part of a sentence."""
    text = " ".join((param.help or "").split()).rstrip(".")
    return f": {text if text[1:2].isupper() else text[:1].lower() + text[1:]}" if text else ""


def _value_of(message: str) -> str:
    """Return the value that a message such as `'x' is not a valid float.` quotes."""
    return re.split(r" is not (?:a valid|in the range)", message, maxsplit=1)[0]


def _allowed(param: Any) -> str:  # noqa: ANN401
    """Return what a parameter can be, with its limits if it has some."""
    kind = _KINDS.get(param.type.name)
    if kind is None:
        return "on or off" if param.type.name == "boolean" else f"a {param.type.name}"
    limits = (getattr(param.type, "min", None), getattr(param.type, "max", None))
    if limits == (None, None) and setting_types().get(param.name) in (int, float):
        limits = allowed_range(param.name)
    minimum, maximum = ("" if limit is None else f"{limit:.12g}" for limit in limits)
    return kind + (f" from {minimum}" if minimum else "") + (f" to {maximum}" if maximum else "")


def _too_much(words: str, name: str, command: Any) -> str:  # noqa: ANN401
    """Return the sentence for words that a command has no place for."""
    flags = {flag for param in command.params for flag in param.opts}
    if "--preset" in flags and words in preset_names():
        return f"{words!r} has no flag before it. Type: {name} --preset {words}"
    if any(param.param_type_name == "argument" for param in command.params):
        return f"{words!r} is too much. Type: {form_of(name, command)}, and a text of several words in quotes"
    return f"{words!r} has no flag before it; {name} --help lists the flags"


def _unknown(word: str, known: Sequence[str], name: str) -> str:
    """Return the sentence for a flag or a command that there is not."""
    near = difflib.get_close_matches(word, known, n=2, cutoff=0.7)
    what = "flag" if word.startswith("-") else "command"
    hint = f"did you mean {' or '.join(near)}? " if near else ""
    return f"there is no {what} {word}; {hint}{name} --help lists all"
