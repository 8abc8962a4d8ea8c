"""In a clone, the name that a wheel installs `training/` under: `training` alone would clash with other packages.

A wheel has the folder itself in the place of this file. `training` imports itself relatively, so it works under both.
"""

from pathlib import Path

__path__ = [str(Path(__file__).with_name("training"))]
