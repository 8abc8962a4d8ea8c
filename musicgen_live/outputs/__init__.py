"""Where messages go: MIDI ports, files, lists. Knows no clock and no network."""
