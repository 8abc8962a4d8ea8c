"""Looks at processes by number."""

from __future__ import annotations

import os
from pathlib import Path


def alive(pid: int) -> bool:
    """Return True while a process runs; a zombie, which has ended and waits for init to reap it, does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z")
