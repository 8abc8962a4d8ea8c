"""Rooms import in one direction only, the live side never reaches what trains, and a start loads little."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.rooms import ROOT, ROW, circles, graph, imported_names, modules, room_of, upward

PURE = ("time", "threading", "random", "pathlib", "numpy")
"""Packages that no module of values imports."""

FORBIDDEN = {
    "musicgen_live": ("training", "tensorflow", "keras", "music21", "matplotlib"),
    "musicgen_live/music": PURE,
    "musicgen_live/encodings": PURE,
    "musicgen_live/config": ("numpy", "mido", "rtmidi", "time", "threading", "random"),
    **{f"musicgen_live/config/{name}.py": PURE for name in ("settings", "parameters", "changes", "controller_map")},
    "musicgen_live/config/port_options.py": PURE,
    "musicgen_live/midi": ("numpy", "typer"),
    "musicgen_live/model": ("mido", "rtmidi", "time"),
    "musicgen_live/model/metadata.py": ("numpy", "safetensors"),
    "musicgen_live/interfaces": ("numpy", "mido", "rtmidi", "typer"),
    "musicgen_live/interfaces/screen": ("time", "threading", "pathlib", "musicgen_live.midi"),
    "musicgen_live/interfaces/osc_messages.py": ("socket",),
    **{f"musicgen_live/interfaces/web/{name}.py": ("starlette", "uvicorn", "socket") for name in ("hub", "messages")},
    "musicgen_live/interfaces/osc_server.py": ("musicgen_live.interfaces.screen",),
    **{f"musicgen_live/interfaces/{name}.py": PURE for name in ("events", "scaling", "surface")},
    **{
        f"musicgen_live/sound/{name}.py": ("numpy",)
        for name in ("instrument", "protocol", "opening", "process", "soundfont_file")
    },
    # What runs in the callback of a sound device waits for nothing and nobody.
    **{
        f"musicgen_live/sound/{name}.py": ("threading", "queue", "time", "logging", "asyncio", "subprocess")
        for name in ("stream", "sampler", "voice", "sample_tables", "limiter", "click", "synthesizer", "soundfont")
    },
    "musicgen_live/generation": ("mido", "rtmidi", "threading", "time"),
    "musicgen_live/generation/plan.py": ("numpy", "random"),
    "musicgen_live/player": ("numpy", "typer", "mido", "safetensors"),
    "musicgen_live/session": ("typer", "rich", "textual", "mido", "rtmidi"),
    "musicgen_live/session/render.py": tuple(
        f"musicgen_live.session.{name}" for name in ("play", "conductor", "live_session")
    ),
    "musicgen_live/session/listening": ("time", "threading", "random", "musicgen_live.midi.port"),
    "training": ("musicgen_live.player", "musicgen_live.session", "musicgen_live.interfaces"),
}
"""A folder or module, and what nothing in it may import, at any level."""

ONLY = {
    ("musicgen_live/interfaces/screen", "textual"): ("app.py", "dialogs.py", "lines.py"),
    ("musicgen_live/interfaces/screen", "rich"): ("lines.py",),
    ("musicgen_live/interfaces", "textual"): ("screen",),
    ("musicgen_live/interfaces", "pythonosc"): ("osc_messages.py", "osc_server.py"),
    ("musicgen_live", "textual"): ("interfaces",),
    ("musicgen_live/interfaces", "starlette"): ("web",),
    ("musicgen_live/interfaces/web", "uvicorn"): ("server.py",),
    ("musicgen_live", "starlette"): ("interfaces",),
    ("musicgen_live", "uvicorn"): ("interfaces",),
    ("musicgen_live", "pythonosc"): ("interfaces",),
    ("musicgen_live", "rtmidi"): ("midi",),
    ("musicgen_live", "typer"): ("cli",),
    ("musicgen_live", "aalink"): ("player",),
    ("musicgen_live/session", "time"): ("keeping.py", "live_session.py"),
}
"""In these folders, a package may be imported by these files or folders alone."""


def is_in(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def files_in(place: str) -> list[Path]:
    root = ROOT / place
    return [root] if root.is_file() else sorted(root.rglob("*.py"))


def test_every_module_is_in_a_room() -> None:
    strangers = [module for module in modules() if room_of(module) not in (None, *ROW)]
    assert strangers == []


def test_no_room_imports_a_later_one() -> None:
    assert upward(graph()) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circles(graph()) == []


def test_the_package_has_few_entries() -> None:
    others = ("__pycache__", "py.typed")
    entries = [path.name for path in (ROOT / "musicgen_live").iterdir() if path.name not in others]
    assert len(entries) <= 14


@pytest.mark.parametrize("place", FORBIDDEN)
def test_a_package_stays_out_of(place: str) -> None:
    files = files_in(place)
    assert files
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files
        for name in imported_names(path)
        for forbidden in FORBIDDEN[place]
        if is_in(name, forbidden)
    ]
    assert wrong == []


@pytest.mark.parametrize(("place", "package"), ONLY)
def test_a_package_is_imported_by_these_alone(place: str, package: str) -> None:
    importing = {
        path.relative_to(ROOT / place).parts[0]
        for path in files_in(place)
        if any(is_in(name, package) for name in imported_names(path))
    }
    assert importing == set(ONLY[place, package])


def test_training_takes_the_console_alone_from_the_command_line() -> None:
    names = {name for path in files_in("training") for name in imported_names(path) if is_in(name, "musicgen_live.cli")}
    assert {name for name in names if not is_in(name, "musicgen_live.cli.console")} <= {"musicgen_live.cli"}


def test_training_imports_itself_relatively() -> None:
    # A wheel has it under another name, so an absolute import works in a clone alone.
    names = {name for path in files_in("training") for name in imported_names(path)}
    assert {name for name in names if is_in(name, "training") or is_in(name, "musicgen_train")} == set()


def modules_after(code: str) -> set[str]:
    """The modules that a fresh process has loaded after running code."""
    run = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    return set(run.stdout.splitlines()[-1].split())


# pydantic trains nothing, but Typer from 0.29 on would spend 0.14 s on it at every start.
# The screen and OSC are for those who ask for them.
HEAVY = {
    *("tensorflow", "keras", "music21", "matplotlib", "training", "pydantic", "textual", "pythonosc"),
    *("miniaudio", "fluidsynth"),
    *("starlette", "uvicorn", "websockets", "asyncio"),
}

# A take that nobody steers or plays along with has no use for these.
INTERACTIVE = {
    "musicgen_live.config.controller_map_file",
    "musicgen_live.interfaces.osc_server",
    "musicgen_live.interfaces.screen.app",
    *(f"musicgen_live.interfaces.web.{name}" for name in ("address", "server", "hub", "messages", "app", "guard")),
    "musicgen_live.session.interaction",
    "musicgen_live.session.listening.call_and_response",
    "musicgen_live.session.listening.decisions",
    "musicgen_live.session.listening.keyboard",
    "musicgen_live.session.listening.phrase",
    "musicgen_live.session.listening.play_along",
    *(f"musicgen_live.cli.{name}" for name in ("learn", "doctor", "presets", "ports", "panic", "show", "render")),
    # Sound has a process of its own, also where it was asked for.
    *(f"musicgen_live.sound.{name}" for name in ("sampler", "stream", "device", "process", "wav", "soundfont")),
    "musicgen_live.player.sound_output",
}

# The player process is started before these are imported.
LATER = {
    "musicgen_live.cli.status",
    "musicgen_live.config.changes",
    "musicgen_live.config.parameters",
    "musicgen_live.generation.performance",
    "musicgen_live.interfaces.events",
    "musicgen_live.interfaces.screen",
    "musicgen_live.midi.recorder",
    "musicgen_live.midi.systems",
    "musicgen_live.player.engine",
    "musicgen_live.session.live_session",
    *("mido", "numpy", "rtmidi", "safetensors"),
}


def test_the_lists_name_modules_that_exist() -> None:
    assert {name for name in INTERACTIVE | LATER if name.startswith("musicgen_live.")} <= set(modules())


def test_the_public_names_are_imported_when_they_are_used() -> None:
    assert not {name for name in modules_after("import musicgen_live") if name.startswith("musicgen_live.")}
    assert modules_after("from musicgen_live import load; load(bars=1).render_notes()") & HEAVY == set()


def test_render_loads_nothing_that_trains(tmp_path: Path) -> None:
    out = tmp_path / "take.mid"
    code = f"from musicgen_live.cli.main import app; app(['render', '--out', {str(out)!r}], standalone_mode=False)"
    assert modules_after(code) & HEAVY == set()
    assert out.exists()


def test_a_plain_play_loads_nothing_that_trains_or_listens(tmp_path: Path) -> None:
    # Without a MIDI system the take is written at once; with one, a bar is soon played.
    out = tmp_path / "take.mid"
    code = (
        "from musicgen_live.cli.main import app; "
        f"app(['play', '--bars', '1', '--tempo', '600', '--out', {str(out)!r}], standalone_mode=False)"
    )
    assert modules_after(code) & (HEAVY | INTERACTIVE) == set()
    assert out.exists()


def test_the_player_process_starts_before_other_imports(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "from musicgen_live.cli.main import app\n"
        "from musicgen_live.session import opening\n"
        "def start(config, say, wake): print(*sys.modules); sys.exit()\n"
        "opening.PlayerSupervisor = start\n"
        f"app(['play', '--out', {str(tmp_path / 'take.mid')!r}])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(run.stdout.split())
    assert "musicgen_live.player.process_client" in loaded
    assert loaded & (HEAVY | INTERACTIVE | LATER) == set()


def test_a_plan_needs_no_numpy() -> None:
    # A player process is told the metre before the network is loaded.
    code = (
        "from musicgen_live.config.settings import Settings\n"
        "from musicgen_live.generation.plan import plan_of\n"
        "plan_of(Settings(), 0)"
    )
    assert modules_after(code) & (HEAVY | {"numpy", "typer", "safetensors"}) == set()


def test_the_player_process_stays_small() -> None:
    assert modules_after("import musicgen_live.player.process") & (HEAVY | {"numpy", "typer", "safetensors"}) == set()
