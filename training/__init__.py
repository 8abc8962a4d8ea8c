"""Offline training: turns a folder of MIDI files into a small model file, with music21 and Keras."""
