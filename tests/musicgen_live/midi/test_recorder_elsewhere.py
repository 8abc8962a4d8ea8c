"""A take whose place cannot be written: made again there, or written elsewhere, and said."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from musicgen_live.errors import TakeError
from musicgen_live.midi.recorder import Recorder
from tests.support.jack import wait_until
from tests.support.playing import notes_and_length

ON = bytes.fromhex("90 3c 40")
OFF = bytes.fromhex("80 3c 00")


@pytest.mark.parametrize("live", [True, False])
def test_a_path_that_cannot_be_written_is_a_take_error(tmp_path: Path, live: bool) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "folder.mid").mkdir()
    for wrong, reason in (("file/take.mid", 'file" for the take cannot be made'), ("folder.mid", "Is a directory")):
        with pytest.raises(TakeError, match=rf"{reason}.*--out FILE\.mid"):
            Recorder(tmp_path / wrong, live=live).close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.mid"]


def test_a_vanished_folder_is_made_again_with_the_whole_take(tmp_path: Path) -> None:
    path = tmp_path / "takes" / "take.mid"
    said: list[str] = []
    paths: list[Path | None] = []
    recorder = Recorder(path, live=True, warn=said.append, tell_path=paths.append, write_every_s=0.001)
    recorder.send(0, ON)
    wait_until(lambda: notes_and_length(path) == (1, 0), "the first note")
    path.parent.rename(tmp_path / "away")
    wait_until(lambda: paths == [path], "the take to be there again")
    recorder.send(480, OFF)
    recorder.send(960, ON)
    recorder.close()
    assert notes_and_length(path) == (2, 1920)
    assert said == [f"The take was gone (No such file or directory). It is there again, and whole: {path}"]


class Stick:
    """A folder that a link leads to, so that it comes and goes at once."""

    def __init__(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "stick"
        self._behind, self._nothing, self._next = (tmp_path / name for name in ("behind", "nothing", "next"))
        self._behind.mkdir()
        self._nothing.touch()
        self.plug_in()

    def plug_in(self) -> None:
        self._lead_to(self._behind)

    def pull(self) -> None:
        self._lead_to(self._nothing)

    def _lead_to(self, target: Path) -> None:
        self._next.symlink_to(target)
        self._next.replace(self.folder)


def test_where_the_folder_cannot_come_back_it_goes_elsewhere(tmp_path: Path) -> None:
    stick, refuge = Stick(tmp_path), tmp_path / "home"
    path = stick.folder / "takes" / "take.mid"
    (refuge / "nowhere").mkdir(parents=True)
    (refuge / "take.mid").write_bytes(b"another take")
    said: list[str] = []
    paths: list[Path | None] = []
    refuges = (refuge / "nowhere" / "file", refuge)
    (refuge / "nowhere" / "file").touch()
    recorder = Recorder(
        path, live=True, warn=said.append, tell_path=paths.append, refuges=lambda: refuges, write_every_s=0.001
    )
    recorder.send(0, ON)
    wait_until(lambda: notes_and_length(path) == (1, 0), "the first note")
    stick.pull()
    found = refuge / "take_02.mid"
    wait_until(lambda: paths == [found], "the take to be in the refuge")
    recorder.send(480, OFF)
    recorder.send(960, ON)
    wait_until(lambda: notes_and_length(found) == (2, 960), "the take to go on there")
    recorder.close()
    assert notes_and_length(found) == (2, 1920)
    assert said == [
        f'The take cannot be written to "{path}": Not a directory. It goes on, and whole, in {found}',
    ]
    assert (refuge / "take.mid").read_bytes() == b"another take"
    assert str(recorder) == str(found)


def test_with_no_place_left_it_waits_until_there_is_one(tmp_path: Path) -> None:
    stick = Stick(tmp_path)
    path = stick.folder / "take.mid"
    said: list[str] = []
    paths: list[Path | None] = []
    recorder = Recorder(
        path, live=True, warn=said.append, tell_path=paths.append, refuges=lambda: (), write_every_s=0.001
    )
    recorder.send(0, ON)
    stick.pull()
    wait_until(lambda: paths == [None], "the end of all places")
    recorder.send(480, OFF)
    recorder.send(960, ON)
    stick.plug_in()
    wait_until(lambda: paths == [None, path], "the take to be there again")
    recorder.close()
    assert notes_and_length(path) == (2, 1920)
    assert said == [
        f'The take cannot be written to "{path}": Not a directory; nor to any other folder. The music goes on, and the '
        "take waits in memory until one can be written.",
        f"The take could be written after all, and whole: {path}",
    ]


def test_a_take_that_is_lost_in_the_end_is_said_to_be(tmp_path: Path) -> None:
    stick = Stick(tmp_path)
    path = stick.folder / "take.mid"
    said: list[str] = []
    paths: list[Path | None] = []
    recorder = Recorder(path, live=True, warn=said.append, tell_path=paths.append, refuges=lambda: (), write_every_s=60)
    stick.pull()
    recorder.close()
    assert said == [
        f'The take cannot be written to "{path}": Not a directory; nor to any other folder. '
        "So it is not on disk, or not to its end."
    ]
    assert paths == [None]


def test_a_take_that_another_program_has_written_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    recorder = Recorder(path, live=True, write_every_s=0.001)
    recorder.send(0, ON)
    wait_until(lambda: notes_and_length(path) == (1, 0), "the first note")
    for foreign in (b"", b"another file", bytes(path.stat().st_size), path.read_bytes()[:20_000]):
        path.write_bytes(foreign)
        wait_until(lambda foreign=foreign: path.read_bytes() != foreign, "the take")  # type: ignore[misc]
        assert notes_and_length(path) == (1, 0)
    recorder.close()


FULL_DISK = """
    import resource, sys, time
    from pathlib import Path
    from musicgen_live.midi.recorder import Recorder

    # No file of this process may grow beyond 48 KiB: a write then fails as on a full disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (49152, resource.RLIM_INFINITY))
    warnings = []
    recorder = Recorder(Path(sys.argv[1]), live=True, warn=warnings.append, refuges=lambda: (), write_every_s=0.01)
    tick = 0
    while not warnings:
        recorder.send(tick, bytes((0x90, 60, 64)))
        recorder.send(tick + 1, bytes((0x80, 60, 0)))
        tick += 2
        time.sleep(0.0005)
    recorder.close()
    print(*warnings, sep="\\n")
"""


def test_a_full_disk_ends_the_recording_and_not_the_music(tmp_path: Path) -> None:
    path = tmp_path / "take.mid"
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL_DISK), str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    warnings = done.stdout.splitlines()
    assert len(warnings) == 2
    assert "File too large; nor to any other folder. The music goes on" in warnings[0]
    assert "File too large; nor to any other folder. So it is not on disk, or not to its end." in warnings[1]
    # The last version that fitted is complete, and there is no partly written file beside it.
    assert notes_and_length(path)[0] > 1000
    assert list(tmp_path.iterdir()) == [path]
