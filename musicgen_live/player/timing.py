"""The player's constants of time: when a note counts as late, how often it reports, when it is taken for dead."""

from __future__ import annotations

from musicgen_live.music.notes import PPQ

PULSES_PER_QUARTER = 24
"""MIDI clock."""
TICKS_PER_PULSE = PPQ // PULSES_PER_QUARTER
TICKS_PER_SIXTEENTH = PPQ // 4
"""Song positions count sixteenth notes."""

LATE_DROP_S = 0.25
"""A note that would begin later than this is left out, its release with it."""

LATE_CHANGE_S = 0.03
"""Replacement notes up to this late are still played; later ones are left out."""

PICKUP_TICKS = PPQ // 4
"""A musician's note this much too early still stands on the first beat of the take."""

MAX_NOTE_TICKS = 16 * PPQ
"""The longest that a note sounds, unless settings say otherwise."""

SWITCH_INTERVAL_S = 0.0005
"""Beside a busy thread every wake-up waits one interval for the interpreter: 5 ms by default, 0.66 ms with this."""

ALIVE_EVERY_S = 0.25
"""Time between two reports that the player is well."""

SILENT_S = 2.0
"""A player that reports nothing for this long is taken for dead."""

LOOK_S = 0.5
"""The longest wait for a report. Each counts as no longer than this towards `SILENT_S`, so that a machine that slept
does not kill its player on waking; also, on Windows Ctrl-C does not interrupt an endless wait."""

START_LIMIT_S = 20.0
"""A player that has not opened its ports by then is given up."""
START_TRIES = 3

REPORTS_OUT_S = 0.1
"""Time for the last reports of a process to be written."""

CLOSE_LIMIT_S = 10.0
"""Longer than closing a port whose MIDI server hangs (3 s) and writing the take to a slow disk."""
