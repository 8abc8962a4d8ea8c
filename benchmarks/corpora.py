"""Finds the corpora that benchmarks read, which are not part of the repository."""

from __future__ import annotations

import os
from pathlib import Path

from benchmarks.figure import LeftOutError

ROOT = Path(__file__).resolve().parent.parent
SPLITS = ROOT / "training" / "splits"
"""The splits of the corpora, of which each file names one."""
VARIABLE = "MUSICGEN_CORPORA"


def corpora() -> Path:
    """Return the folder with all corpora: that of the environment variable, or one beside the repository."""
    return Path(os.environ.get(VARIABLE, ROOT.parent / "shared" / "corpora"))


def corpus(name: str) -> Path:
    """Return a file or folder of the corpora; LeftOutError if it is not there."""
    path = corpora() / name
    if not path.exists():
        raise LeftOutError(f"{name} in {corpora()}, or in the folder that {VARIABLE} names")
    return path
