"""Flat TOML, as the standard library reads it back."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicgen_live.config.toml_text import Plain, toml_of

plain = (
    st.text(st.characters(exclude_categories=["Cs"]))
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False)
    | st.booleans()
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('a "b"\n', '"a \\"b\\"\\n"'),
        (True, "true"),
        (0.5, "0.5"),
        ({"value": "top-p", "low": 0.5}, '{ value = "top-p", low = 0.5 }'),
    ],
)
def test_values_as_people_write_them(value: Plain | dict[str, Plain], text: str) -> None:
    assert toml_of(value) == text


@given(plain)
def test_every_value_is_read_back(value: Plain) -> None:
    assert tomllib.loads(f"x = {toml_of(value)}") == {"x": value}


@given(st.dictionaries(st.from_regex("[a-z-]+", fullmatch=True), plain))
def test_every_table_is_read_back(table: dict[str, Plain]) -> None:
    assert tomllib.loads(f"x = {toml_of(table)}") == {"x": table}
