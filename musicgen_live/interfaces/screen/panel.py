"""Draws the lines around the roll: transport, ports and take, values, messages. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from musicgen_live.config.changes import format_value
from musicgen_live.config.parameter import Parameter, Value
from musicgen_live.config.parameters import PARAMETERS
from musicgen_live.interfaces.screen.cells import Line, Run, Shade, clipped, clipped_at_start, line_of
from musicgen_live.interfaces.screen.state import ScreenState

ACTIONS: tuple[str, ...] = tuple(parameter.name for parameter in PARAMETERS.values() if parameter.kind == "action")

KEYS = (
    "↑↓ choose  ←→ change  ⏎ type   space mute  . pause  x panic  f freeze  r reroll  u undo  v a/b  0 restart  "
    "e close  k keep  1-9 scene  c store  p preset  m model  s save  ? help  q end",
    "↑↓ choose  ←→ change  ⏎ type   space mute  f freeze  r reroll  u undo  v a/b  1-9 scene  e close  k keep  s save  "
    "? help  q end",
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
LATE_MS = 5.0
"""A smaller median delay is not worth a word: nobody hears it."""
BEATS = "○●"
"""A beat, and the present beat; an input, and one from which something comes."""
MOST_DOTS = 12
LONGEST_PRESET = 16
"""The most characters of the name of a preset in the second line."""
_AFTER_FREEZE = ("reroll", "undo")
"""The actions that are not heard before the end of a freeze."""
GAP = "  "
LONG_GAP = "   "


def choosable(state: ScreenState) -> tuple[Parameter, ...]:
    """Return the parameters that the list shows: no actions, which have keys, and no values of parts without parts."""
    return tuple(
        row for row in PARAMETERS.values() if row.kind != "action" and (not row.part or row.name in state.values)
    )


def transport(state: ScreenState, now_s: float, width: int) -> Line:
    """Return the line of position, beat and tempo, of key and turn, and of changes of the whole music.

    If there is too little space, the reasons why nothing new is heard stay the longest.
    """
    # Each run with its priority; runs of low priority are left out first.
    runs: list[tuple[int, Run]] = [(9, _motion(state, now_s)), *((6, run) for run in _beats(state, now_s))]
    if position := state.position_at(now_s):
        runs.append((9, (f"{GAP}{position.tempo:.4g} BPM", "plain")))
    tick = state.tick_at(now_s)
    if state.opened and tick is not None and tick >= 0:
        if harmony := state.harmony_at(tick):
            runs.append((4, (f"{GAP}{harmony}", "title")))
        if turn := _turn(state, tick):
            runs.append((8, turn))
    if state.dropped:
        runs.append((2, (f"{GAP}{state.dropped} left out", "trouble")))
    if state.late_ms is not None and state.late_ms >= LATE_MS:
        runs.append((1, (f"{GAP}{state.late_ms:.0f} ms late", "trouble")))
    if state.values.get("mute"):
        runs.append((9, (f"{LONG_GAP}MUTED", "trouble")))
    if bars := state.values.get("freeze"):
        runs.append((9, (f"{LONG_GAP}FROZEN {bars}", "pending")))
    runs += [(9, run) for run in _action_runs(state)]
    for priority in range(1, 9):
        if sum(len(text) for _, (text, _) in runs) > width:
            runs = [each for each in runs if each[0] != priority]
    return line_of(*(run for _, run in runs), width=width)


def _beats(state: ScreenState, now_s: float) -> list[Run]:
    """Return the beats of the bar as dots, of which the present one is full."""
    tick, position = state.tick_at(now_s), state.position_at(now_s)
    signature = state.meters.at(tick or 0).time_signature
    if tick is None or position is None or not position.runs or state.has_ended or signature.beats > MOST_DOTS:
        return []
    _, beat = state.meters.bar_and_beat(tick)
    before, after = BEATS[0] * (beat - 1), BEATS[0] * (signature.beats - beat)
    return [(f" {before}", "faint"), (BEATS[1], "sounding" if beat == 1 else "title"), (after, "faint")]


def _turn(state: ScreenState, tick: int) -> Run | None:
    """Return whose turn it is, the bar of the turn, and of how many."""
    turn = state.turn_at(tick)
    if turn is None:
        return None
    meters = state.meters
    first_bar = meters.bar_of(meters.line_after(turn.tick))
    bar = max(1, meters.bar_of(tick) - first_bar + 1)
    if turn.whose == "you":
        return f"{LONG_GAP}your turn, bar {bar}", "own"
    bars = "" if turn.until_tick is None else f" of {max(1, meters.bar_of(turn.until_tick) - first_bar)}"
    return f"{LONG_GAP}network's turn, bar {bar}{bars}", "sounding"


def _motion(state: ScreenState, now_s: float) -> Run:
    tick, position = state.tick_at(now_s), state.position_at(now_s)
    if state.has_ended:
        return "■ ended", "title"
    if tick is None or position is None:
        # Until ports are open and the first bars are ready, or until an external transport starts.
        return ("… waiting for the start" if state.opened else "… getting ready"), "title"
    if tick < 0:
        return "▶ counting in", "title"
    bar, beat = state.meters.bar_and_beat(tick)
    return f"{'▶' if position.runs else '■'} {bar}.{beat}", "title"


def _action_runs(state: ScreenState) -> list[Run]:
    runs: list[Run] = []
    for name in ACTIONS:
        if name in _AFTER_FREEZE and state.values.get("freeze"):
            if name in state.pending or is_fresh(state, name):
                runs.append((f"{LONG_GAP}{name} after the freeze", "pending"))
        elif pending := state.pending.get(name):
            runs.append((f"{LONG_GAP}{name} at bar {pending.bar}", "pending"))
        elif is_fresh(state, name):
            runs.append((f"{LONG_GAP}{name} since bar {state.changed[name].bar}", "changed"))
    return runs


def is_fresh(state: ScreenState, name: str) -> bool:
    """Return True for a change that has been in effect for less than `FRESH_BARS`."""
    change = state.changed.get(name)
    return change is not None and 0 <= state.bar - change.bar < FRESH_BARS


def ports(state: ScreenState, now_s: float, width: int) -> Line:
    """Return the line of preset, seed, time signature and clock, of the ports, and of the recorded file."""
    if not state.opened:
        return ()
    opened = state.opened
    preset = state.values.get("preset")
    music = f"{_cut(str(preset), LONGEST_PRESET)}{GAP}" if preset else ""
    music += "" if opened.seed is None else f"seed {opened.seed}{GAP}"
    signature = state.meters.at(state.tick_at(now_s) or 0).time_signature
    music += f"{signature}{'' if opened.sync == 'internal' else f'{GAP}{opened.sync}'}{GAP}"
    dot: Run = ("", "faint")
    names = ""
    if opened.inputs:
        hears = state.hears(state.tick_at(now_s) or 0)
        dot = (BEATS[1], "own") if hears else (BEATS[0], "faint")
        names = f" from {', '.join(opened.inputs)}{GAP}"
    names += f"to {', '.join(opened.outputs)}"
    take = f"take {opened.take}" if opened.take else "not recorded"
    left = width - len(music) - len(dot[0]) - len(LONG_GAP)
    # The take gets a third of the line, or more if the ports leave it.
    take = clipped_at_start(take, max(width // 3, left - len(names)))
    names = clipped(names, left - len(take))
    return line_of((music, "plain"), dot, (names + LONG_GAP, "faint"), (take, "faint"), width=width)


def values(state: ScreenState, chosen: int, rows: int, width: int) -> list[Line]:
    """Return at most `rows` lines of values, including that of index `chosen` in `choosable`."""
    listed = choosable(state)
    first = min(max(0, chosen - rows // 2), max(0, len(listed) - rows))
    last = min(first + rows, len(listed))
    lines = []
    for number in range(first, last):
        if number == chosen:
            mark = "▸"
        elif number == first > 0:
            mark = "↑"
        elif number == last - 1 < len(listed) - 1:
            mark = "↓"
        else:
            mark = " "
        lines.append(_value_line(state, listed[number].name, mark, width, is_chosen=number == chosen))
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
