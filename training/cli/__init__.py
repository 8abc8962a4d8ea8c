"""Command line of training: each command parses its arguments, calls one function and prints the result."""
