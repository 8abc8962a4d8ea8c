"""What the child processes of the pool's tests do; importable by name, as a pool needs it."""

import os
import signal
import time


def nothing() -> None:
    """No warming up."""


def fail_to_start() -> None:
    """A warm-up that cannot succeed."""
    os._exit(7)


def act(order: str) -> object:
    """Obey: return the words, or hang, exit, or be killed."""
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
