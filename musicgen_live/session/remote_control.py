"""Opens what steers a session from outside: OSC, and the page in the browser."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from musicgen_live.session.options import SessionOptions

if TYPE_CHECKING:
    from musicgen_live.session.inbox import Inbox
    from musicgen_live.session.live_session import LiveSession


def receive_osc(session: LiveSession, options: SessionOptions, closing: ExitStack) -> None:
    """Have OSC steer a session, if an address is given, until `closing` is closed."""
    if options.osc is not None:
        from musicgen_live.interfaces.osc_server import OscServer, parse_address

        server = OscServer(session.steer, session.refuse, parse_address(options.osc), reason_of=session.faults.reason)
        session.observe(closing.enter_context(server))


def serve_page(session: LiveSession, options: SessionOptions, inbox: Inbox, closing: ExitStack) -> list[str]:
    """Have a page in the browser show and steer a session, if an address is given; return its URL."""
    if options.web is None:
        return []
    from musicgen_live.interfaces.web.address import parse_web_address
    from musicgen_live.interfaces.web.server import WebServer
    from musicgen_live.session.page_keyboard import PageKeyboard
    from musicgen_live.session.page_session import SessionOfPages
    from musicgen_live.sound.instrument import instrument_files

    server = WebServer(
        SessionOfPages(session, PageKeyboard(options.inputs, inbox.put_for_player)),
        parse_web_address(options.web),
        instrument_files(),
        takes=options.takes,
        reason_of=session.faults.reason,
    )
    session.observe(closing.enter_context(server))
    return [server.url]
