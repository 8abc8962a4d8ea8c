"""Real-time priority, requested in a child process so that this one keeps its own priority."""

from __future__ import annotations

import subprocess
import sys

import pytest

IMPORTS = """
import os, resource, threading
from musicgen_live.midi.realtime import PRIORITY, ask_for_real_time
before = os.sched_getscheduler(0), os.sched_getparam(0).sched_priority
"""

REPORT = """
granted = ask_for_real_time()
seen = []
thread = threading.Thread(target=lambda: seen.append((os.sched_getscheduler(0), os.sched_getparam(0).sched_priority)))
thread.start()
thread.join()
assert seen == [(os.SCHED_FIFO, PRIORITY) if granted else before], seen
print("granted" if granted else "refused")
"""


def answer_after(prelude: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS + prelude + REPORT], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.skipif(sys.platform != "linux", reason="real-time priority exists on Linux alone")
def test_all_threads_have_the_priority_or_none() -> None:
    assert answer_after("") in ("granted", "refused")
    refused = "resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0)); os.getuid() or os.setuid(65534)"
    assert answer_after(refused) == "refused"
