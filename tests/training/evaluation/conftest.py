"""A classifier that is fast enough for tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import bar_datasets


@pytest.fixture(scope="module")
def few_trees() -> Iterator[None]:
    """Use a smaller forest, which takes a tenth of the time."""
    with bar_datasets.few_trees():
        yield
