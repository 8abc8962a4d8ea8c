"""Looks at processes by number, and ends the parents of some."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from tests.support.jack import wait_until
from tests.support.rooms import ROOT


def alive(pid: int) -> bool:
    """Return True while a process runs; a zombie, which has ended and waits for init to reap it, does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z")


def ends_with_its_children(program: str, number: signal.Signals) -> int:
    """Run a program that prints the numbers of its children, and send a signal; return the exit status.

    AssertionError if a child stays, or if one prints a traceback; the program itself does so at SIGINT.
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    with parent:
        assert parent.stdout is not None
        children = [int(pid) for pid in parent.stdout.readline().split()]
        # Ctrl-C reaches the whole process group, the other signals only the parent.
        (os.killpg if number == signal.SIGINT else os.kill)(parent.pid, number)
        _, errors = parent.communicate(timeout=60)
    assert children
    wait_until(lambda: not any(map(alive, children)), "the children to end")
    assert errors.count(b"Traceback") == (number == signal.SIGINT)
    return parent.returncode
