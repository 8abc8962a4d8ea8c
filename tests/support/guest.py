"""A Linux guest in software emulation with the ALSA sequencer and a device to unplug, which test machines lack.

`.ci/build-guest` builds it. It can read this machine's files, write into one folder, and has four virtual MIDI cards.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / ".guest"
EMULATOR = "qemu-system-x86_64"
LIMIT_S = 270


def is_built() -> bool:
    """Return True if the guest is built and the emulator is installed."""
    return all((FOLDER / name).is_file() for name in ("kernel", "initial.gz")) and bool(shutil.which(EMULATOR))


def run_in_guest(folder: Path, command: Sequence[str]) -> str:
    """Boot, run a command in `folder`, the only writable one, and shut down; return the command's output.

    AssertionError with the output if the command fails or the guest does not start.
    """
    (folder / "command").write_text(shlex.join(command) + "\n")
    machine = ["-accel", "tcg", "-cpu", "max", "-smp", "2", "-m", "1024", "-nic", "none", "-no-reboot"]
    screen = ["-display", "none", "-serial", f"file:{folder / 'console.txt'}"]
    kernel = ["-kernel", str(FOLDER / "kernel"), "-initrd", str(FOLDER / "initial.gz")]
    shares = ["-virtfs", "local,path=/,mount_tag=root,security_model=none,readonly=on,multidevs=remap"]
    shares += ["-virtfs", f"local,path={folder},mount_tag=out,security_model=none"]
    append = ["-append", "console=ttyS0 quiet panic=-1"]
    run = subprocess.run(
        [EMULATOR, *machine, *screen, *kernel, *append, *shares],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    output, status = folder / "output.txt", folder / "status"
    assert status.is_file(), (folder / "console.txt").read_text()
    assert status.read_text() == "0\n", output.read_text()
    return output.read_text()
