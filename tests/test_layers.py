"""Imports point downwards only, and the live side never reaches what trains."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# What a musician plays and whose turn it is: decided in ticks, without a clock and without a port.
LISTENS = ("turns", "keyboard", "phrase", "quantising", "listening", "companion", "heard_chords")
STEERS = ("musicgen_live.conducting", "musicgen_live.screen", "musicgen_live.osc", "musicgen_live.steering")
ABOVE_LIVE = ("musicgen_live.generation", "musicgen_live.model", *STEERS)

# A folder or module, and what nothing in it may import, at any level.
FORBIDDEN = {
    "musicgen_live": ("training", "tensorflow", "keras", "music21", "matplotlib"),
    "musicgen_live/session.py": ("typer", "rich"),
    "musicgen_live/rendering.py": ("typer", "rich", "musicgen_live.session", "musicgen_live.conducting"),
    "musicgen_live/screen": (
        *("numpy", "mido", "rtmidi", "typer", "time", "threading", "pathlib"),
        *("musicgen_live.conducting", "musicgen_live.generation", "musicgen_live.model", "musicgen_live.outputs"),
    ),
    "musicgen_live/conducting": ("typer", "rich", "textual", "pythonosc", "mido", "rtmidi", "musicgen_live.screen"),
    "musicgen_live/live": ("numpy", "typer", "mido", "rtmidi", *ABOVE_LIVE),
    **{f"musicgen_live/live/{name}.py": ("time", "threading", "random", "musicgen_live.outputs") for name in LISTENS},
    "musicgen_live/outputs": ("numpy", "typer", "musicgen_live.live", *ABOVE_LIVE),
    "musicgen_live/generation": ("mido", "rtmidi", "threading", "time", "pathlib", "musicgen_live.live", *STEERS),
    "musicgen_live/model": ("mido", "rtmidi", "time", "musicgen_live.live", "musicgen_live.generation", *STEERS),
    "musicgen_live/encodings": ("numpy", "time", "threading", "random", "pathlib", "musicgen_live.model"),
    "musicgen_live/notes.py": ("time", "threading", "random", "pathlib", "numpy"),
    "musicgen_live/port_plan.py": ("time", "threading", "random", "pathlib", "numpy"),
    "musicgen_live/scales.py": ("time", "threading", "random", "pathlib", "numpy"),
    "musicgen_live/key_finding.py": ("time", "threading", "random", "pathlib", "numpy"),
    "musicgen_live/chord_symbols.py": ("time", "threading", "random", "pathlib", "numpy"),
    "musicgen_live/knobs.py": ("time", "threading", "random", "pathlib", "numpy", "mido", "rtmidi"),
    "musicgen_live/steering.py": ("time", "threading", "random", "pathlib", "numpy", "mido", "rtmidi"),
    "musicgen_live/control_map.py": ("time", "threading", "random", "pathlib", "numpy", "mido", "rtmidi"),
    "musicgen_live/control_positions.py": ("time", "threading", "random", "pathlib", "numpy", "mido", "rtmidi"),
    "musicgen_live/control_surface.py": ("time", "threading", "random", "pathlib", "numpy", "mido", "rtmidi"),
    "musicgen_live/toml_text.py": ("time", "threading", "random", "pathlib", "numpy"),
    "musicgen_live/osc_messages.py": ("typer", "numpy", "mido", "rtmidi", "socket", "musicgen_live.conducting"),
    "musicgen_live/osc.py": ("typer", "numpy", "mido", "rtmidi", "musicgen_live.conducting", "musicgen_live.screen"),
    "musicgen_live/live/events.py": ("time", "threading", "random", "pathlib", "musicgen_live.outputs"),
    "musicgen_live/settings.py": ("time", "threading", "random", "pathlib", "numpy"),
    "musicgen_live/plan.py": ("time", "threading", "random", "numpy", "typer", "musicgen_live.live"),
    "musicgen_live/model/metadata.py": ("numpy", "safetensors"),
    "training": ("musicgen_live.live", "musicgen_live.session", "musicgen_live.cli"),
}
FORBIDDEN["musicgen_live/player_process.py"] = ("numpy", "typer", "musicgen_live.model", "musicgen_live.generation")


# In these folders, a package may be imported by these modules alone.
ONLY = {
    ("musicgen_live/screen", "textual"): ("app.py", "asking.py", "lines.py"),
    ("musicgen_live/screen", "rich"): ("lines.py",),
    ("musicgen_live", "textual"): ("screen",),
    ("musicgen_live", "pythonosc"): ("osc.py", "osc_messages.py"),
    ("musicgen_live", "rtmidi"): ("outputs",),
    ("musicgen_live", "typer"): ("cli", "console.py"),
    ("musicgen_live", "musicgen_live.screen"): ("screen", "cli"),
    ("musicgen_live", "musicgen_live.conducting"): ("conducting", "session.py", "cli"),
    ("musicgen_live/conducting", "time"): ("take.py",),
}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


@pytest.mark.parametrize("place", FORBIDDEN)
def test_nothing_is_imported_from_above(place: str) -> None:
    root = ROOT / place
    files = [root] if root.is_file() else sorted(root.rglob("*.py"))
    assert files
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imported(path)
        for forbidden in FORBIDDEN[place]
        if name == forbidden or name.startswith(forbidden + ".")
    ]
    assert wrong == []


@pytest.mark.parametrize(("place", "package"), ONLY)
def test_a_package_is_imported_where_it_belongs(place: str, package: str) -> None:
    importing = {
        path.relative_to(ROOT / place).parts[0]
        for path in sorted((ROOT / place).rglob("*.py"))
        if any(name == package or name.startswith(package + ".") for name in imported(path))
    }
    assert importing == set(ONLY[place, package])


def modules_after(code: str) -> set[str]:
    """The modules that a fresh process has loaded after running code."""
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(run.stdout.splitlines()[-1].split())


# pydantic trains nothing, but Typer from 0.29 on would spend 0.14 s on it at every start.
# The screen and OSC are for those who ask for them.
HEAVY = {"tensorflow", "keras", "music21", "matplotlib", "training", "pydantic", "textual", "pythonosc"}

# What a take that nobody steers or plays along with has no use for.
COMPANYS = {
    *("musicgen_live.osc", "musicgen_live.controls", "musicgen_live.screen.app", "musicgen_live.conducting.duet"),
    *(f"musicgen_live.live.{name}" for name in ("turns", "listening", "companion", "phrase", "keyboard")),
    *(f"musicgen_live.cli.{name}" for name in ("learn", "doctor", "shipped", "ports", "panic", "show", "render")),
}

# The player process is started before these are imported.
LATER = {
    *(
        "numpy",
        "safetensors",
        "musicgen_live.performance",
        "musicgen_live.conducting.take",
        "musicgen_live.live.events",
    ),
    *("musicgen_live.live.player", "musicgen_live.outputs.recorder", "musicgen_live.outputs.systems"),
    *("musicgen_live.cli.status", "musicgen_live.screen", "musicgen_live.steering", "mido", "rtmidi"),
}


def test_render_loads_nothing_that_trains(tmp_path: Path) -> None:
    out = tmp_path / "take.mid"
    code = f"from musicgen_live.cli.main import app; app(['render', '--out', {str(out)!r}], standalone_mode=False)"
    assert modules_after(code) & HEAVY == set()
    assert out.exists()


def test_a_plain_play_loads_nothing_that_trains_and_nothing_for_company(tmp_path: Path) -> None:
    # Where there is no MIDI system the take is written at once; where there is one, a bar is soon played.
    out = tmp_path / "take.mid"
    code = (
        "from musicgen_live.cli.main import app; "
        f"app(['play', '--bars', '1', '--tempo', '600', '--out', {str(out)!r}], standalone_mode=False)"
    )
    assert modules_after(code) & (HEAVY | COMPANYS) == set()
    assert out.exists()


def test_the_player_process_is_started_before_all_else_is_imported(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from musicgen_live.cli.main import app\n"
        "from musicgen_live import session\n"
        "def start(config, say): print(*sys.modules); sys.exit()\n"
        "session.PlayerWatch = start\n"
        f"app(['play', '--out', {str(tmp_path / 'take.mid')!r}])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert "musicgen_live.player_link" in loaded
    assert loaded & (HEAVY | COMPANYS | LATER) == set()


def test_a_plan_needs_no_numpy() -> None:
    # A player process is told the metre before the network is loaded.
    code = "from musicgen_live.plan import plan_of; from musicgen_live.settings import Settings; plan_of(Settings(), 0)"
    assert modules_after(code) & (HEAVY | {"numpy", "typer", "safetensors"}) == set()


def test_the_player_process_stays_small() -> None:
    assert modules_after("import musicgen_live.player_process") & (HEAVY | {"numpy", "typer", "safetensors"}) == set()
