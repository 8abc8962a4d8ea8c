"""Ports that go and come back while a take is played, over JACK."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

import mido
import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.session.play import render
from tests.support.jack import JackServer, Receiver, wait_until
from tests.support.playing import ends_released, playing

pytestmark = pytest.mark.midi

SILENCE = [bytes((0xB0, 120, 0)), bytes((0xB0, 123, 0))]
PLAYED = ("--port", "keys", "--seed", "5", "--tempo", "600", "--out", "take.mid")


def test_a_port_that_vanishes_and_comes_back_twenty_times(jack: JackServer, tmp_path: Path) -> None:
    flags = (*PLAYED, "--steps", "100000")
    with ExitStack() as stack:
        keys = stack.enter_context(Receiver(jack, "keys"))
        process = stack.enter_context(playing(jack, tmp_path, *flags))
        keys.wait_for(6)
        for _ in range(20):
            keys.kill()
            # Gone for longer than it takes to be missed.
            time.sleep(1)
            keys = stack.enter_context(Receiver(jack, "keys"))
            keys.wait_for(8)
            assert keys.messages()[:2] == SILENCE
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
        assert keys.sounding() == set()
    assert (process.returncode, err) == (0, "")
    assert out.count('The MIDI port "keys:in" is gone. The music goes on') == 20
    assert out.count('The MIDI port "keys:in" is back.') == 20
    assert "goes on in its place" not in out
    assert ends_released(tmp_path / "take.mid")


def test_the_take_has_all_the_notes_although_the_port_went(jack: JackServer, tmp_path: Path) -> None:
    flags = (*PLAYED, "--steps", "60")
    with Receiver(jack, "keys") as keys, playing(jack, tmp_path, *flags) as process:
        keys.wait_for(6)
        keys.kill()
        out, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert 'The MIDI port "keys:in" is gone.' in out
    # Not one note is missing or misplaced because nobody was there to hear it.
    render(
        Settings(model=str(tmp_path / "toy-carried.safetensors"), steps=60, tempo=600), 5, tmp_path / "whole.mid", print
    )
    assert notes(tmp_path / "take.mid") == notes(tmp_path / "whole.mid")


def notes(path: Path) -> list[tuple[str, int, int]]:
    return [(m.type, m.note, m.time) for m in mido.MidiFile(path).tracks[1] if m.type in ("note_on", "note_off")]


def test_several_ports_each_with_its_channel_and_transposition(jack: JackServer, tmp_path: Path) -> None:
    flags = ("--port", "left", "--port", "right:in:channel=3,transpose=-12,latency-ms=-5", "--virtual", "third")
    take = ("--seed", "5", "--tempo", "600", "--out", "take.mid", "--steps", "16", "--stats", "stats.json")
    with Receiver(jack, "left") as left, Receiver(jack, "right") as right:
        with playing(jack, tmp_path, *flags, *take) as process:
            out, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")
        wait_until(lambda: len(left.messages()) == len(right.messages()) > 16, "the same number of messages")
    assert "MIDI goes to left:in, channel 1.\nMIDI goes to right:in, channel 3.\n" in out
    assert "MIDI goes to the new port musicgen-live:third, channel 1: choose it in your DAW.\n" in out
    transposed = [bytes((m[0] + 2, m[1] - 12 if m[0] in (0x80, 0x90) else m[1], m[2])) for m in left.messages()]
    assert right.messages() == transposed
    stats = json.loads((tmp_path / "stats.json").read_text())
    strikes = sum(m[0] == 0x90 for m in left.messages())
    assert (stats["seed"], stats["steps"], stats["stopped"]) == (5, 16, False)
    assert (stats["notes"], stats["dropped"], stats["restarts"]) == (strikes, 0, 0)
    assert 0 < stats["late_median_ms"] <= stats["late_p99_ms"] <= stats["late_max_ms"]
    assert f"{stats['late_median_ms']:.2f} ms late at the median" in out


def test_a_server_that_dies_and_is_started_again(tmp_path: Path) -> None:
    server = JackServer(tmp_path / "jackd.log")
    flags = (*PLAYED, "--steps", "100000")
    try:
        server.start()
        with playing(server, tmp_path, *flags) as process:
            with Receiver(server, "keys") as keys:
                keys.wait_for(6)
                server.stop()
            assert process.stdout is not None
            said = ""
            for line in process.stdout:
                said += line
                if 'The MIDI port "keys" is not there.' in line:
                    break
            server.start()
            with Receiver(server, "keys") as keys:
                keys.wait_for(8)
                assert keys.messages()[:2] == SILENCE
                os.killpg(process.pid, signal.SIGINT)
                out, err = process.communicate(timeout=30)
                assert keys.sounding() == set()
        assert (process.returncode, err) == (0, "")
    finally:
        server.stop()
    assert "The JACK server is gone." in said
    assert 'The MIDI port "keys:in" is back.' in out
    assert ends_released(tmp_path / "take.mid")


def test_panic_silences_one_port_or_all(jack: JackServer, tmp_path: Path) -> None:
    def panic(*flags: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "musicgen_live", "panic", *flags]
        environment = os.environ | jack.environment
        run = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return run.returncode, run.stdout + run.stderr

    every = [bytes((0xB0 | channel, mode, 0)) for channel in range(16) for mode in (120, 123)]
    with Receiver(jack, "left") as left, Receiver(jack, "right") as right:
        assert panic("--port", "right") == (0, "Silenced: right:in\n")
        right.wait_for(32)
        assert left.messages() == []
        code, said = panic()
        assert (code, "Silenced: left:in\n" in said, "Silenced: right:in\n" in said) == (0, True, True)
        left.wait_for(32)
        right.wait_for(64)
        code, said = panic("--port", "nosuch")
        assert code == 2
        assert 'No MIDI output port is called "nosuch"' in said
    assert left.messages() == every
    assert right.messages() == every + every
