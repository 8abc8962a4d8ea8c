"""The position of the music in time: by the internal clock, by MIDI clock, or by Ableton Link."""
