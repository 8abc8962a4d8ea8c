"""Model files in three number types, with absurd headers, metadata and weights, from a seed."""

from __future__ import annotations

import contextlib
import io
import json
import random
import resource
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from musicgen_live.cli.presets import show_model
from musicgen_live.config.settings import Settings
from musicgen_live.generation.composer import Composer
from musicgen_live.generation.performance import Performance
from musicgen_live.generation.plan import plan_of
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.predictors import predictor
from tests.fuzz.faults import faults_of
from tests.support.models import toy_bars_bundle, toy_bundle

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2, 3, 7, 64, 65, 100, 4096, 10_000, 10**9, 2**31, 2**63, 10**300, 0.5, -0.0),
    *(float("nan"), float("inf"), 1e308, "", " ", "x", "index", "embedding", "window", "carried", "bars", "chords"),
    *("bars-hands", "0.4.7", "C4", "12", "-1.3", "٣", "1_0", "a\0b", "\x1b]0;x\x07\x1b[2J", "\r\n", "\ud800", "😀"),
    *("x" * 5000, [], {}, [[]], [[0]], [0], [0] * 300, [[0] * 300] * 3, [[0] * 20_000], {"a": 1}, {"": float("nan")}),
)
TEXTS = ("", "null", "[", "[" * 3000, "[" * 200_000, "{" * 10, '{"a":1,"a":2}', "1" * 5000, "1e999", "NaN", "\0", '"')
TYPES = {"F16": 2, "F32": 4, "BF16": 2}
SCALES = (0.0, 1e-30, 1.0, 50.0, 1e4, 1e9, 1e12, 3e38, -3e38, float("inf"), float("nan"))
GROWN_MOST_BYTES = 300 * 2**20
"""The memory that all files together may claim, none of which has more than 100 kB."""


def _bundles() -> tuple[Bundle, ...]:
    carried = toy_bundle()
    network = replace(carried.architecture, recall_from=0, layer_norm=True)
    rng = np.random.default_rng(1)
    tensors = {name: rng.normal(0, 1, shape).astype(np.float32) for name, shape in network.tensor_shapes().items()}
    normed = replace(carried, architecture=network, tensors=tensors)
    return carried, normed, toy_bundle("window"), toy_bars_bundle(), toy_bars_bundle("bars-hands")


def _stored(array: np.ndarray[Any, Any], number_type: str) -> bytes:
    single = array.astype(np.float32)
    if number_type == "BF16":
        return (single.view(np.uint32) >> np.uint32(16)).astype("<u2").tobytes()
    return single.astype("<f2" if number_type == "F16" else "<f4").tobytes()


def _changed(values: Any, rng: random.Random) -> Any:  # noqa: ANN401 (any JSON)
    """Return JSON values with one of them, at any depth, replaced, left out or doubled."""
    if isinstance(values, dict) and values and rng.random() < 0.9:
        key = rng.choice(sorted(values))
        if rng.random() < 0.15:
            return {name: value for name, value in values.items() if name != key}
        if rng.random() < 0.1:
            return {**values, "extra": rng.choice(VALUES)}
        return {**values, key: _changed(values[key], rng)}
    if isinstance(values, list) and values and rng.random() < 0.8:
        at = rng.randrange(len(values))
        return [*values[:at], *rng.choice([[], [_changed(values[at], rng)], [values[at]] * 2]), *values[at + 1 :]]
    return rng.choice(VALUES)


def fuzzed_files(count: int, seed: int) -> Iterator[bytes]:
    """Yield model files with one to three faults each, some of which leave them playable."""
    rng = random.Random(seed)
    bundles = _bundles()
    for _ in range(count):
        bundle, number_type = rng.choice(bundles), rng.choice(sorted(TYPES))
        values: dict[str, Any] = {
            "architecture": bundle.architecture.to_json(),
            "vocabulary": list(bundle.vocabulary.tokens),
            "card": vars(bundle.card),
            "prompts": [list(prompt) for prompt in bundle.prompts],
        }
        scaled = {name: rng.choice(SCALES) for name in bundle.tensors if rng.random() < 0.05}
        for _ in range(rng.randint(0, 2)):
            part = rng.choice(sorted(values))
            values[part] = _changed(values[part], rng)
        texts = {name: json.dumps(value) for name, value in values.items()}
        texts |= {"format": "musicgen-live model 1", "encoding": bundle.encoding}
        if rng.random() < 0.15:
            texts[rng.choice(sorted(texts))] = rng.choice([*TEXTS, "bars", "chords", "bars-hands"])
        header: dict[str, Any] = {"__metadata__": texts}
        data = b""
        with np.errstate(all="ignore"):
            for name, tensor in bundle.tensors.items():
                stored = _stored(tensor * np.float32(scaled.get(name, 1.0)), number_type)
                offsets = [len(data), len(data) + len(stored)]
                header[name] = {"dtype": number_type, "shape": list(tensor.shape), "data_offsets": offsets}
                data += stored
        if rng.random() < 0.15:
            header = _changed(header, rng)
        text = json.dumps(header).encode()
        yield _damaged(len(text).to_bytes(8, "little") + text + data, rng)


def _damaged(file: bytes, rng: random.Random) -> bytes:
    """Return the file, now and then with other bytes, cut off or longer."""
    if rng.random() < 0.2:
        damaged = bytearray(file)
        end = rng.choice([8, 300, len(damaged)])
        for _ in range(rng.randint(1, 20)):
            damaged[rng.randrange(end)] = rng.randrange(256)
        file = bytes(damaged)
    if rng.random() < 0.1:
        file = rng.choice([file[: rng.randrange(len(file))], file + bytes(rng.randint(1, 100_000))])
    return file


def faults(count: int, seed: int, folder: Path) -> dict[str, bytes]:
    """Plan with each file, show it, compose a bar with it, and see that its predictions are finite."""
    path = folder / "fuzzed.safetensors"

    def run(data: bytes) -> None:
        path.write_bytes(data)
        settings = Settings(model=str(path))
        plan_of(settings, seed)
        bundle = Bundle.load(path)
        shown = io.StringIO()
        with contextlib.redirect_stdout(shown):
            show_model(str(path))
        if not all(line.isprintable() for line in shown.getvalue().split("\n")):
            raise AssertionError("what is shown can steer a terminal")
        reader = predictor(bundle.network())
        if not all(np.isfinite(reader.step(token_id)).all() for token_id in bundle.prompts[-1][:10]):
            raise AssertionError("a prediction is not finite")
        Composer(Performance.of(settings, bundle, seed)).compose()

    before = _peak_bytes()
    with np.errstate(over="raise", divide="raise"):
        found = faults_of(fuzzed_files(count, seed), run)
    if _peak_bytes() - before > GROWN_MOST_BYTES:
        found[f"memory grew by {_peak_bytes() - before:,} bytes"] = b""
    return found


def _peak_bytes() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
