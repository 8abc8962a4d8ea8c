"""The longer mode of the fuzzers.

    python -m tests.fuzz --count 10000 --only presets

gives that many absurd inputs of each kind, and prints every fault with an input that causes it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from musicgen_live.model.blas import use_one_blas_thread


def main() -> int:
    """Run the fuzzers that were named, or all; return 1 if one found a fault."""
    use_one_blas_thread()
    # Imported now, because NumPy reads the number of threads when it is imported.
    from tests.fuzz.kinds import FUZZERS

    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="*", choices=sorted(FUZZERS), default=sorted(FUZZERS))
    options = parser.parse_args()
    found = 0
    for name in options.only:
        began_s = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            faults = FUZZERS[name].faults(options.count, options.seed, Path(folder))
        print(f"{name}: {options.count:,} in {time.monotonic() - began_s:.0f} s, {len(faults)} faults", flush=True)
        for fault, case in faults.items():
            print(f"  {fault}\n    {str(case)[:300]}")
        found += len(faults)
    return int(found > 0)


if __name__ == "__main__":
    sys.exit(main())
