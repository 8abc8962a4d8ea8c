"""Measures what a listener notices of a passage, in the terms of music theory."""
