"""C output stays off the screen; tested in child processes, because it is about the real descriptors."""

from __future__ import annotations

import subprocess
import sys
import textwrap


def run(code: str) -> subprocess.CompletedProcess[str]:
    prelude = """
        import ctypes, logging, os, sys
        from musicgen_live.midi.c_output import captured_c_output, diverted_c_output
        c = ctypes.CDLL(None)
    """
    whole = textwrap.dedent(prelude) + textwrap.dedent(code)
    return subprocess.run([sys.executable, "-c", whole], capture_output=True, text=True, timeout=60, check=False)


def test_both_streams_are_captured_and_restored_buffered_or_not() -> None:
    done = run("""
        c.puts(b"before")
        with captured_c_output():
            c.puts(b"raw stdout")          # buffered by C: would appear when the process ends
            os.write(1, b"raw, unbuffered")
            os.write(2, b"raw stderr")
        c.puts(b"after")
        print("Python's", file=sys.stderr)
    """)
    assert done.returncode == 0
    assert done.stdout == "before\nafter\n"
    assert done.stderr == "Python's\n"


def test_captured_text_is_in_the_debug_log() -> None:
    done = run("""
        logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(message)s")
        with captured_c_output():
            os.write(2, b"jack server is not running\\n\\nor cannot be started\\n")
    """)
    assert done.stderr == (
        "DEBUG a MIDI library printed: jack server is not running\nDEBUG a MIDI library printed: or cannot be started\n"
    )


def test_streams_return_after_an_exception_and_captures_nest() -> None:
    done = run("""
        try:
            with captured_c_output():
                with captured_c_output():
                    os.write(2, b"raw")
                os.write(2, b"raw")
                raise KeyboardInterrupt
        except KeyboardInterrupt:
            os.write(2, b"back")
        assert len(os.listdir("/proc/self/fd")) == 4 if sys.platform == "linux" else True  # 0, 1, 2 and the listing's
    """)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "back"


def test_a_closed_stream_stays_closed() -> None:
    done = run("""
        os.close(2)
        with captured_c_output():
            os.write(1, b"raw")
        try:
            os.write(2, b"x")
        except OSError:
            os.write(1, b"still closed")
    """)
    assert done.stdout == "still closed"


def test_simultaneous_captures_in_threads_restore_the_streams() -> None:
    done = run("""
        import threading
        def capture():
            for _ in range(50):
                with captured_c_output():
                    os.write(2, b"raw")
        threads = [threading.Thread(target=capture) for _ in range(8)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        os.write(2, b"back")
    """)
    assert done.stderr == "back"


def test_while_diverted_python_prints_and_c_does_not() -> None:
    done = run("""
        with diverted_c_output():
            os.write(2, b"raw from a library's own thread")
            c.puts(b"raw")
            print("a line", flush=True)
            sys.stdout.buffer.write(b"bytes\\n")
            sys.stdout.buffer.flush()
            print("an error", file=sys.stderr)
            with captured_c_output():
                os.write(1, b"raw")
                print("Python's line amid a capture")
        print("afterwards")
        os.write(2, b"back")
    """)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["a line", "bytes", "Python's line amid a capture", "afterwards"]
    assert done.stderr == "an error\nback"


def test_diverted_text_is_logged_and_a_flood_blocks_nobody() -> None:
    done = run("""
        with diverted_c_output():
            logging.basicConfig(level=logging.DEBUG, format="%(message)s")
            os.write(2, b"Cannot read socket\\n")
            libc = ctypes.PyDLL(None)          # keeps the interpreter locked, as python-rtmidi does
            for _ in range(3000):
                libc.write(2, b"x" * 99 + b"\\n", 100)
    """)
    assert done.returncode == 0
    assert done.stderr.startswith("a MIDI library printed: Cannot read socket\n")


def test_a_traceback_is_still_seen_while_diverted() -> None:
    done = run("""
        with diverted_c_output():
            raise RuntimeError("a bug")
    """)
    assert done.returncode == 1
    assert done.stderr.rstrip().endswith("RuntimeError: a bug")
