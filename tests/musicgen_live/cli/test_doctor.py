"""The command `doctor`, as a user sees it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from musicgen_live.cli.console import visible
from musicgen_live.cli.diagnosis import Diagnosis
from musicgen_live.cli.doctor import as_json_text, as_text
from musicgen_live.cli.finding import Finding
from tests.support.jack import JackServer, Receiver

WELL = Finding("Python", True, "3.11.7")
UNWELL = Finding("JACK", False, "not there", "jackd -d alsa")

RUN = """
from typer import Typer
from musicgen_live.cli.doctor import doctor_command
app = Typer()
app.command()(doctor_command)
app()
"""


def run_doctor(*flags: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", RUN, *flags], env=os.environ, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("findings", "can_play", "text"),
    [
        ((WELL,), True, "ok  Python: 3.11.7\nAll is well."),
        (
            (WELL, UNWELL),
            True,
            "ok  Python: 3.11.7\n"
            "NO  JACK: not there -> jackd -d alsa\n"
            "Notes can be played; 1 thing marked NO could be better.",
        ),
        (
            (UNWELL,),
            False,
            "NO  JACK: not there -> jackd -d alsa\nNo notes can be played here yet: mend what is marked NO.",
        ),
    ],
)
def test_each_finding_is_a_line_that_ends_with_its_advice(
    findings: tuple[Finding, ...], can_play: bool, text: str
) -> None:
    assert as_text(Diagnosis(findings, can_play)) == text


@pytest.mark.usefixtures("no_jack")
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252", "ascii"])
def test_whatever_a_port_is_called_the_json_is_valid(encoding: str) -> None:
    name = "Fl\u00fcgel \u5f3e \x7f\x9b31m \u202e\udcff"
    text = as_json_text(Diagnosis((Finding("JACK", is_well=True, found=name),), can_play=True))
    printed = visible(text).encode(encoding, "backslashreplace").decode(encoding)
    assert json.loads(printed)["findings"][0]["found"] == name


def test_if_nothing_can_play_it_exits_with_1_and_a_clean_output() -> None:
    done = run_doctor("--json")
    output = json.loads(done.stdout)
    assert done.stderr == ""
    assert done.returncode == (0 if output["can_play"] else 1)
    assert set(output) == {"can_play", "findings"}
    if sys.platform == "linux":
        assert [finding["name"] for finding in output["findings"]] == [
            "Python",
            "ALSA",
            "JACK",
            "Ports",
            "A port of our own",
            "PipeWire",
            "Sleep",
            "Real-time priority",
            "Sound",
            "SoundFonts",
            "Ableton Link",
            "Presets",
            "Models",
        ]
    for finding in output["findings"]:
        assert set(finding) == {"name", "well", "found", "advice"}
        assert finding["well"] or finding["advice"]


@pytest.mark.midi
def test_with_a_jack_server_notes_can_be_played(jack: JackServer) -> None:
    with Receiver(jack, "Minilogue"):
        done = run_doctor()
    assert (done.returncode, done.stderr) == (0, "")
    assert "ok  JACK: there\n" in done.stdout
    assert '"Minilogue:in"' in done.stdout
    assert "JACK): tried just now\n" in done.stdout
    assert "ok  Models: " in done.stdout
