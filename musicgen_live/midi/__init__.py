"""MIDI messages, ports and files. Decides nothing musical; knows no player and no network."""
