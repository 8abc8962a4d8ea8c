"""The command line of training: parse, call one function, print."""
