"""How many threads NumPy's products use; has to be said before NumPy is imported."""

from __future__ import annotations

import os


def use_one_blas_thread() -> None:
    """Set one thread for every BLAS that NumPy may have been built with, unless the environment says otherwise.

    Products as small as ours gain nothing from a second thread, and where another program wants the core it spins for
    it: 200 steps of 3x64 units took 15 s of processor time instead of 0.3 beside a training run.
    """
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(name, "1")
