"""Pages that a browser may not have: of another start, of another origin or name, and one that sends nonsense."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.musicgen_live.interfaces.web.test_strange_pages import HOSTILE
from tests.support.browser import Browser, Tab
from tests.support.page import token_in
from tests.support.playing_page import TAKE, playing_page

pytestmark = pytest.mark.browser

SAYS = "document.getElementById('connection').textContent"


def free_port() -> int:
    """Return a TCP port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_page_waits_for_the_program_and_needs_the_address_of_the_new_start(browser: Browser, tmp_path: Path) -> None:
    port = free_port()
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with playing_page(tmp_path / "one", f"--web={port}") as (process, url):
        tab = browser.open(url)
        tab.wait_for(f"{TAKE}.sent > 2")
        process.kill()
        tab.wait_for(f"{SAYS}.startsWith('The connection is lost; trying again')")
    with playing_page(tmp_path / "two", f"--web={port}") as (_, new_url):
        tab.wait_for(f"{SAYS}.startsWith('This address is not the one')")
        tab.go(new_url)
        tab.wait_for(f"{TAKE}.headTick > 0 && {SAYS} === ''")
        tab.go("about:blank")


def test_a_socket_from_another_origin_does_not_open(browser: Browser, url: str) -> None:
    tab = browser.open("about:blank")
    address = url.partition("#")[0].replace("http", "ws")
    code = tab.evaluate(
        f"new Promise((say) => {{ new WebSocket('{address}socket').onclose = (event) => say(event.code) }})"
    )
    assert code == 1006


def test_a_page_by_another_name_of_this_machine_is_refused(browser: Browser, url: str) -> None:
    # Browsers look every name below `localhost` up as this machine, as an attacker's name server does with its own.
    tab = browser.open(url.replace("127.0.0.1", "stranger.localhost"))
    tab.wait_for("document.body.textContent.startsWith('The address of the page is not the one')")
    tab.go("about:blank")


def test_a_hundred_hostile_messages_from_the_page_cost_the_music_nothing(tab: Tab, url: str) -> None:
    messages = [json.dumps({"token": token_in(url)}), *HOSTILE]
    refused = tab.evaluate(
        f"""new Promise((say) => {{
          const socket = new WebSocket(`ws://${{location.host}}/socket`);
          let refused = 0;
          socket.onmessage = (message) => {{
            const events = JSON.parse(message.data);
            refused += events.filter((event) => event.event === 'refused').length;
            if (events.some((event) => event.event === 'pong')) say(refused);
          }};
          socket.onopen = () => [...{json.dumps(messages)}, '{{"ping": 7}}'].forEach((text) => socket.send(text));
        }})"""
    )
    assert refused >= 100
    sent = tab.evaluate(f"{TAKE}.sent")
    tab.wait_for(f"{TAKE}.sent > {sent} + 3 && !{TAKE}.hasEnded")
