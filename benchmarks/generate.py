"""Measures the time of a generation step: Keras' `predict` against the NumPy runtime, same weights, in one run.

    python -m benchmarks.generate [--json] [--units 512] [--steps 200]

The classic recipe needs one `predict` of a 100-step window per note, on all cores. `exact window` gives the same result
by windows in flight; `carried state` is one step of the network per note; both run on one core, as in `play`. Beside
them stands the time in which one core reads the weights once, in the fastest way of NumPy: no step can be faster. The
`token` row is for a network with embedding and carried state, whose state Keras keeps too (a stateful model that reads
one id per `predict`). Each way runs in a process of its own. Prints the figures, and one JSON line last.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from benchmarks.figure import Figure, print_figures

if TYPE_CHECKING:
    from musicgen_live.model.architecture import Architecture

WARM_UP = 5
READ_FIRST = 100
"""Ids to read before the timing; the script compares the logits after them."""

UNITS, TOKEN_UNITS = 512, 256


class Timed(TypedDict):
    """Time of a step in ms, and the logits after the first 100 ids."""

    logits: list[float]
    ms: float


def median_step_ms(step: Callable[[int], object], steps: int) -> float:
    """Return the median time of a call in milliseconds, after warm-up calls."""
    times_ms = []
    for i in range(WARM_UP + steps):
        start = time.perf_counter()
        step(i)
        times_ms.append(1000 * (time.perf_counter() - start))
    return statistics.median(times_ms[WARM_UP:])


def time_keras(weights: Path, architecture: Architecture, steps: int) -> Timed:
    """Save random weights, and return the time of `predict` and the logits after the first ids."""
    import keras
    import numpy as np
    from safetensors.numpy import save_file

    from training.network import build, inputs_of, weights_of

    keras.utils.set_random_seed(0)
    carried = architecture.mode == "carried"
    model = build(architecture, streams=1 if carried else None)
    save_file(weights_of(model, architecture), weights)
    inputs = inputs_of(architecture, np.array([_ids(architecture, steps)]))

    def predict(start: int, end: int) -> np.ndarray:
        logits: np.ndarray = model.predict(inputs[:, start:end], verbose=0)[0]
        return logits[-1] if carried else logits

    if not carried:
        logits = predict(0, READ_FIRST)
        ms = median_step_ms(lambda i: predict(i, i + READ_FIRST), steps)
    else:
        predict(0, READ_FIRST - 1)
        logits = predict(READ_FIRST - 1, READ_FIRST)
        ms = median_step_ms(lambda i: predict(READ_FIRST + i, READ_FIRST + i + 1), steps)
    return {"logits": logits.tolist(), "ms": ms}


def time_numpy(weights: Path, architecture: Architecture, steps: int, way: str) -> Timed:
    """Return the time of a step of a NumPy predictor, and its logits after the first ids."""
    from safetensors.numpy import load_file

    from musicgen_live.model.lstm import CarriedState, ExactWindow, Network, read_all

    network = Network(architecture, load_file(weights))
    predictor = ExactWindow(network) if way == "window" else CarriedState(network)
    ids = _ids(architecture, steps)
    logits = read_all(predictor, ids[:READ_FIRST])
    return {"logits": logits.tolist(), "ms": median_step_ms(lambda i: predictor.step(ids[READ_FIRST + i]), steps)}


def time_reading(weights: Path, steps: int) -> Timed:
    """Return the time in which a core reads the bytes of the weights once: a dot product of their two halves."""
    import numpy as np
    from safetensors.numpy import load_file

    values = np.concatenate([tensor.ravel() for tensor in load_file(weights).values()])
    half = len(values) // 2
    return {"logits": [], "ms": median_step_ms(lambda _: np.dot(values[:half], values[half : 2 * half]), steps)}


def _architecture(network: str, units: int) -> Architecture:
    from musicgen_live.model.architecture import Architecture

    if network == "token":
        return Architecture(333, units, "embedding", "carried", embedding=128)
    return Architecture(358, units, "index", "window")


def _ids(architecture: Architecture, steps: int) -> list[int]:
    """Return ids, the same in every process."""
    return [(i * i * 31 + i * 17) % architecture.classes for i in range(READ_FIRST + WARM_UP + steps)]


def run_ways(network: str, ways: tuple[str, ...], units: int, steps: int) -> list[Timed]:
    """Time ways to run one network, each in a new process; Keras must come first, because it makes the weights."""
    timed: list[Timed] = []
    with tempfile.TemporaryDirectory() as folder:
        for way in ways:
            environment = dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3")
            if way != "keras":
                environment["OPENBLAS_NUM_THREADS"] = "1"
            command = [sys.executable, "-m", "benchmarks.generate", "--network", network, "--way", way]
            command += ["--weights", str(Path(folder) / "weights.safetensors")]
            command += ["--units", str(units), "--steps", str(steps)]
            output = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
            if output.returncode:
                raise SystemExit(output.stderr)
            timed.append(json.loads(output.stdout.splitlines()[-1]))
    return timed


def _largest_difference(one: Timed, other: Timed) -> float:
    return max(abs(a - b) for a, b in zip(one["logits"], other["logits"], strict=True))


def measure(units: int, steps: int) -> dict[str, float]:
    """Time every way to run both networks."""
    keras, window, carried, reading = run_ways("recipe", ("keras", "window", "carried", "reading"), units, steps)
    token_keras, token = run_ways("token", ("keras", "carried"), TOKEN_UNITS, steps)
    return {
        "units": units,
        "steps": steps,
        "predict_ms": keras["ms"],
        "window_ms": window["ms"],
        "carried_ms": carried["ms"],
        "reading_ms": reading["ms"],
        "largest_difference_of_logits": _largest_difference(keras, window),
        f"predict_token_{TOKEN_UNITS}_ms": token_keras["ms"],
        f"token_{TOKEN_UNITS}_ms": token["ms"],
        f"largest_difference_of_logits_token_{TOKEN_UNITS}": _largest_difference(token_keras, token),
    }


def figures(quick: bool) -> tuple[Figure, ...]:
    """Measure, and return the figures."""
    return figures_of(measure(UNITS, 30 if quick else 200))


def figures_of(result: Mapping[str, float]) -> tuple[Figure, ...]:
    """Return the figures of a measurement."""
    name, predict = f"a note of 3x{result['units']:.0f} units", "Keras `predict` of the last 100 notes, all cores"
    return (
        Figure(
            name=f"{name} from the last 100 notes (exact window), one thread, the same logits",
            value=result["window_ms"],
            unit="ms",
            peer=predict,
            peer_value=result["predict_ms"],
            times=18,
            limit="the arithmetic: each step multiplies 100 rows with every weight, 1.1 billion operations",
            telling=True,
        ),
        Figure(
            name=f"{name} with carried state, one thread",
            value=result["carried_ms"],
            unit="ms",
            peer=predict,
            peer_value=result["predict_ms"],
            times=200,
            limit="memory: the next row says how near it is to reading each weight once",
            telling=True,
        ),
        Figure(
            name=f"{name} with carried state, as a multiple of the time in which a core reads the weights once",
            value=result["carried_ms"] / result["reading_ms"],
            unit="times",
            at_most=2,
            limit="the gates and the small layers, between the products",
        ),
        Figure(name="reading these weights once, one core", value=result["reading_ms"], unit="ms"),
        Figure(
            name=f"a token of 3x{TOKEN_UNITS} units with an embedding and carried state, one thread, the same logits",
            value=result[f"token_{TOKEN_UNITS}_ms"],
            unit="ms",
            peer="Keras `predict` of one id, with carried state",
            peer_value=result[f"predict_token_{TOKEN_UNITS}_ms"],
        ),
    )


def main() -> None:
    """Parse the arguments, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print the JSON line alone")
    parser.add_argument("--units", type=int, default=UNITS)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--network", choices=("recipe", "token"), help=argparse.SUPPRESS)
    parser.add_argument("--way", choices=("keras", "window", "carried", "reading"), help=argparse.SUPPRESS)
    parser.add_argument("--weights", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.way:
        architecture = _architecture(given.network, given.units)
        if given.way == "keras":
            print(json.dumps(time_keras(given.weights, architecture, given.steps)))
        elif given.way == "reading":
            print(json.dumps(time_reading(given.weights, given.steps)))
        else:
            print(json.dumps(time_numpy(given.weights, architecture, given.steps, given.way)))
        return
    result = measure(given.units, given.steps)
    if not given.json:
        print_figures(figures_of(result))
    print(json.dumps({name: round(value, 6) for name, value in result.items()}))


if __name__ == "__main__":
    main()
