"""Turns a folder of MIDI files into a data set of token ids."""
