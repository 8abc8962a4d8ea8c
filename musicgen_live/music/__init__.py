"""Notes, time signatures, tempo maps, scales, chords and keys: values without input or output."""
