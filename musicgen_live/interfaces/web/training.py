"""Trains a model on files that were dropped on the page, in a process of its own. Knows no network."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from musicgen_live.config.files import is_file, read_regular, reason_of, replace_bytes
from musicgen_live.config.libraries import missing_libraries
from musicgen_live.config.library import MODEL_SUFFIX, shipped_model_names
from musicgen_live.config.user_folder import models_folder, user_folder
from musicgen_live.errors import SettingsError, TakeError, TrainingError
from musicgen_live.interfaces.web.files import read_dropped
from musicgen_live.interfaces.web.requests import json_object
from musicgen_live.midi.take_files import cleaned_stem
from musicgen_live.midi.takes.naming import checked_stem

BASE = "piano"
"""The model from which training goes on."""
MOST_FILES = 2000
MOST_BYTES = 200_000_000
"""Of all files of a model together."""
MOST_EPOCHS = 100
STOP_LIMIT_S = 10.0
"""The time for a checkpoint, when the program ends."""
HOW_TO_INSTALL = "pip install '.[train]' in a clone of the repository, with uv: uv sync --extra train"
_MOST_RECORD_BYTES = 1_000_000
_LAST_WORDS = 400

State = Literal["empty", "ready", "running", "stopped", "failed", "done"]


class Training:
    """The files, the process and the model of a name."""

    def __init__(self, name: str) -> None:
        self.name = name
        folder = user_folder() / "training" / name
        self.midi, self.work, self.log = folder / "midi", folder / "work", folder / "log.txt"
        self.model = models_folder() / f"{name}{MODEL_SUFFIX}"
        self._process: subprocess.Popen[bytes] | None = None
        self._was_stopped = False

    @property
    def files(self) -> list[Path]:
        """The files to train on."""
        return sorted(self.midi.glob("*.mid"))

    @property
    def state(self) -> State:
        """The state that the page shows."""
        if self._process is not None and (code := self._process.poll()) is None:
            return "running"
        if self._process is not None and code:
            return "stopped" if self._was_stopped else "failed"
        if is_file(self.model):
            return "done"
        if (self.work / "run" / "run.json").is_file():
            return "stopped"
        return "ready" if self.files else "empty"

    def start(self, epochs: int | None) -> None:
        """Train, from where it was stopped if it was; TrainingError if that cannot begin."""
        more = [] if epochs is None else ["--epochs", str(epochs)]
        command = [
            *_politely(),
            *(sys.executable, "-P", "-c", "from musicgen_train.cli.main import main; main()"),
            *("run", str(self.midi), "--from", BASE, "--out", str(self.model)),
            *("--work", str(self.work), "--name", self.name, *more),
        ]
        self._was_stopped = False
        try:
            models_folder().mkdir(parents=True, exist_ok=True)
            with self.log.open("wb") as log:
                # A session of its own, on POSIX: Ctrl-C in the terminal of the music is not meant for it.
                self._process = subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
                )
        except OSError as error:
            raise TrainingError(f"training cannot begin: {reason_of(error)}") from error

    def stop(self, *, limit_s: float | None = None) -> None:
        """Have it write a checkpoint and end; with a limit, wait so long, and then kill it."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        self._was_stopped = True
        process.terminate()
        if limit_s is not None:
            try:
                process.wait(limit_s)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def epochs(self) -> tuple[list[dict[str, float]], int]:
        """Return the epochs so far, with their losses and seconds, and the number of all; 0 before it is known."""
        run = self.work / "run"
        rows: list[dict[str, float]] = []
        planned = 0
        with suppress(OSError, ValueError, KeyError, TypeError):
            planned = int(
                json.loads(read_regular(run / "run.json", most_bytes=_MOST_RECORD_BYTES))["options"]["epochs"]
            )
            text = read_regular(run / "history.csv", most_bytes=_MOST_RECORD_BYTES).decode()
            wanted = ("epoch", "loss", "valid_loss", "seconds")
            rows = [{name: float(row[name]) for name in wanted} for row in csv.DictReader(text.splitlines())]
        return rows, planned

    def last_words(self) -> str:
        """Return the last line that the process has written."""
        try:
            text = read_regular(self.log, most_bytes=_MOST_RECORD_BYTES).decode("utf-8", "replace")
        except OSError:
            return ""
        lines = [line.strip() for line in re.split(r"[\r\n]+", text) if line.strip()]
        return "".join(c for c in lines[-1] if c.isprintable())[:_LAST_WORDS] if lines else ""


