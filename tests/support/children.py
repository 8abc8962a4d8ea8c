"""Functions for the child processes of the pool's tests; importable by name, as a pool needs it."""

import os
import signal
import time
from pathlib import Path


def nothing() -> None:
    """Do nothing as a warm-up."""


def fail_to_start() -> None:
    """Exit, as a warm-up that fails."""
    os._exit(7)


def act(order: str) -> object:
    """Return the order in capitals, or hang, exit, raise, or be killed as it says."""
    match order.split():
        case ["hang"]:
            while True:
                time.sleep(60)
        case ["exit", code]:
            os._exit(int(code))
        case ["raise"]:
            raise RuntimeError("a bug in the function")
        case ["killed"]:
            os.kill(os.getpid(), signal.SIGKILL)
        case ["pid"]:
            return os.getpid()
        case ["long", count]:
            return ["x"] * int(count)
    return order.upper()


def read_or_kill(path: str) -> object:
    """Return the size of a file in bytes; kill the process that started this one if it holds the word "kill"."""
    content = Path(path).read_bytes()
    if content == b"kill":
        os.kill(os.getppid(), signal.SIGKILL)
    return len(content)


def identity() -> str:
    """Return the version of these functions."""
    return "children 1"
