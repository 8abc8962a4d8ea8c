"""Models of instruments: renders the samples that `musicgen_live.sound` plays, from physics and published figures."""
