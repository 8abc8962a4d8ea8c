"""Finds out which optional libraries are there, without importing them."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable


def missing_libraries(names: Iterable[str]) -> list[str]:
    """Return those names of importable packages that are not installed."""
    return [name for name in names if importlib.util.find_spec(name) is None]
