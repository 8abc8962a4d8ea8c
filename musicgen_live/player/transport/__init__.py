"""Where the music is in time: by the internal clock, by MIDI clock, or by Ableton Link."""
