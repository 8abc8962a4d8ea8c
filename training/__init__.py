"""The offline side: a folder of MIDI files to a small model file, with music21 and Keras."""
