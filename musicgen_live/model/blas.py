"""Sets the number of threads of NumPy's matrix products, which must happen before NumPy is imported."""

from __future__ import annotations

import os


def use_one_blas_thread() -> None:
    """Set one thread for every BLAS that NumPy may have been built with, unless the environment already sets it.

    Products as small as ours gain nothing from a second thread, which spins while another program uses its core:
    beside a training run, 200 steps of 3x64 units took 15 s of processor time instead of 0.3.
    """
    for name in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ.setdefault(name, "1")
