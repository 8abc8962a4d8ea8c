"""Sound: the instruments that ship, and what plays them."""
