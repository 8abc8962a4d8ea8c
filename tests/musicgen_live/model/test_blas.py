"""The threads of NumPy in a program that uses the library: what it finds in the environment when it is imported."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

THREADS = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

PROGRAM = """
import json, os, sys

class Watch:
    def find_spec(name, path=None, target=None):
        if name == "numpy":
            found.append({name: value for name, value in os.environ.items() if name in THREADS})

THREADS, found = json.loads(sys.argv[1]), []
sys.meta_path.insert(0, Watch)
exec(sys.argv[2])
found.append({name: value for name, value in os.environ.items() if name in THREADS})
print(json.dumps(found))
"""


def threads_at_import_and_after(code: str, **environment: str) -> list[dict[str, str]]:
    """Run code in a program of its own; return the variables when it imports NumPy, and when it is done."""
    clean = {name: value for name, value in os.environ.items() if name not in THREADS}
    command = [sys.executable, "-c", PROGRAM, json.dumps(THREADS), code]
    done = subprocess.run(command, env=clean | environment, check=True, capture_output=True, text=True)
    found: list[dict[str, str]] = json.loads(done.stdout)
    return found


def test_the_library_imports_numpy_with_one_thread_and_leaves_the_environment() -> None:
    assert threads_at_import_and_after("from musicgen_live import load") == [dict.fromkeys(THREADS, "1"), {}]


@pytest.mark.parametrize("name", THREADS)
def test_threads_that_the_user_has_set_stay(name: str) -> None:
    found = threads_at_import_and_after("from musicgen_live import load", **{name: "3"})
    assert found == [{name: "3"}, {name: "3"}]


def test_a_program_that_has_imported_numpy_keeps_its_threads() -> None:
    assert threads_at_import_and_after("import numpy; from musicgen_live import load") == [{}, {}]
