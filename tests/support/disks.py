"""Small disks in memory that fill up, turn read-only and are pulled out. Linux, as root."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path


def _run(*command: str | Path) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@cache
def can_mount() -> bool:
    """Return True if the system lets this process mount a disk."""
    with tempfile.TemporaryDirectory() as folder:
        return _mount(Path(folder), "64k") and _run("umount", "-l", folder)


def _mount(folder: Path, size: str) -> bool:
    return _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder)


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a disk of `size`, such as `200k`, at a new folder until the end of the block."""
    folder.mkdir()
    assert _mount(folder, size)
    try:
        yield folder
    finally:
        pull(folder)


def pull(folder: Path) -> None:
    """Pull a disk out, though files of it may be open."""
    _run("umount", "-l", folder)


def make_read_only(folder: Path) -> None:
    """Turn a disk read-only, as the system does after an error of the disk."""
    assert _run("mount", "-o", "remount,ro", folder)


def fill(folder: Path) -> Path:
    """Write a file that takes the rest of a disk."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while file.write(bytes(4096)):
                pass
        except OSError:
            return filler
    raise AssertionError("no disk is that large")
