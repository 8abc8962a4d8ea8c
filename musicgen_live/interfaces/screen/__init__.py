"""The screen of a take: a state made from events, its drawing as text, and the Textual app that shows it."""