class Trainer:
    """The training that the page shows, one at a time."""

    def __init__(self, libraries: Sequence[str] = ("tensorflow", "music21")) -> None:
        """`libraries` are those without which there is no training."""
        self._libraries = libraries
        self._training: Training | None = None

    def status(self, _parameters: dict[str, str], _body: bytes) -> dict[str, Any]:
        """Return the state of the training, its curve, and the time that is left."""
        missing = missing_libraries(self._libraries)
        install = f"Training needs {', '.join(missing)}. Type: {HOW_TO_INSTALL}" if missing else None
        training = self._training
        if training is None:
            return {"install": install, "state": "empty", "name": "", "files": 0, "epochs": [], "planned": 0}
        rows, planned = training.epochs()
        left_s = None
        if rows and planned:
            left_s = round((planned - len(rows)) * sum(row["seconds"] for row in rows) / len(rows))
        return {
            "install": install,
            "state": training.state,
            "name": training.name,
            "files": len(training.files),
            "epochs": [_plain(row) for row in rows],
            "planned": planned,
            "left_s": left_s,
            "words": training.last_words(),
        }

    def add_file(self, parameters: dict[str, str], body: bytes) -> dict[str, Any]:
        """Keep a file for the training of a name if it can be read; TakeError with the reason if not."""
        training = self._named(parameters.get("name", ""))
        file = cleaned_stem(parameters.get("file", ""), "dropped")
        music = read_dropped(body, f"{file}.mid")
        if not music.parts_without_drums:
            raise TakeError(f"{file}.mid has only drums in it; the models here play notes")
        files = training.files
        if len(files) >= MOST_FILES or sum(each.stat().st_size for each in files) + len(body) > MOST_BYTES:
            raise TakeError(f"at most {MOST_FILES:,} files and {MOST_BYTES / 1e6:g} MB are trained on here")
        path = training.midi / f"{file}.mid"
        number = 2
        while is_file(path) and path.read_bytes() != body:
            # Folders of a folder may have files of the same name.
            path = training.midi / f"{file} {number}.mid"
            number += 1
        try:
            replace_bytes(path, body)
        except OSError as error:
            raise TakeError(f"{file}.mid cannot be kept ({reason_of(error)})") from error
        return {"notes": len(music.score.notes)}

    def start(self, _parameters: dict[str, str], body: bytes) -> dict[str, Any]:
        """Begin to train, or go on; SettingsError if that is impossible."""
        wanted = json_object(body)
        training = self._named(str(wanted.get("name", "")))
        epochs = wanted.get("epochs")
        if epochs is not None and not (isinstance(epochs, int) and 1 <= epochs <= MOST_EPOCHS):
            raise SettingsError(f"epochs is {epochs!r}; it can be from 1 to {MOST_EPOCHS}")
        if not training.files:
            raise SettingsError("there are no files to train on yet; drop a folder of MIDI files here")
        if training.state == "running":
            raise SettingsError("training goes on already")
        training.start(epochs)
        return self.status({}, b"")

    def stop(self, _parameters: dict[str, str], _body: bytes) -> dict[str, Any]:
        """Have the training write a checkpoint and end."""
        if self._training is not None:
            self._training.stop()
        return self.status({}, b"")

    def close(self) -> None:
        """Stop the training, which can go on later."""
        if self._training is not None:
            self._training.stop(limit_s=STOP_LIMIT_S)

    def _named(self, name: str) -> Training:
        """Return the training of a name; SettingsError on a name that it cannot have, or while another one runs."""
        stem = checked_stem(name)
        if stem.casefold() in map(str.casefold, shipped_model_names()):
            raise SettingsError(f"{stem} is a model that ships; choose another name")
        if self._training is None or self._training.name != stem:
            if self._training is not None and self._training.state == "running":
                raise SettingsError(f"{self._training.name} is being trained; stop it first")
            self._training = Training(stem)
        return self._training


def _politely() -> list[str]:
    """Return the beginning of a command that leaves the processor to the music."""
    nice = shutil.which("nice") if os.name == "posix" else None
    return [] if nice is None else [nice, "-n", "10"]


def _plain(row: dict[str, float]) -> dict[str, float | None]:
    """Return a row as JSON has it, which knows no number that is none."""
    return {name: value if abs(value) < 1e9 else None for name, value in row.items()}
