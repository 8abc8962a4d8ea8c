"""Reads and writes `run.json`, the record of a run's options and data set. Does not import Keras."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from musicgen_live.config.files import read_regular, replace_text
from musicgen_live.errors import TrainingError
from musicgen_live.model.card import ModelCard

from .data.dataset import Dataset
from .recipes import RECIPES, FitOptions

Weights = Literal["best", "last"]
"""The weights of the epoch with the lowest held-out loss, or those of the last epoch."""

NumberType = Literal["float16", "float32"]
"""The number type of the weights in a model file."""


_MOST_BYTES = 1_000_000
"""Of `run.json`, which holds the credits of a few corpora at most."""


@dataclass(frozen=True)
class RunRecord:
    """The options of a run, the fingerprint of its data set, and the folder of that data set."""

    options: FitOptions
    data: str
    data_folder: str | None = None
    base_card: ModelCard | None = None
    """The card of the model that the run fine-tunes, because that model's music remains in the weights."""


def read_run(run: Path) -> RunRecord:
    """Read `run.json`; TrainingError if the folder holds no run."""
    try:
        stored = json.loads(read_regular(run / "run.json", most_bytes=_MOST_BYTES))
        card, folder = stored.get("base_card"), stored.get("data_folder")
        options = FitOptions(**stored["options"])
        if options.recipe not in RECIPES or not isinstance(folder, str | None):
            raise ValueError(f"its recipe is {options.recipe!r:.60}, its data set in {folder!r:.60}")
        return RunRecord(options, stored["data"], folder, None if card is None else ModelCard(**card))
    except FileNotFoundError as exc:
        raise TrainingError(f"{run} holds no run; make one with: musicgen-train fit DATA --out {run}") from exc
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, TrainingError) as exc:
        raise TrainingError(f"{run / 'run.json'} cannot be read ({exc}); start anew in another --out") from exc


def claim_run(
    run: Path,
    dataset: Dataset,
    options: FitOptions,
    *,
    resume: bool,
    data_folder: Path | None,
    base_card: ModelCard | None = None,
) -> None:
    """Write `run.json`, or with `resume` check that it has this data set and these options; TrainingError if not."""
    folder = str(data_folder.resolve()) if data_folder else None
    wanted = RunRecord(options, dataset.fingerprint(), folder, base_card)
    path = run / "run.json"
    if resume:
        if not path.exists():
            raise TrainingError(f"{run} holds no run to go on with; leave out --resume")
        stored = read_run(run)
        _refuse_other_options(run, asdict(stored.options), asdict(options))
        check_data(run, stored, dataset)
        wanted = replace(wanted, data_folder=folder or stored.data_folder, base_card=stored.base_card)
        if wanted == stored:
            return
    elif path.exists():
        raise TrainingError(f"{run} already holds a run; add --resume to go on with it, or choose another --out")
    try:
        replace_text(path, json.dumps(asdict(wanted), indent=1) + "\n")
    except OSError as exc:
        raise TrainingError(f"the run folder {run} cannot be written ({exc}); choose another --out") from exc


def resumed_options(run: Path, **given: str | float | None) -> FitOptions:
    """Return the stored options of a run; TrainingError names the flag if a given value (not None) differs."""
    stored = read_run(run).options
    wanted = asdict(stored) | {name: value for name, value in given.items() if value is not None}
    _refuse_other_options(run, asdict(stored), wanted)
    return stored


def check_data(run: Path, record: RunRecord, dataset: Dataset) -> None:
    """Raise TrainingError unless this is the data set of the run."""
    if record.data != dataset.fingerprint():
        raise TrainingError(
            f"{run} was trained on another data set than this one; give the one it was started with "
            f"({record.data_folder or 'its folder was not noted'}), or start anew in another folder"
        )


def _refuse_other_options(run: Path, stored: dict[str, Any], wanted: dict[str, Any]) -> None:
    if wanted["base"] != stored["base"]:
        begun = "without --from" if stored["base"] is None else "--from another model"
        raise TrainingError(
            f"{run} was started {begun}; leave out --from to go on with it, or start anew in another folder"
        )
    for name, value in stored.items():
        if wanted[name] != value:
            flag = "--" + name.replace("_", "-")
            raise TrainingError(
                f"{run} was started with {flag} {value}, not {wanted[name]}; "
                f"leave out {flag} to go on with it, or start anew in another folder"
            )
