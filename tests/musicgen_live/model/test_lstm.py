"""The NumPy network against the textbook equations; tests/training/test_network.py compares it with Keras."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from musicgen_live.config.library import model_path
from musicgen_live.model.architecture import Architecture
from musicgen_live.model.bundle import Bundle
from musicgen_live.model.lstm import Network
from musicgen_live.model.predictors import CarriedState, ExactWindow, read_all
from tests.support.networks import EMBEDDING_CARRIED, INDEX_WINDOW, assert_same_logits, random_tensors

IDS = [3, 1, 4, 1, 5, 0, 2, 6, 5, 3, 5, 0, 6, 1, 1, 2]
ARCHITECTURES = [
    INDEX_WINDOW,
    replace(INDEX_WINDOW, layers=1),
    EMBEDDING_CARRIED,
    replace(EMBEDDING_CARRIED, layers=2),
    replace(EMBEDDING_CARRIED, layer_norm=True),
    replace(INDEX_WINDOW, layers=1, layer_norm=True),
]


def textbook_logits(
    architecture: Architecture, tensors: dict[str, NDArray[np.float32]], ids: list[int]
) -> NDArray[np.float64]:
    """Return the logits after `ids` from a zero state, one equation at a time, in double precision."""

    def sigmoid(z: NDArray[np.float64]) -> NDArray[np.float64]:
        return 1 / (1 + np.exp(-z))

    weights = {name: tensor.astype(np.float64) for name, tensor in tensors.items()}
    h = [np.zeros(architecture.units) for _ in range(architecture.layers)]
    c = [np.zeros(architecture.units) for _ in range(architecture.layers)]
    for token_id in ids:
        x = weights["embedding"][token_id] if "embedding" in weights else np.array([token_id / architecture.classes])
        for layer in range(architecture.layers):
            z = x @ weights[f"lstm{layer}.kernel"] + h[layer] @ weights[f"lstm{layer}.recurrent"]
            i, f, g, o = np.split(z + weights[f"lstm{layer}.bias"], 4)
            c[layer] = sigmoid(f) * c[layer] + sigmoid(i) * np.tanh(g)
            h[layer] = sigmoid(o) * np.tanh(c[layer])
            below, x = x, h[layer]
            if architecture.layer_norm:
                x = (x - x.mean()) / np.sqrt(x.var() + 0.001)
                x = x * weights[f"norm{layer}.gamma"] + weights[f"norm{layer}.beta"] + (below if layer else 0)
    logits: NDArray[np.float64] = x @ weights["output.kernel"] + weights["output.bias"]
    return logits


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_carried_state_is_one_pass_over_all_ids(architecture: Architecture) -> None:
    tensors = random_tensors(architecture)
    reader = CarriedState(Network(architecture, tensors))
    for read, token_id in enumerate(IDS, start=1):
        assert_same_logits(reader.step(token_id), textbook_logits(architecture, tensors, IDS[:read]))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_windows_in_flight_equal_recomputing_every_window(architecture: Architecture) -> None:
    # Before a window is full, the prediction uses all ids read so far.
    tensors = random_tensors(architecture)
    reader = ExactWindow(Network(architecture, tensors))
    for read, token_id in enumerate(IDS, start=1):
        last = IDS[max(0, read - architecture.window) : read]
        assert_same_logits(reader.step(token_id), textbook_logits(architecture, tensors, last))


def test_rows_advance_together_as_they_would_alone() -> None:
    network = Network(EMBEDDING_CARRIED, random_tensors(EMBEDDING_CARRIED))
    state = network.zero_state(2)
    tops = [network.logits(network.advance(state, np.array(pair))) for pair in ([3, 6], [1, 0])]
    for row, ids in enumerate(([3, 1], [6, 0])):
        np.testing.assert_allclose(tops[-1][row], read_all(CarriedState(network), ids), rtol=0, atol=1e-6)


def test_float16_weights_run_as_the_numbers_they_are() -> None:
    halves = {name: tensor.astype(np.float16) for name, tensor in random_tensors(EMBEDDING_CARRIED).items()}
    singles = {name: tensor.astype(np.float32) for name, tensor in halves.items()}
    one = read_all(CarriedState(Network(EMBEDDING_CARRIED, halves)), IDS)
    assert one.dtype == np.float32
    assert np.array_equal(one, read_all(CarriedState(Network(EMBEDDING_CARRIED, singles)), IDS))


def test_weights_of_another_shape_are_refused() -> None:
    tensors = random_tensors(INDEX_WINDOW)
    tensors["lstm1.bias"] = tensors["lstm1.bias"][:-1]
    with pytest.raises(ValueError, match=r"lstm1.bias has shape \(19,\); \(20,\) is needed"):
        Network(INDEX_WINDOW, tensors)
    del tensors["lstm1.bias"]
    with pytest.raises(ValueError, match=r"lstm1.bias is missing"):
        Network(INDEX_WINDOW, tensors)


def test_reading_ids_together_gives_what_reading_them_one_by_one_gives() -> None:
    bundle = Bundle.load(model_path("piano"))
    one_by_one, together = CarriedState(bundle.network()), CarriedState(bundle.network())
    prompt, rest = bundle.prompts[0][:60], bundle.prompts[0][60:90]
    logits = [one_by_one.step(token_id) for token_id in prompt][-1]
    found = together.read_together(lambda: read_all(together, prompt))
    assert np.abs(found - logits).max() < 1e-4
    for token_id in rest:
        assert np.abs(together.step(token_id) - one_by_one.step(token_id)).max() < 1e-4
    assert together.read_together(lambda: logits) is logits
