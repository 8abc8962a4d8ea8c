from __future__ import annotations

import os
import signal

import pytest

from musicgen_live.config.settings import Settings
from musicgen_live.errors import TrainingError
from musicgen_live.model.bundle import Bundle
from tests.support.bar_datasets import bars_bundle
from tests.support.processes import ends_with_its_children
from training.data.dataset import Ids
from training.evaluation.players import Players, players_of
from training.evaluation.takes import Takes

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")

SETTINGS = Settings(decode="sample", bars=2, polyphony=3)


def test_takes_are_the_same_and_in_order_however_many_processes_play() -> None:
    def ids_of(players: Players) -> list[list[int]]:
        return [ids.tolist() for ids in Takes(players, SETTINGS, count=5).ids_of(0, SETTINGS)]

    with players_of(bars_bundle(), 1) as alone, players_of(bars_bundle(), 3) as several:
        assert alone.executor is None
        assert several.executor is not None
        assert ids_of(several) == ids_of(alone)


PARENT = """
import os, time
from tests.support.bar_datasets import bars_bundle
from training.evaluation.players import players_of

with players_of(bars_bundle(), 2) as players:
    print(players.executor.submit(os.getpid).result(), flush=True)
    players.executor.submit(time.sleep, 600).result()
"""


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_player_outlives_its_parent(number: signal.Signals) -> None:
    assert ends_with_its_children(PARENT, number) == -number


@posix
def test_a_player_that_is_killed_is_named() -> None:
    with players_of(bars_bundle(), 2) as players:
        assert players.executor is not None
        players.executor.submit(os.getpid).result()
        with pytest.raises(TrainingError, match="one of the 2 processes that play was ended"):
            list(players.play(_end, [()]))


def _end(_bundle: Bundle) -> Ids:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError
