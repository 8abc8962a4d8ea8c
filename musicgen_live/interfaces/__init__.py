"""The ways to watch a take and change it: events, OSC, MIDI controllers, the terminal screen."""
