"""The player's time constants: limits for late notes, intervals of reports, and limits of its supervision."""

from __future__ import annotations

from musicgen_live.music.notes import PPQ

PULSES_PER_QUARTER = 24
"""The resolution of MIDI clock."""
TICKS_PER_PULSE = PPQ // PULSES_PER_QUARTER
TICKS_PER_SIXTEENTH = PPQ // 4
"""The unit of song positions."""

LATE_DROP_S = 0.25
"""Notes later than this are dropped, with their releases."""

LATE_CHANGE_S = 0.03
"""Replacement notes up to this late are still played; later ones are skipped."""

PICKUP_TICKS = PPQ // 4
"""A musician's note up to this early is recorded on the first beat of the take."""

MAX_NOTE_TICKS = 16 * PPQ
"""The default of the longest note."""

SWITCH_INTERVAL_S = 0.0005
"""Beside a busy thread every wake-up waits one interval for the interpreter: 5 ms by default, 0.66 ms with this."""

ALIVE_EVERY_S = 0.25
"""The interval of `Alive` reports."""

SILENT_S = 2.0
"""A player without a report for this long counts as dead."""

STOP_LIMIT_S = 1.0
"""A player that is asked to stop and reports nothing for this long counts as dead: Ctrl-C has to end a take within two
seconds, and another player must release the notes."""

LOOK_S = 0.5
"""The longest wait for a report. A longer one counts as this much towards `SILENT_S`, so that a machine does not kill
its player after sleep; also, on Windows Ctrl-C does not interrupt an endless wait."""

START_LIMIT_S = 20.0
"""The time within which a player must open its ports."""
START_TRIES = 3
KILLED_TRIES = 10
"""So many players in a row may be killed by another program while they start."""
DEATHS_OF_HISTORY = 2
"""The number of deaths in a row, in which nothing was sent and no reason given, that the history may have caused."""

REPORTS_OUT_S = 0.1
"""The time for writing the last reports of a process."""

CLOSE_LIMIT_S = 10.0
"""The time within which a player must end: closing a port of a hanging MIDI server takes 3 s, a slow disk some more."""
