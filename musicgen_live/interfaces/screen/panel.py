"""Writes what surrounds the roll, as lines of a given width: transport, ports and take, values, what was said. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from musicgen_live.config.changes import format_value
from musicgen_live.config.parameters import PARAMETERS, Parameter, Value
from musicgen_live.interfaces.screen.cells import Line, Run, Shade, clipped, clipped_at_start, line_of
from musicgen_live.interfaces.screen.state import ScreenState

CHOOSABLE: tuple[Parameter, ...] = tuple(parameter for parameter in PARAMETERS.values() if parameter.kind != "action")
"""The values that a list shows; actions have keys of their own."""
ACTIONS: tuple[str, ...] = tuple(parameter.name for parameter in PARAMETERS.values() if parameter.kind == "action")

KEYS = (
    "↑↓ choose  ←→ change  ⏎ type   space mute  f freeze  r reroll  0 restart  k keep   "
    "p preset  m model  s save   ? help  q end",
    "↑↓ choose ←→ change ⏎ type  space mute f freeze r reroll k keep  ? help  q end",
    "↑↓ choose ←→ change  space mute f freeze  ? help  q end",
    "↑↓ choose ←→ change  ? help  q end",
    "? help  q end",
)
"""What the keys do, from the most words to the fewest: the way to help and that to the end are always there."""
_EXAMPLES = {"key": "D dorian", "low": "C2", "high": "C6", "chords": "Dm7 G7 | Cmaj7"}
FRESH_BARS = 2
"""For how many bars it is said of a change since when it is heard."""
GAP = "  "
LONG_GAP = "   "


def transport(state: ScreenState, now_s: float, width: int) -> Line:
    """Whether and where it plays, whose time it is, how late it is, and what was asked of all of it.

    Where there is no room for all, what says why nothing new is heard stays the longest.
    """
    # Each with its turn to be left out.
    runs: list[tuple[int, Run]] = [(9, _motion(state, now_s))]
    if place := state.place_at(now_s):
        runs.append((9, (f"{GAP}{place.tempo:.4g} BPM", "plain")))
    if state.opened:
        runs.append((3, (f"{GAP}{state.opened.time_signature}{GAP}{state.opened.sync}", "plain")))
    if state.notes:
        runs.append((2, (f"{LONG_GAP}{state.notes} {'note' if state.notes == 1 else 'notes'}", "plain")))
    if state.late_ms is not None:
        runs.append((1, (f"{GAP}{state.late_ms:.2f} ms late", "plain")))
    if state.dropped:
        runs.append((4, (f"{GAP}{state.dropped} left out", "trouble")))
    if state.values.get("mute"):
        runs.append((9, (f"{LONG_GAP}MUTED", "trouble")))
    if bars := state.values.get("freeze"):
        runs.append((9, (f"{LONG_GAP}FROZEN {bars}", "pending")))
    runs += [(9, run) for run in _actions(state)]
    for turn in (1, 2, 3, 4):
        if sum(len(text) for _, (text, _) in runs) > width:
            runs = [(its_turn, run) for its_turn, run in runs if its_turn != turn]
    return line_of(*(run for _, run in runs), width=width)


def _motion(state: ScreenState, now_s: float) -> Run:
    tick, place = state.tick_at(now_s), state.place_at(now_s)
    if state.has_ended:
        return "■ ended", "title"
    if tick is None or place is None:
        # Until ports are open and the first bars are there; in someone else's time, until it begins.
        return ("… waiting for the start" if state.opened else "… getting ready"), "title"
    if tick < 0:
        return "▶ counting in", "title"
    bar, beat = state.time_signature.bar_and_beat(tick)
    return f"{'▶' if place.runs else '■'} {bar}.{beat}", "title"


def _actions(state: ScreenState) -> list[Run]:
    runs: list[Run] = []
    for name in ACTIONS:
        if pending := state.pending.get(name):
            runs.append((f"{LONG_GAP}{name} at bar {pending.bar}", "pending"))
        elif is_fresh(state, name):
            runs.append((f"{LONG_GAP}{name} since bar {state.changed[name].bar}", "changed"))
    return runs


def is_fresh(state: ScreenState, name: str) -> bool:
    """Whether a change is heard since no more than `FRESH_BARS`."""
    change = state.changed.get(name)
    return change is not None and 0 <= state.bar - change.bar < FRESH_BARS


def ports(state: ScreenState, width: int) -> Line:
    """Where MIDI goes and comes from, and the file that is written."""
    if not state.opened:
        return ()
    said = f"to {', '.join(state.opened.outputs)}"
    if state.opened.inputs:
        said += f"{GAP}from {', '.join(state.opened.inputs)}"
    take = f"take {state.opened.take}" if state.opened.take else "not recorded"
    # The take needs half of the line at most; ports have what is left.
    take = clipped_at_start(take, max(width // 2, width - len(said) - len(LONG_GAP)))
    return line_of((clipped(said, width - len(take) - len(LONG_GAP)) + LONG_GAP, "faint"), (take, "faint"), width=width)


def values(state: ScreenState, chosen: int, rows: int, width: int) -> list[Line]:
    """At most `rows` of the values, so that the chosen one, by its place in `CHOOSABLE`, is among them."""
    first = min(max(0, chosen - rows // 2), max(0, len(CHOOSABLE) - rows))
    last = min(first + rows, len(CHOOSABLE))
    lines = []
    for number in range(first, last):
        if number == chosen:
            mark = "▸"
        elif number == first > 0:
            mark = "↑"
        elif number == last - 1 < len(CHOOSABLE) - 1:
            mark = "↓"
        else:
            mark = " "
        lines.append(_value(state, CHOOSABLE[number].name, mark, width, is_chosen=number == chosen))
    return lines


def _value(state: ScreenState, name: str, mark: str, width: int, *, is_chosen: bool) -> Line:
    room = width - 2 - len(name)
    pending = state.pending.get(name)
    now = _shown(name, state.values[name]) if name in state.values else "-"
    if pending:
        new = _shown(name, pending.value)
        said = _first_that_fits(
            f"{now} → {new} at bar {pending.bar}",
            f"→ {new} at bar {pending.bar}",
            f"→ {_cut(new, room - 2)}",
            width=room,
        )
    elif is_fresh(state, name):
        said = _first_that_fits(f"{now} since bar {state.changed[name].bar}", _cut(now, room), width=room)
    else:
        said = _cut(now, room)
    plain: Shade = "chosen" if is_chosen else "plain"
    gap = " " * (width - 1 - len(name) - len(said))
    shade: Shade = "pending" if pending else "changed" if is_fresh(state, name) else plain
    return line_of((mark + name + gap, plain), (said, shade), width=width)


def _shown(name: str, value: Value) -> str:
    unit = PARAMETERS[name].unit
    text = format_value(name, value)
    return f"{text} {unit}" if unit in ("BPM", "ms") and value is not None else text


def _first_that_fits(*texts: str, width: int) -> str:
    return next((text for text in texts if len(text) <= width), clipped(texts[-1], width))


def _cut(text: str, width: int) -> str:
    """A value that has room for so many characters: of a file's path, the end says the most."""
    return (clipped_at_start if "/" in text or "\\" in text else clipped)(text, width)


