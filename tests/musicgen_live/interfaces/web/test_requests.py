from __future__ import annotations

import pytest

from musicgen_live.errors import SettingsError
from musicgen_live.interfaces.web.requests import json_object, token_of


@pytest.mark.parametrize("text", ['{"name": "evening", "bars": [1]}', b'{"name": "evening", "bars": [1]}'])
def test_an_object_is_read_from_a_message_and_from_a_body(text: str | bytes) -> None:
    assert json_object(text) == {"name": "evening", "bars": [1]}


@pytest.mark.parametrize("text", ["", "{", b"\xff", "[" * 100_000, "9" * 5000])
def test_what_is_no_json_is_refused(text: str | bytes) -> None:
    with pytest.raises(SettingsError, match=r"^a message of the page is no JSON$"):
        json_object(text)


@pytest.mark.parametrize("text", ["null", "[1]", "3", '"token"'])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"^a message of the page is no object$"):
        json_object(text)


@pytest.mark.parametrize(
    ("text", "token"),
    [('{"token": "abc"}', "abc"), ('{"token": 3}', ""), ("{}", ""), ('["token"]', ""), ("{", ""), ("[" * 100_000, "")],
)
def test_a_first_message_without_a_token_has_an_empty_one(text: str, token: str) -> None:
    assert token_of(text) == token
