"""The version of the package. To read it from the installed metadata would take 20 ms of a start."""

__version__ = "0.1.0"
