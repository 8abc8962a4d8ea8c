"""Renders the instruments that ship: `python -m training.instruments [NAME ...] [--folder FOLDER]`.

Needs soundfile, which the development dependencies have, to write Ogg Vorbis. The sounds are the same on every run; the
Ogg files differ in the serial number of their stream.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from musicgen_live.sound.instrument import instruments_folder

from .catalogue import CATALOGUE
from .files import write_instrument


def main() -> None:
    """Parse the arguments, render, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *CATALOGUE], help="the instruments; all of them by default")
    parser.add_argument("--folder", type=Path, default=instruments_folder(), help="where the files go")
    given = parser.parse_args()
    for name in given.names or CATALOGUE:
        entry = CATALOGUE[name]
        size = write_instrument(entry.description, entry.rendered(), given.folder, entry.compression)
        sys.stdout.write(f"{name}: {size / 1e6:.2f} MB\n")


if __name__ == "__main__":
    main()
