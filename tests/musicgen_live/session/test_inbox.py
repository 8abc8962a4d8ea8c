"""Requests from other threads, in order, and what ends a wait."""

from __future__ import annotations

import threading

from musicgen_live.config.parameters import Change
from musicgen_live.interfaces.events import Refused
from musicgen_live.session.inbox import Inbox


def test_requests_are_taken_in_order() -> None:
    inbox = Inbox()
    requests: list[Change | Refused] = [Change("velocity", 1), Refused("tempo", "too fast"), Change("velocity", 2)]
    for request in requests:
        inbox.put(request)
    assert inbox.take() == requests
    assert inbox.take() == []


def test_requests_of_many_threads_keep_their_order() -> None:
    inbox = Inbox()

    def put(name: str) -> None:
        for i in range(1000):
            inbox.put(Change(name, i))

    threads = [threading.Thread(target=put, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    found: list[Change] = []
    while len(found) < 4000:
        found += [request for request in inbox.take(10) if isinstance(request, Change)]
    for thread in threads:
        thread.join()
    assert {name: [change.value for change in found if change.name == name] for name in "abcd"} == {
        name: list(range(1000)) for name in "abcd"
    }


def test_a_wake_up_ends_a_wait_and_is_no_request() -> None:
    inbox = Inbox()
    inbox.wake()
    assert inbox.take(600) == []


def test_a_wait_ends_without_anything() -> None:
    assert Inbox().take(0.001) == []


def test_quit_is_seen_before_what_was_put_earlier() -> None:
    inbox = Inbox()
    inbox.put(Change("velocity", 1))
    assert not inbox.quits
    inbox.quit()
    assert inbox.quits
    assert inbox.take(600) == [Change("velocity", 1)]
