"""Networks that are made larger and compute the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from musicgen_live.model.architecture import Architecture
from musicgen_live.model.lstm import Network
from musicgen_live.model.predictors import predictor
from tests.support.networks import EMBEDDING_CARRIED, INDEX_WINDOW, assert_same_logits, random_tensors
from training.widening import widened

IDS = np.random.default_rng(5).integers(0, 7, 40).tolist()
RECALLING = replace(EMBEDDING_CARRIED, recall_from=0, layer_norm=True)


def logits_of(architecture: Architecture, tensors: dict[str, Any]) -> list[Any]:
    reader = predictor(Network(architecture, tensors))
    return [reader.step(token_id) for token_id in IDS]


@pytest.mark.parametrize(
    ("before", "larger"),
    [
        (EMBEDDING_CARRIED, {"units": 10}),
        (EMBEDDING_CARRIED, {"units": 15, "embedding": 9}),
        (EMBEDDING_CARRIED, {"embedding": 6}),
        (EMBEDDING_CARRIED, {}),
        (RECALLING, {"units": 10, "embedding": 6}),
        (RECALLING, {"reference": True}),
        (RECALLING, {"intervals": True, "reference": True, "units": 20, "embedding": 5}),
        (replace(RECALLING, reference=True), {"units": 10, "intervals": True}),
        (replace(EMBEDDING_CARRIED, mode="window"), {"units": 10}),
        (INDEX_WINDOW, {"units": 10}),
    ],
)
def test_a_larger_network_gives_the_same_logits(before: Architecture, larger: dict[str, Any]) -> None:
    tensors, after = random_tensors(before), replace(before, **larger)
    wide = widened(tensors, before, after)
    assert {name: tensor.shape for name, tensor in wide.items()} == after.tensor_shapes()
    assert {tensor.dtype for tensor in wide.values()} == {np.dtype(np.float32)}
    assert_same_logits(logits_of(after, wide), logits_of(before, tensors))


def test_a_network_of_the_same_size_has_the_same_tensors() -> None:
    tensors = random_tensors(RECALLING)
    for name, tensor in widened(tensors, RECALLING, RECALLING).items():
        assert np.array_equal(tensor, tensors[name])


def test_the_copies_of_a_unit_are_read_with_other_weights() -> None:
    after = replace(EMBEDDING_CARRIED, units=10)
    tensors = random_tensors(EMBEDDING_CARRIED)
    wide = widened(tensors, EMBEDDING_CARRIED, after)
    first, second = wide["output.kernel"][:5], wide["output.kernel"][5:]
    shares = first / tensors["output.kernel"]
    np.testing.assert_allclose(first + second, tensors["output.kernel"], rtol=1e-6)
    assert (shares.min() > 1 / 6 - 1e-6, shares.max() < 5 / 6 + 1e-6) == (True, True)
    assert shares.std() > 0.1


def test_the_seed_draws_the_shares() -> None:
    tensors, after = random_tensors(EMBEDDING_CARRIED), replace(EMBEDDING_CARRIED, units=10)
    one, again, other = (widened(tensors, EMBEDDING_CARRIED, after, seed) for seed in (1, 1, 2))
    assert np.array_equal(one["output.kernel"], again["output.kernel"])
    assert not np.array_equal(one["output.kernel"], other["output.kernel"])


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"units": 12}, "a network of 5 units and 4 numbers an embedding cannot become one of 12 and 4"),
        ({"embedding": 3}, "cannot become one of 5 and 3"),
        ({"layers": 2}, "the units must be a whole multiple, and the rest the same"),
        ({"classes": 8}, "and the rest the same"),
        ({"recall_from": 0}, "and the rest the same"),
        ({"layer_norm": True}, "and the rest the same"),
    ],
)
def test_another_network_is_refused(changed: dict[str, Any], message: str) -> None:
    after = replace(EMBEDDING_CARRIED, **changed)
    with pytest.raises(ValueError, match=message):
        widened(random_tensors(EMBEDDING_CARRIED), EMBEDDING_CARRIED, after)
