"""The names of the sources of tempo and position."""

from __future__ import annotations

SYNCS = ("internal", "clock", "link")
"""The internal clock, MIDI clock, or an Ableton Link session."""
