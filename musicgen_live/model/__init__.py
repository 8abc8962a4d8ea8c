"""The network: its shape, its weights on disk, and the ways to run it. Knows nothing of what ids mean."""
