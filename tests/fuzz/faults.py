"""Runs one case after another, and collects every error that is none of a user's."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from musicgen_live.errors import MusicgenError

Case = TypeVar("Case")


def faults_of(cases: Iterable[Case], run: Callable[[Case], object]) -> dict[str, Case]:
    """Run every case; return each kind of fault, named by its error and line, with one case that causes it.

    A MusicgenError is an answer, not a fault.
    """
    found: dict[str, Case] = {}
    for case in cases:
        try:
            run(case)
        except MusicgenError:
            continue
        except Exception as error:
            frame = traceback.extract_tb(error.__traceback__)[-1]
            found[f"{type(error).__name__} in {Path(frame.filename).name}:{frame.lineno}: {str(error)[:80]}"] = case
    return found
