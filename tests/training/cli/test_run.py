"""`musicgen-train run`: from a folder of MIDI files to a model, and again after an interruption."""

from __future__ import annotations

import re
from pathlib import Path

import mido
import pytest

from musicgen_live.errors import MusicgenError, TrainingError
from musicgen_live.model.bundle import Bundle
from tests.support.training_commands import SMALL, invoke


def write_midi(folder: Path, notes: int) -> None:
    """Write three files of eighth notes, each with its own tune."""
    folder.mkdir()
    for number in range(3):
        track = mido.MidiTrack()
        for i in range(notes):
            pitch = 60 + (i * (number + 2)) % 7
            track.append(mido.Message("note_on", note=pitch, velocity=80, time=0))
            track.append(mido.Message("note_off", note=pitch, time=240))
        mido.MidiFile(ticks_per_beat=480, tracks=[track]).save(folder / f"{number}.mid")


def test_run_makes_a_model_and_continues_when_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICGEN_LIVE_CACHE", str(tmp_path / "cache"))
    write_midi(tmp_path / "midi", notes=120)
    out = tmp_path / "my.safetensors"
    command: list[str | Path] = [
        "run",
        tmp_path / "midi",
        "--out",
        out,
        "--recipe",
        "classic",
        *SMALL,
        "--licence",
        "CC0-1.0",
    ]
    ended = invoke(*command)
    assert ended.output.splitlines()[-1] == f"Wrote {out}. Play it with: musicgen-live play --model {out}"
    card = Bundle.load(out).card
    assert (card.recipe, card.corpus, card.licence, card.epochs) == ("classic", "midi", "CC0-1.0", 1)
    assert card.metrics["valid_data_points"] == 20
    assert len(Bundle.load(out).prompts) == 8
    written = out.read_bytes()
    out.unlink()
    assert "epoch 1/1" not in invoke(*command).output
    assert out.read_bytes() == written
    assert (tmp_path / "my.work" / "run" / "curve.png").exists()

    write_midi(tmp_path / "midi" / "more", notes=130)
    with pytest.raises(TrainingError, match=r"was begun with other music than what .*midi holds now"):
        invoke(*command)


def test_run_from_a_model_keeps_its_encoding_and_continues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICGEN_LIVE_CACHE", str(tmp_path / "cache"))
    write_midi(tmp_path / "old", notes=300)
    write_midi(tmp_path / "new", notes=310)
    base, out = tmp_path / "base.safetensors", tmp_path / "my.safetensors"
    invoke("run", tmp_path / "old", "--out", base, "--encoding", "bars-hands", "--licence", "CC0-1.0", *SMALL)
    command: list[str | Path] = [
        "run",
        tmp_path / "new",
        "--out",
        out,
        "--from",
        base,
        "--epochs",
        "1",
        "--batch-size",
        "8",
    ]
    ended = invoke(*command)
    assert ended.exit_code == 0
    assert "Training with the recipe stream, 4 units, for 1 epoch.\nbefore  |  held out: loss " in ended.output
    assert "held out of this fine-tuning; the model that it began from may have been trained on them:" in ended.output
    assert re.search(r"It predicts them (better|WORSE) than the model that it began from: [\d.]+ aga", ended.output)
    model = Bundle.load(out)
    assert (model.encoding, model.card.corpus, model.card.licence) == ("bars-hands", "new, old", "not stated; CC0-1.0")
    written = out.read_bytes()
    out.unlink()
    assert "before  |" not in invoke(*command).output
    assert out.read_bytes() == written

    data, run = tmp_path / "my.work" / "data", tmp_path / "my.work" / "run"
    assert invoke("fit", data, "--out", run, "--resume", "--from", base).exit_code == 0
    with pytest.raises(TrainingError, match="was started with --batch-size 8, not 4; leave out --batch-size"):
        invoke("fit", data, "--out", run, "--resume", "--from", base, "--batch-size", "4")
    with pytest.raises(TrainingError, match=r"the model to go on from speaks bars-hands, .* the data set bars"):
        invoke(*command[:3], tmp_path / "other.safetensors", *command[4:], "--encoding", "bars")


def test_a_fine_tuning_that_only_harms_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSICGEN_LIVE_CACHE", str(tmp_path / "cache"))
    write_midi(tmp_path / "midi", notes=300)
    base, out = tmp_path / "base.safetensors", tmp_path / "my.safetensors"
    invoke("run", tmp_path / "midi", "--out", base, "--units", "4", "--epochs", "3")
    harming = ["--epochs", "2", "--batch-size", "8", "--learning-rate", "3"]
    ended = invoke("run", tmp_path / "midi", "--out", out, "--from", base, *harming)
    assert re.search(
        r"No epoch predicts the held-out pieces better than the model that it began from: its loss is [\d.]+, and "
        r"[\d.]+ after the best epoch\. So the best weights are still those of that model, unchanged\. .* "
        r"--learning-rate than 3\.",
        ended.output,
    )
    assert ended.output.rstrip().endswith(
        "It is still the model that it began from: no epoch predicts the held-out pieces better."
    )
    assert Bundle.load(out).card.epochs == 0

    last = invoke("run", tmp_path / "midi", "--out", out, "--from", base, *harming, "--weights", "last").output
    assert "It predicts them WORSE than the model that it began from: " in last


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--dtype", "flaot32"], "--dtype flaot32 is not known; --dtype takes float16 or float32"),
        (["--weights", "worst"], "--weights worst is not known; --weights takes best or last"),
        (["--work", "/dev/null/work"], "--work is '/dev/null/work', which cannot be written"),
        (["--out", "/dev/null/my.safetensors"], "--out is '/dev/null/my.safetensors', which cannot be written"),
        (["--units", "5000"], "units is 5000; at most 4096 can be trained"),
        (["--from", "gone"], "there is no model 'gone'; there are "),
        (["--recipe", "cake"], "there is no recipe 'cake'; known are classic, stream"),
        (["--precision", "half"], "precision is 'half'; it can be float32 or bfloat16"),
        (["--from", "classic"], "is of the recipe classic; only those of the recipe stream go on"),
        (["--from", "stream", "--recipe", "classic"], "the recipe classic begins anew"),
        (["--out", "mine"], "--out is 'mine'; it has to end in .safetensors, as in mine.safetensors"),
    ],
)
def test_invalid_flags_are_refused_before_reading_files(tmp_path: Path, flags: list[str], message: str) -> None:
    with pytest.raises(MusicgenError, match=re.escape(message)):
        invoke("run", tmp_path / "nowhere", "--out", tmp_path / "my.safetensors", *flags)
