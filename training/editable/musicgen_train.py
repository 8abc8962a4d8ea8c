"""In a clone, the name that a wheel installs `training/` under: `training` alone would clash with other packages.

An editable installation has this folder on its path; a wheel has `training/` itself under that name. Both work because
`training` imports itself relatively.
"""

from pathlib import Path

__path__ = [str(Path(__file__).parents[1])]
