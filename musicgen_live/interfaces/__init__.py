"""Whoever watches a take and steers it: events, OSC, MIDI controllers, the terminal screen."""
