from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from musicgen_live.model.architecture import Architecture
from tests.support.networks import EMBEDDING_CARRIED, INDEX_WINDOW


def test_the_classic_network_has_three_layers_over_one_scalar() -> None:
    assert Architecture(classes=358, units=512, input="index", mode="window").tensor_shapes() == {
        "lstm0.kernel": (1, 2048),
        "lstm0.recurrent": (512, 2048),
        "lstm0.bias": (2048,),
        "lstm1.kernel": (512, 2048),
        "lstm1.recurrent": (512, 2048),
        "lstm1.bias": (2048,),
        "lstm2.kernel": (512, 2048),
        "lstm2.recurrent": (512, 2048),
        "lstm2.bias": (2048,),
        "output.kernel": (512, 358),
        "output.bias": (358,),
    }


def test_an_embedding_feeds_the_first_layer() -> None:
    shapes = EMBEDDING_CARRIED.tensor_shapes()
    assert shapes["embedding"] == (7, 4)
    assert shapes["lstm0.kernel"] == (4, 20)


def test_recall_adds_embeddings_of_id_and_length_class() -> None:
    shapes = replace(EMBEDDING_CARRIED, recall_from=2).tensor_shapes()
    assert shapes["recall"] == (8, 4)
    assert shapes["recall_length"] == (9, 4)
    assert set(shapes) - set(EMBEDDING_CARRIED.tensor_shapes()) == {"recall", "recall_length"}


def test_a_reference_and_recall_by_intervals_add_two_embeddings_each() -> None:
    recalling = replace(EMBEDDING_CARRIED, recall_from=2)
    referring, comparing = replace(recalling, reference=True), replace(recalling, intervals=True)
    assert set(referring.tensor_shapes()) - set(recalling.tensor_shapes()) == {"reference", "relation"}
    assert (referring.tensor_shapes()["reference"], referring.tensor_shapes()["relation"]) == ((8, 4), (5, 4))
    assert set(comparing.tensor_shapes()) - set(recalling.tensor_shapes()) == {"interval_recall", "interval_length"}
    assert comparing.tensor_shapes()["interval_recall"] == (8, 4)
    assert comparing.tensor_shapes()["interval_length"] == (9, 4)


@pytest.mark.parametrize(
    ("features", "names"),
    [
        ({}, ()),
        ({"recall_from": 2}, ("recall", "recall_length")),
        (
            {"recall_from": 2, "reference": True, "intervals": True},
            ("recall", "recall_length", "interval_recall", "interval_length", "reference", "relation"),
        ),
    ],
)
def test_the_embeddings_besides_that_of_the_id_have_an_order(features: dict[str, Any], names: tuple[str, ...]) -> None:
    assert replace(EMBEDDING_CARRIED, **features).remembered == names


@pytest.mark.parametrize(
    "architecture",
    [
        INDEX_WINDOW,
        EMBEDDING_CARRIED,
        replace(EMBEDDING_CARRIED, recall_from=2),
        replace(EMBEDDING_CARRIED, recall_from=2, intervals=True, reference=True),
    ],
)
def test_json_round_trip(architecture: Architecture) -> None:
    assert Architecture.from_json(architecture.to_json()) == architecture


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"classes": 0}, "classes is 0"),
        ({"units": 2.5}, "units is 2.5"),
        ({"layers": -1}, "layers is -1"),
        ({"window": 0}, "window is 0"),
        ({"window": 10**9}, "window is 1000000000; at most 10000"),
        ({"layers": 10**9}, "layers is 1000000000; at most 64"),
        ({"classes": True}, "classes is True"),
        ({"units": 10**300}, "units is 10*; at most 4096"),
        ({"units": 4000}, "the network has 320,092,007 weights; at most 100,000,000"),
        ({"units": 500, "window": 4000}, "a window of 4000 in 3 layers of 500 units has 6,000,000 states"),
        ({"input": "text"}, "input is 'text'; known are index, embedding"),
        ({"mode": "both"}, "mode is 'both'; known are window, carried"),
        ({"embedding": 4}, "embedding is 4 with input 'index'"),
        ({"input": "embedding"}, "embedding is 0 with input 'embedding'"),
        ({"recall_from": 0}, "recall_from is 0 with 7 classes and input 'index'"),
        ({"input": "embedding", "embedding": 4, "recall_from": 7}, "recall_from is 7 with 7 classes"),
        ({"input": "embedding", "embedding": 4, "recall_from": "all"}, "recall_from is 'all'"),
        ({"layer_norm": 1}, "layer_norm is 1"),
        ({"reference": 1}, "reference is 1"),
        ({"intervals": "yes"}, "intervals is 'yes'"),
        (
            {"input": "embedding", "embedding": 4, "reference": True},
            "a reference, and recall by intervals, need recall",
        ),
        (
            {"input": "embedding", "embedding": 4, "intervals": True},
            "a reference, and recall by intervals, need recall",
        ),
    ],
)
def test_wrong_values_are_refused(wrong: dict[str, Any], reason: str) -> None:
    values = {"classes": 7, "units": 5, "input": "index", "mode": "window"} | wrong
    with pytest.raises(ValueError, match=reason):
        Architecture.from_json(values)


def test_an_unknown_field_is_refused() -> None:
    with pytest.raises(TypeError, match="colour"):
        Architecture.from_json(INDEX_WINDOW.to_json() | {"colour": "red"})