def about(parameter: Parameter, width: int) -> Line:
    """What the chosen value does, and what it can be."""
    return line_of(
        (f"{parameter.name}: ", "title"), (f"{parameter.help} {range_of(parameter)}".strip(), "faint"), width=width
    )


def range_of(parameter: Parameter) -> str:
    """What a value can be, where that is soon said: `0.01 to 100, or off`."""
    can_be = []
    if parameter.kind in ("number", "integer"):
        can_be.append(f"{parameter.minimum:g} to {parameter.maximum:g} {parameter.unit}".strip())
    elif parameter.name in _EXAMPLES:
        can_be.append(f"such as {_EXAMPLES[parameter.name]}")
    if parameter.optional:
        can_be.append(f"or {parameter.off_label}")
    return f"({', '.join(can_be)})" if can_be else ""


def keys(width: int) -> Line:
    """What the keys do, as many of them as there is room for."""
    return line_of((_first_that_fits(*KEYS, width=width), "faint"), width=width)


def log(words: Sequence[str], rows: int, width: int) -> list[Line]:
    """The last things said, folded where they are long; the latest is at the end, and seen from its beginning."""
    lines: list[Line] = []
    for text in reversed(words):
        if len(lines) >= rows:
            break
        folded = textwrap.wrap(text, width, max_lines=rows, placeholder=" …")
        shade: Shade = "faint" if lines else "plain"
        lines = [*(((part, shade),) for part in folded), *lines]
    return lines[-rows:]
