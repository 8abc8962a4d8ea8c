"""Going on, back and anew with a network, one id at a time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from musicgen_live.model.lstm import Network
from musicgen_live.model.predictors import CarriedState, ExactWindow, predictor, read_all
from musicgen_live.model.predictors import Snapshot as LstmSnapshot
from musicgen_live.model.state import Floats, State
from tests.support.networks import EMBEDDING_CARRIED, INDEX_WINDOW, random_tensors

IDS = [3, 1, 4, 1, 5, 0, 2, 6, 5, 3, 5, 0, 6, 1, 1, 2]


def test_a_window_of_one_id_remembers_nothing() -> None:
    architecture = replace(INDEX_WINDOW, window=1)
    reader = ExactWindow(Network(architecture, random_tensors(architecture)))
    first = reader.step(4)
    reader.step(2)
    assert np.array_equal(reader.step(4), first)


@pytest.mark.parametrize("way", [CarriedState, ExactWindow])
def test_reset_forgets_everything(way: type[CarriedState] | type[ExactWindow]) -> None:
    reader = way(Network(EMBEDDING_CARRIED, random_tensors(EMBEDDING_CARRIED)))
    before = [reader.step(token_id) for token_id in IDS]
    reader.reset()
    after = [reader.step(token_id) for token_id in IDS]
    assert np.array_equal(before, after)


@pytest.mark.parametrize("way", [CarriedState, ExactWindow])
@pytest.mark.parametrize("read_before", [0, 3, 6, 20])
def test_restore_forgets_the_ids_read_since(way: type[CarriedState] | type[ExactWindow], read_before: int) -> None:
    architecture = replace(EMBEDDING_CARRIED, recall_from=0, intervals=True, reference=True)
    network = Network(architecture, random_tensors(architecture))
    ids = [(i * i + 1) % 7 for i in range(40)]
    reader, other = way(network), way(network)
    for token_id in ids[:read_before]:
        reader.step(token_id)
        other.step(token_id)
    memory = reader.snapshot()
    read_all(reader, [1, 5, 1, 5, 1, 5, 2, 2, 2])
    reader.remembered.shows_recall = False
    for _ in range(2):
        reader.restore(memory)
        again = [reader.step(token_id) for token_id in ids[read_before : read_before + 15]]
    straight = [other.step(token_id) for token_id in ids[read_before : read_before + 15]]
    assert np.array_equal(again, straight)


class CountingNetwork(Network):
    """A network that counts the steps that it computes."""

    computed = 0

    def advance(
        self,
        state: State,
        token_id: int | NDArray[np.integer],
        recalled: Sequence[int | NDArray[np.integer]] = (),
    ) -> Floats:
        self.computed += 1
        return super().advance(state, token_id, recalled)


def counting_reader() -> tuple[CarriedState, CountingNetwork]:
    architecture = replace(EMBEDDING_CARRIED, recall_from=0)
    network = CountingNetwork(architecture, random_tensors(architecture))
    return CarriedState(network), network


def test_steps_taken_again_from_the_same_state_are_not_computed_again() -> None:
    reader, network = counting_reader()
    read_all(reader, [3, 1])
    before = reader.snapshot()
    first = [reader.step(token_id) for token_id in (4, 1, 5)]
    assert network.computed == 5
    reader.restore(before)
    assert np.array_equal([reader.step(token_id) for token_id in (4, 1, 5)], first)
    assert network.computed == 5
    reader.restore(before)
    assert np.array_equal([reader.step(token_id) for token_id in (4, 1)], first[:2])
    assert network.computed == 5
    reader.step(2)
    assert network.computed == 6


def test_a_step_with_other_inputs_is_computed() -> None:
    reader, network = counting_reader()
    read_all(reader, [3, 1, 4, 3, 1])
    before = reader.snapshot()
    reader.step(4)
    reader.restore(before)
    reader.remembered.shows_recall = False
    reader.step(4)
    assert network.computed == 7


@pytest.mark.parametrize("seed", range(8))
def test_whatever_is_taken_back_the_state_is_that_of_the_ids_left(seed: int) -> None:
    dice = random.Random(seed)
    reader, network = counting_reader()
    ids: list[int] = []
    points: list[tuple[int, LstmSnapshot]] = []
    for _ in range(300):
        act = dice.randrange(12)
        if act == 0 and points:
            at = dice.randrange(len(points))
            length, snapshot = points[at]
            del ids[length:], points[at + 1 :]
            reader.restore(snapshot)
        elif act == 1:
            points.append((len(ids), reader.snapshot()))
        elif act == 2 and dice.random() < 0.1:
            ids, points = [], []
            reader.reset()
        else:
            ids.append(dice.randrange(2))
            found = reader.step(ids[-1])
            assert np.array_equal(found, read_all(CarriedState(network), ids))


@pytest.mark.parametrize("way", [CarriedState, ExactWindow])
def test_two_predictors_of_one_network_are_independent(way: type[CarriedState] | type[ExactWindow]) -> None:
    network = Network(EMBEDDING_CARRIED, random_tensors(EMBEDDING_CARRIED))
    alone = [way(network).step(3)]
    one, other = way(network), way(network)
    other.step(5)
    assert np.array_equal([one.step(3)], alone)


@pytest.mark.parametrize("way", [CarriedState, ExactWindow])
def test_returned_logits_belong_to_the_caller(way: type[CarriedState] | type[ExactWindow]) -> None:
    reader = way(Network(EMBEDDING_CARRIED, random_tensors(EMBEDDING_CARRIED)))
    first = reader.step(3)
    kept = first.copy()
    reader.step(4)
    assert np.array_equal(first, kept)


def test_the_predictor_fits_the_mode_of_training() -> None:
    assert isinstance(predictor(Network(INDEX_WINDOW, random_tensors(INDEX_WINDOW))), ExactWindow)
    assert isinstance(predictor(Network(EMBEDDING_CARRIED, random_tensors(EMBEDDING_CARRIED))), CarriedState)


def test_read_all_gives_the_logits_after_the_last_id() -> None:
    network = Network(INDEX_WINDOW, random_tensors(INDEX_WINDOW))
    reader = predictor(network)
    expected = [reader.step(token_id) for token_id in IDS][-1]
    assert np.array_equal(read_all(predictor(network), IDS), expected)


def test_read_all_needs_an_id() -> None:
    with pytest.raises(ValueError, match="at least one id"):
        read_all(predictor(Network(INDEX_WINDOW, random_tensors(INDEX_WINDOW))), [])
