"""Measures the time of a generation step: Keras' `predict` against the NumPy runtime, same weights, in one run.

    python -m benchmarks.generate [--quick] [--json]

The classic recipe needs one `predict` of a 100-step window per note, on all cores. `exact window` gives the same result
by windows in flight; `carried state` is one step of the network per note; both run on one core, as in `play`. Beside
them stands the time in which one core reads the weights once, in the fastest way of NumPy: no step can be faster. The
`token` row is for a network with embedding and carried state, whose state Keras keeps too (a stateful model that reads
one id per `predict`). Each way runs in a process of its own.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict

from benchmarks import command, fresh_process
from benchmarks.figure import Figure

if TYPE_CHECKING:
    from musicgen_live.model.architecture import Architecture
    from musicgen_live.model.lstm import Network
    from musicgen_live.model.predictors import Predictor

WARM_UP = 5
READ_FIRST = 100
"""Ids to read before the timing; the script compares the logits after them."""

UNITS, TOKEN_UNITS = 512, 256

Way = Callable[[str, str, int, int], "Timed"]
"""A way to run a network: takes the file of its weights, its kind, its units, and the number of steps to time."""


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


def time_keras(weights: str, network: str, units: int, steps: int) -> Timed:
    """Save random weights, and return the time of `predict` and the logits after the first ids."""
    import keras
    import numpy as np
    from safetensors.numpy import save_file

    from training.network import build, inputs_of, weights_of

    keras.utils.set_random_seed(0)
    architecture = _architecture(network, units)
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


def time_window(weights: str, network: str, units: int, steps: int) -> Timed:
    """Return the time of a step of the exact window, and its logits after the first ids."""
    from musicgen_live.model.predictors import ExactWindow

    return _time_numpy(ExactWindow, weights, _architecture(network, units), steps)


def time_carried(weights: str, network: str, units: int, steps: int) -> Timed:
    """Return the time of a step with carried state, and its logits after the first ids."""
    from musicgen_live.model.predictors import CarriedState

    return _time_numpy(CarriedState, weights, _architecture(network, units), steps)


def _time_numpy(
    predictor_type: Callable[[Network], Predictor], weights: str, architecture: Architecture, steps: int
) -> Timed:
    from safetensors.numpy import load_file

    from musicgen_live.model.lstm import Network
    from musicgen_live.model.predictors import read_all

    predictor = predictor_type(Network(architecture, load_file(weights)))
    ids = _ids(architecture, steps)
    logits = read_all(predictor, ids[:READ_FIRST])
    return {"logits": logits.tolist(), "ms": median_step_ms(lambda i: predictor.step(ids[READ_FIRST + i]), steps)}


def time_reading(weights: str, _network: str, _units: int, steps: int) -> Timed:
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


def run_ways(network: str, ways: Sequence[Way], units: int, steps: int) -> list[Timed]:
    """Time ways to run one network, each in a new process; Keras must come first, because it makes the weights."""
    with tempfile.TemporaryDirectory() as folder:
        weights = str(Path(folder) / "weights.safetensors")
        return [fresh_process.call(way, weights, network, units, steps, environment=_environment(way)) for way in ways]


def _environment(way: Way) -> dict[str, str]:
    one_thread = {} if way is time_keras else {"OPENBLAS_NUM_THREADS": "1"}
    return dict(os.environ, TF_CPP_MIN_LOG_LEVEL="3") | one_thread


def _largest_difference(one: Timed, other: Timed) -> float:
    return max(abs(a - b) for a, b in zip(one["logits"], other["logits"], strict=True))


def measured(quick: bool) -> dict[str, float]:
    """Time every way to run both networks."""
    units, steps = UNITS, 30 if quick else 200
    keras, window, carried, reading = run_ways(
        "recipe", (time_keras, time_window, time_carried, time_reading), units, steps
    )
    token_keras, token = run_ways("token", (time_keras, time_carried), TOKEN_UNITS, steps)
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


if __name__ == "__main__":
    command.run(__doc__, measured, figures_of)
