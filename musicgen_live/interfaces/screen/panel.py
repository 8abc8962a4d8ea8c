"""Draws the lines around the roll: transport, ports and take, values, messages. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from musicgen_live.config.changes import format_value
from musicgen_live.config.parameters import PARAMETERS, Parameter, Value
from musicgen_live.interfaces.screen.cells import Line, Run, Shade, clipped, clipped_at_start, line_of
from musicgen_live.interfaces.screen.state import ScreenState

CHOOSABLE: tuple[Parameter, ...] = tuple(parameter for parameter in PARAMETERS.values() if parameter.kind != "action")
"""The parameters that the list shows; actions have their own keys."""
ACTIONS: tuple[str, ...] = tuple(parameter.name for parameter in PARAMETERS.values() if parameter.kind == "action")

KEYS = (
    "↑↓ choose  ←→ change  ⏎ type   space mute  . pause  x panic  f freeze  r reroll  0 restart  e close  k keep  "
    "p preset  m model  s save  ? help  q end",
    "↑↓ choose  ←→ change  ⏎ type   space mute  . pause  f freeze  r reroll  0 restart  e close  k keep  ? help  q end",
    "↑↓ choose ←→ change ⏎ type  space mute f freeze r reroll k keep  ? help  q end",
    "↑↓ choose ←→ change  space mute f freeze  ? help  q end",
    "↑↓ choose ←→ change  ? help  q end",
    "? help  q end",
)
"""Help on keys, from the longest text to the shortest; the keys for help and for the end are always there."""
_EXAMPLES = {"key": "D dorian", "form": "A A' B A", "low": "C2", "high": "C6", "chords": "Dm7 G7 | Cmaj7"}
FRESH_BARS = 2
"""The number of bars for which a change is shown with the bar since which it is in effect."""
GAP = "  "
LONG_GAP = "   "


def transport(state: ScreenState, now_s: float, width: int) -> Line:
    """Return the line of position, tempo, transport and lateness, and of changes that concern the whole music.

    If there is too little space, the reasons why nothing new is heard stay the longest.
    """
    # Each run with its priority; runs of low priority are left out first.
    runs: list[tuple[int, Run]] = [(9, _motion(state, now_s))]
    if position := state.position_at(now_s):
        runs.append((9, (f"{GAP}{position.tempo:.4g} BPM", "plain")))
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
    runs += [(9, run) for run in _action_runs(state)]
    for priority in (1, 2, 3, 4):
        if sum(len(text) for _, (text, _) in runs) > width:
            runs = [each for each in runs if each[0] != priority]
    return line_of(*(run for _, run in runs), width=width)


def _motion(state: ScreenState, now_s: float) -> Run:
    tick, position = state.tick_at(now_s), state.position_at(now_s)
    if state.has_ended:
        return "■ ended", "title"
    if tick is None or position is None:
        # Until ports are open and the first bars are ready, or until an external transport starts.
        return ("… waiting for the start" if state.opened else "… getting ready"), "title"
    if tick < 0:
        return "▶ counting in", "title"
    bar, beat = state.time_signature.bar_and_beat(tick)
    return f"{'▶' if position.runs else '■'} {bar}.{beat}", "title"


def _action_runs(state: ScreenState) -> list[Run]:
    runs: list[Run] = []
    for name in ACTIONS:
        if pending := state.pending.get(name):
            runs.append((f"{LONG_GAP}{name} at bar {pending.bar}", "pending"))
        elif is_fresh(state, name):
            runs.append((f"{LONG_GAP}{name} since bar {state.changed[name].bar}", "changed"))
    return runs


def is_fresh(state: ScreenState, name: str) -> bool:
    """Return True for a change that has been in effect for less than `FRESH_BARS`."""
    change = state.changed.get(name)
    return change is not None and 0 <= state.bar - change.bar < FRESH_BARS


def ports(state: ScreenState, width: int) -> Line:
    """Return the line of output and input ports, and of the recorded file."""
    if not state.opened:
        return ()
    names = f"to {', '.join(state.opened.outputs)}"
    if state.opened.inputs:
        names += f"{GAP}from {', '.join(state.opened.inputs)}"
    take = f"take {state.opened.take}" if state.opened.take else "not recorded"
    if state.opened.seed is not None and str(state.opened.seed) not in take:
        take = f"{take}, seed {state.opened.seed}"
    # The take gets half of the line, or more if the ports leave it.
    take = clipped_at_start(take, max(width // 2, width - len(names) - len(LONG_GAP)))
    names = clipped(names, width - len(take) - len(LONG_GAP))
    return line_of((names + LONG_GAP, "faint"), (take, "faint"), width=width)


def values(state: ScreenState, chosen: int, rows: int, width: int) -> list[Line]:
    """Return at most `rows` lines of values, including that of index `chosen` in `CHOOSABLE`."""
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
        lines.append(_value_line(state, CHOOSABLE[number].name, mark, width, is_chosen=number == chosen))
    return lines


def _value_line(state: ScreenState, name: str, mark: str, width: int, *, is_chosen: bool) -> Line:
    free_width = width - 2 - len(name)
    pending = state.pending.get(name)
    present = _with_unit(name, state.values[name]) if name in state.values else "-"
    if pending:
        new = _with_unit(name, pending.value)
        text = _first_that_fits(
            f"{present} → {new} at bar {pending.bar}",
            f"→ {new} at bar {pending.bar}",
            f"→ {_cut(new, free_width - 2)}",
            width=free_width,
        )
    elif is_fresh(state, name):
        since_bar = f"{present} since bar {state.changed[name].bar}"
        text = _first_that_fits(since_bar, _cut(present, free_width), width=free_width)
    else:
        text = _cut(present, free_width)
    plain: Shade = "chosen" if is_chosen else "plain"
    gap = " " * (width - 1 - len(name) - len(text))
    shade: Shade = "pending" if pending else "changed" if is_fresh(state, name) else plain
    return line_of((mark + name + gap, plain), (text, shade), width=width)


def _with_unit(name: str, value: Value) -> str:
    unit = PARAMETERS[name].unit
    text = format_value(name, value)
    return f"{text} {unit}" if unit in ("BPM", "ms") and value is not None else text


def _first_that_fits(*texts: str, width: int) -> str:
    return next((text for text in texts if len(text) <= width), clipped(texts[-1], width))


def _cut(text: str, width: int) -> str:
    """Return a value of at most `width` characters; of a file's path, the end stays."""
    return (clipped_at_start if "/" in text or "\\" in text else clipped)(text, width)


