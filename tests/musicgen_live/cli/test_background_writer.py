"""A writer whose reader is slow, gone or stuck: whoever writes never waits."""

from __future__ import annotations

import os
import select
import threading
from collections.abc import Iterator
from io import FileIO

import pytest

from musicgen_live.cli.background_writer import MAX_WAITING_CHARS, BackgroundWriter
from musicgen_live.cli.streams import Output

LINE = "x" * 9_999 + "\n"
ROOM = MAX_WAITING_CHARS // len(LINE)
LINES = 2 * ROOM
MORE_THAN_A_PIPE_TAKES = "first" + " " * 500_000
LIMIT_S = 40.0


class Pipe:
    """A pipe with a writer at its end, and what the writer said."""

    def __init__(self) -> None:
        self.reader, self._descriptor = os.pipe()
        self.is_gone = threading.Event()
        output = Output(FileIO(self._descriptor, "w", closefd=False))
        self.writer = BackgroundWriter(output, self.is_gone.set, lambda count: f"{count} left out\n")

    def close(self) -> None:
        self.writer.close()
        os.close(self.reader)
        for thread in threading.enumerate():
            if thread.name == "output":
                thread.join(LIMIT_S)
        os.close(self._descriptor)

    def fill(self) -> None:
        """Have the writer held up with a text, of which the pipe takes only a part."""
        self.writer.write(MORE_THAN_A_PIPE_TAKES)
        assert select.select([self.reader], [], [], LIMIT_S)[0]

    def read_until(self, end: str) -> str:
        text = ""
        while not text.endswith(end):
            data = os.read(self.reader, 65_536)
            assert data, f"the end came after {text[-100:]!r}"
            text += data.decode()
        return text


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    pipe = Pipe()
    yield pipe
    pipe.close()


def test_all_is_written_in_order(pipe: Pipe) -> None:
    assert [pipe.writer.write(f"{number}\n") for number in range(3)] == [2, 2, 2]
    assert pipe.read_until("2\n") == "0\n1\n2\n"


def test_what_finds_no_room_is_counted_and_said_once(pipe: Pipe) -> None:
    pipe.fill()
    taken = [pipe.writer.write(LINE) for _ in range(LINES)]
    assert taken == [len(LINE)] * ROOM + [0] * (LINES - ROOM)
    text = pipe.read_until(" left out\n")
    assert text.count(LINE) == ROOM
    assert text.endswith(f"{LINES - ROOM} left out\n")
    pipe.writer.write("again\n")
    assert pipe.read_until("again\n") == "again\n"


def test_a_reader_that_goes_is_told(pipe: Pipe) -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, pipe.reader)
    os.close(null)
    pipe.writer.write("a\n")
    assert pipe.is_gone.wait(LIMIT_S)
    assert pipe.writer.write("b\n") == 2


def test_closing_does_not_wait_for_a_stuck_reader(pipe: Pipe, capsys: pytest.CaptureFixture[str]) -> None:
    pipe.fill()
    pipe.writer.close()
    assert capsys.readouterr().err == "Standard output was not read, so the rest of it is lost; the take is not.\n"


def test_closing_writes_the_rest(pipe: Pipe, capsys: pytest.CaptureFixture[str]) -> None:
    pipe.writer.write("the end\n")
    pipe.writer.close()
    assert (pipe.read_until("\n"), capsys.readouterr().err) == ("the end\n", "")
