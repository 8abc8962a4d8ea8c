"""Requests from other threads, in order, and what ends a wait."""

from __future__ import annotations

import threading

from musicgen_live.config.parameter import Change
from musicgen_live.interfaces.events import Refused
from musicgen_live.player.commands import Incoming, InputGone
from musicgen_live.session.inbox import Inbox


def test_requests_are_taken_in_order() -> None:
    inbox = Inbox()
    inbox.put(Change("velocity", 1))
    inbox.put_event(Refused("tempo", "too fast"))
    inbox.put(Change("transpose", 2))
    assert inbox.take() == [Change("velocity", 1), Refused("tempo", "too fast"), Change("transpose", 2)]
    assert inbox.take() == []


def test_of_many_changes_of_a_parameter_the_latest_waits() -> None:
    inbox = Inbox()
    inbox.put(Change("velocity", 1))
    inbox.put(Change("preset", "ragtime"))
    for velocity in range(100_000):
        inbox.put(Change("velocity", velocity))
    assert inbox.take() == [Change("preset", "ragtime"), Change("velocity", 99_999)]


def test_all_that_is_played_is_taken_in_order() -> None:
    inbox = Inbox()
    played = [Incoming(1, "input", thru=True, at_s=at_s, message=b"\x90\x3c\x50") for at_s in (0.0, 0.0, 0.5)]
    for message in played:
        inbox.put_for_player(message)
    inbox.put_for_player(InputGone(1))
    assert inbox.take() == [*played, InputGone(1)]


def test_presets_are_saved_under_every_name() -> None:
    inbox = Inbox()
    for name in ("loud", "soft", "loud"):
        inbox.put(Change("save", name))
    assert inbox.take() == [Change("save", "soft"), Change("save", "loud")]


def test_the_latest_change_of_each_thread_arrives() -> None:
    inbox = Inbox()

    def put(name: str) -> None:
        for i in range(1000):
            inbox.put(Change(name, i))

    threads = [threading.Thread(target=put, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    latest: dict[str, object] = {}
    while list(latest.values()) != [999] * 4:
        changes = [request for request in inbox.take(10) if isinstance(request, Change)]
        assert all(latest.get(change.name, -1) < change.value for change in changes)  # type: ignore[operator]
        latest |= {change.name: change.value for change in changes}
    for thread in threads:
        thread.join()


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
