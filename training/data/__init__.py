"""From a folder of MIDI files to a data set of token ids."""
