"""Every figure in README and docs comes from a script in here, and anyone can run them."""
