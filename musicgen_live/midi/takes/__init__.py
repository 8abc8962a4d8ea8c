"""Recorded takes: what a take says of itself, and the list of them."""
