"""Sets the number of threads of NumPy's matrix products, which must happen before NumPy is imported."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_NAMES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""The variables of every BLAS that NumPy may have been built with."""


def use_one_blas_thread() -> None:
    """Set one thread for every BLAS that NumPy may have been built with, unless the environment already sets it.

    Products as small as ours gain nothing from a second thread, which spins while another program uses its core:
    beside a training run, 200 steps of 3x64 units took 15 s of processor time instead of 0.3.
    """
    for name in _NAMES:
        os.environ.setdefault(name, "1")


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Have NumPy use one thread if it is imported within; the environment is then as it was before.

    For programs of others: nothing changes if they have imported NumPy, or set the threads of a BLAS.
    """
    if "numpy" in sys.modules or any(name in os.environ for name in _NAMES):
        yield
        return
    use_one_blas_thread()
    try:
        yield
    finally:
        for name in _NAMES:
            os.environ.pop(name, None)