def about(parameter: Parameter, width: int) -> Line:
    """Return the line of help on the chosen value, with its range."""
    return line_of(
        (f"{parameter.name}: ", "title"), (f"{parameter.help} {range_of(parameter)}".strip(), "faint"), width=width
    )


def range_of(parameter: Parameter) -> str:
    """Return the range of a value, or an example: `(0.01 to 100, or off)`; empty if it has neither."""
    parts = []
    if parameter.kind in ("number", "integer"):
        parts.append(f"{parameter.minimum:g} to {parameter.maximum:g} {parameter.unit}".strip())
    elif parameter.name in _EXAMPLES:
        parts.append(f"such as {_EXAMPLES[parameter.name]}")
    if parameter.optional:
        parts.append(f"or {parameter.off_label}")
    return f"({', '.join(parts)})" if parts else ""


def keys(width: int) -> Line:
    """Return the line of help on keys, the longest that fits."""
    return line_of((_first_that_fits(*KEYS, width=width), "faint"), width=width)


def log(words: Sequence[str], rows: int, width: int) -> list[Line]:
    """Return the lines of the last messages, wrapped; the latest is at the end, and shown from its beginning."""
    lines: list[Line] = []
    for text in reversed(words):
        if len(lines) >= rows:
            break
        wrapped = textwrap.wrap(text, width, max_lines=rows, placeholder=" …")
        shade: Shade = "faint" if lines else "plain"
        lines = [*(((part, shade),) for part in wrapped), *lines]
    return lines[-rows:]
