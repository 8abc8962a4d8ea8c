"""The network: its architecture, its weights on disk, and two ways to run it. Ids have no meaning here."""
