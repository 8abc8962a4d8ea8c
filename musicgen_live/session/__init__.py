"""The composing side of a take: composes ahead of the player, applies changes, listens to a musician."""
