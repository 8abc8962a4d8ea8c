"""Two processes never train one run; the lock ends with its process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from musicgen_live.errors import TrainingError
from training.run_lock import locked

REPOSITORY = Path(__file__).parents[2]
HOLDER = """
import sys
from pathlib import Path
from training.run_lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_process_is_refused_until_the_first_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "run")]
    holder = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(TrainingError, match=r"another process trains .*run already"), locked(tmp_path / "run"):
            pass
        holder.kill()
        holder.wait()
    with locked(tmp_path / "run"):
        pass


def test_the_lock_ends_with_its_block(tmp_path: Path) -> None:
    for _ in range(2):
        with locked(tmp_path):
            pass


def test_a_file_in_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("")
    with pytest.raises(TrainingError, match=r"the run folder .*run cannot be written"), locked(tmp_path / "run"):
        pass
