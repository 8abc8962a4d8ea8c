"""Evaluates a model on held-out music."""
