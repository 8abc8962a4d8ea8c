"""Fine-tunes the shipped model on 20 files, chorales by Bach from music21's corpus.

    python -m benchmarks.finetune [--quick] [--json]

Measures the loss of the shipped and of the fine-tuned model on the held-out chorales, and the duration.
"""

from __future__ import annotations

import contextlib
import csv
import re
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

from benchmarks import command
from benchmarks.figure import Figure

FILES = 20


def measured(quick: bool) -> dict[str, Any]:
    """Fine-tune in a folder that is deleted, for one epoch if `quick`."""
    with tempfile.TemporaryDirectory() as folder:
        return measure(Path(folder), epochs=1 if quick else None)


def figures_of(result: dict[str, Any]) -> tuple[Figure, ...]:
    """Return the figures of a measurement."""
    return (
        Figure(
            name=f"loss on those of {result['files']} chorales that are held out, `piano` fine-tuned on the "
            f"others, best of {result['epochs']} epochs",
            value=result["tuned_nats"],
            unit="nats a token",
            peer="`piano` unchanged",
            peer_value=result["base_nats"],
        ),
        Figure(name="time of this fine-tuning, with reading the files", value=result["minutes"], unit="minutes"),
    )


def measure(folder: Path, epochs: int | None = None) -> dict[str, Any]:
    """Write the chorales, train as a user would, and read the losses from the output and files of the run."""
    write_chorales(folder / "chorales")
    out = folder / "mine.safetensors"
    start_s = time.perf_counter()
    train = [
        sys.executable,
        "-m",
        "training.cli.main",
        "run",
        str(folder / "chorales"),
        "--from",
        "piano",
        "--out",
        str(out),
        *(["--epochs", str(epochs)] if epochs else []),
    ]
    completed = subprocess.run(train, capture_output=True, text=True, check=True)
    seconds = time.perf_counter() - start_s
    before = re.search(r"before .*?loss ([0-9.]+)", completed.stdout + completed.stderr)
    assert before is not None, completed.stdout
    with (folder / "mine.work" / "run" / "history.csv").open(encoding="utf-8") as file:
        history = [float(row["valid_loss"]) for row in csv.DictReader(file)]
    base, tuned = float(before[1]), min(history)
    render = [sys.executable, "-m", "musicgen_live", "render", "--model", str(out), "--out", str(folder / "take.mid")]
    subprocess.run(render, capture_output=True, check=True)
    return {
        "files": FILES,
        "minutes": round(seconds / 60, 1),
        "epochs": len(history),
        "base_nats": base,
        "tuned_nats": round(tuned, 3),
    }


def write_chorales(folder: Path) -> None:
    """Write the first four-part chorales of music21's corpus as MIDI files."""
    from music21 import corpus

    folder.mkdir()
    written = 0
    with warnings.catch_warnings(), contextlib.redirect_stdout(None):
        warnings.simplefilter("ignore")
        for path in corpus.getComposer("bach"):
            score = corpus.parse(path) if path.suffix == ".mxl" else None
            if score is None or len(score.parts) != 4:
                continue
            score.write("midi", fp=str(folder / f"{path.stem.replace('.', '-')}.mid"))
            written += 1
            if written == FILES:
                return


if __name__ == "__main__":
    command.run(__doc__, measured, figures_of)
