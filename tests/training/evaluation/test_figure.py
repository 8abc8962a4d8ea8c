from __future__ import annotations

import json

import pytest

from training.evaluation.figure import Figure, Group, share_of


def test_a_figure_is_a_mean_with_the_spread_over_seeds() -> None:
    figure = Figure("likeness", (0.1, 0.2, 0.3), 0.15, decimals=3)
    assert figure.mean == pytest.approx(0.2)
    assert figure.spread == pytest.approx(0.1)
    assert Figure("likeness", (0.4,)).spread == 0


def test_a_share_is_printed_in_percent() -> None:
    assert Figure("closes", (0.5,)).text(0.423) == "42.3 %"
    assert Figure("nats", (2.5,), decimals=3).text(2.4969) == "2.497"


def test_a_group_as_json() -> None:
    group = Group("Endings", (Figure("closes", (0.25, 0.75), 0.42), Figure("nats", (2.5,), decimals=3)))
    closes, nats = json.loads(json.dumps(group.to_json()))["figures"]
    assert (closes["mean"], closes["of_seeds"], closes["real"]) == (0.5, [0.25, 0.75], 0.42)
    assert (nats["spread"], nats["real"]) == (None, None)


def test_the_share_of_nothing_is_0() -> None:
    assert (share_of([]), share_of([True, False])) == (0, 0.5)
