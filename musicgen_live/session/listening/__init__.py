"""Listens to a musician: held keys, phrases, and the decisions that follow. Works in ticks, without clock and port."""
