"""Selects ids by the kind of their token, in the bar encodings."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicgen_live.encodings import bar_tokens

from .dataset import Ids


def is_kind(ids: Ids, kind: str) -> NDArray[np.bool_]:
    """Return for each id whether its token is of a kind such as `pitch`, `bar` or `position`."""
    kind_ids = bar_tokens.ids_of(kind)
    return (ids >= kind_ids.start) & (ids < kind_ids.stop)
