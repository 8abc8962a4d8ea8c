from __future__ import annotations

import sys

from musicgen_live.config.libraries import missing_libraries


def test_the_missing_ones_are_named_in_order() -> None:
    assert missing_libraries(["zzz_nobody_has", "json", "aaa_nobody_has"]) == ["zzz_nobody_has", "aaa_nobody_has"]


def test_nothing_is_imported() -> None:
    assert missing_libraries(["this", "antigravity"]) == []
    assert not {"this", "antigravity"} & set(sys.modules)
