"""Pages that send nonsense, too much, or read nothing: they are answered or let go, and cost the others nothing."""

from __future__ import annotations

import json
import queue
from contextlib import ExitStack
from typing import Any

from musicgen_live.config.parameter import Change
from musicgen_live.interfaces.events import UserMessage
from musicgen_live.interfaces.web.app import TOO_MANY_MESSAGES, TOO_MANY_PAGES, TOO_SLOW
from musicgen_live.interfaces.web.hub import BURST, MAX_PAGES, MAX_WAITING
from musicgen_live.interfaces.web.requests import MOST_MESSAGE_BYTES
from musicgen_live.interfaces.web.server import WebServer
from tests.musicgen_live.interfaces.web.conftest import KeptRequests
from tests.support.page import PageClient

NAMES = ("tempo", "key", "mute", "preset", "chords", "x" * 900)
WRONG_VALUES: tuple[object, ...] = (
    [], {}, "", "x" * 900, -1e308, 1e308, [None] * 100, {"a": {"b": []}}, "\x00", "../../../../x",
)  # fmt: skip
NO_TEXTS: tuple[object, ...] = (None, 1, [], {}, True, "", "__class__", "tempo\n", "x" * 4000)

HOSTILE: list[str] = [
    *("", "null", "{", "[" * 2000, '"' * 100, "NaN", "-1e999", "\0"),
    *(json.dumps({"change": name, "value": value}) for name in NAMES for value in WRONG_VALUES),
    *(json.dumps({"ping": value}) for value in (None, "1", True, 1e308)),
    *(json.dumps({"change": value}) for value in NO_TEXTS),
    *(json.dumps({"quit": value}) for value in NO_TEXTS if value is not True),
    *(json.dumps({"token": value}) for value in NO_TEXTS),
    *(json.dumps({"file": value}) for value in NO_TEXTS),
    *(json.dumps({"midi": value, "at_s": 1}) for value in (*NO_TEXTS, "903c" * 200, "90ffff", "f0")),
    *('{"change": "tempo", "value": NaN}', '{"change": "tempo", "value": Infinity}', '{"ping": -Infinity}'),
]


def test_a_hundred_hostile_messages_change_nothing(
    changes: queue.SimpleQueue[Change], session: KeptRequests, page: PageClient
) -> None:
    assert len(HOSTILE) >= 99
    for text in HOSTILE:
        page.send_raw(text)
    page.send({"ping": 7})
    answers = page.receive_until(lambda event: event["event"] == "pong")
    allowed = [change.value for change in _all(changes)]
    # An empty text is off for what can be off; anything else was refused.
    assert set(allowed) <= {None}
    assert [answer["event"] for answer in answers[:-1]] == ["refused"] * (len(HOSTILE) - len(allowed))
    assert max(len(answer["reason"]) for answer in answers[:-1]) <= 400
    assert session.quits.empty()


def _all(waiting: queue.SimpleQueue[Any]) -> list[Any]:
    return [waiting.get() for _ in range(waiting.qsize())]


def test_bytes_end_a_page_and_nobody_else(server: WebServer, page: PageClient) -> None:
    with PageClient(server) as hostile:
        hostile.send_raw(b"\x00" * 100)
        hostile.close_code()
    page.send({"ping": 1})
    assert page.receive()["event"] == "pong"


def test_a_message_that_is_too_long_ends_a_page(server: WebServer, page: PageClient) -> None:
    with PageClient(server) as hostile:
        hostile.send_raw("x" * (MOST_MESSAGE_BYTES + 1))
        assert hostile.close_code() == 1009
    page.send({"ping": 1})
    assert page.receive()["event"] == "pong"


def test_too_many_messages_end_a_page(server: WebServer, page: PageClient) -> None:
    # The clock of this server stands still, so no allowance comes back.
    with PageClient(server) as hostile:
        for _ in range(BURST + 1):
            hostile.send({"ping": 1})
        assert hostile.close_code() == TOO_MANY_MESSAGES
    page.send({"ping": 1})
    assert page.receive()["event"] == "pong"


def test_a_page_that_reads_nothing_is_let_go_and_costs_the_others_nothing(server: WebServer) -> None:
    long_text = "x" * 50_000
    with PageClient(server, max_queue=1) as slow, PageClient(server) as page:
        assert page.receive()["event"] == "hello"
        for number in range(2 * MAX_WAITING):
            server(UserMessage(f"{number} {long_text}"))
            page.receive()
        assert slow.close_code() == TOO_SLOW


def test_too_many_pages_are_refused(server: WebServer, page: PageClient) -> None:
    with ExitStack() as closing:
        for _ in range(MAX_PAGES - 1):
            assert closing.enter_context(PageClient(server)).receive()["event"] == "hello"
        with PageClient(server) as one_more:
            assert one_more.close_code() == TOO_MANY_PAGES
    page.send({"ping": 1})
    assert page.receive()["event"] == "pong"
