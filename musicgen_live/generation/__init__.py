"""Turns logits into ids and ids into notes, under limits and biases. Knows no clock, thread or port."""
