"""The screen of a take: what the events add up to, how that is drawn in text, and the Textual app that shows it."""
