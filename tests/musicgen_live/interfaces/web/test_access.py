"""The server of the page over real sockets on loopback: which files, hosts, origins and tokens it accepts."""

from __future__ import annotations

import pytest

from musicgen_live.interfaces.web.app import WRONG_TOKEN
from musicgen_live.interfaces.web.server import WebServer
from tests.support.page import UPGRADE, PageClient, host_of, request, token_in


def test_the_page_loads_nothing_but_itself_and_is_shown_in_nothing_else(server: WebServer) -> None:
    status, headers, body = request(server)
    assert status == 200
    assert b"<title>musicgen-live</title>" in body
    assert headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
        f"connect-src 'self' ws://{host_of(server)}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert "server" not in headers


def test_the_address_has_a_token_that_requests_do_not_contain(server: WebServer) -> None:
    address, _, token = server.url.partition("#")
    assert address == f"http://127.0.0.1:{server.address[1]}/"
    assert len(token) == 32


@pytest.mark.parametrize("path", ["/sound/piano.ogg", "/sound/piano.json"])
def test_the_instruments_can_be_loaded(server: WebServer, path: str) -> None:
    status, headers, body = request(server, path)
    assert (status, int(headers["content-length"])) == (200, len(body))


@pytest.mark.parametrize(
    "path", ["/../server.py", "/%2e%2e/server.py", "/sound/../../interfaces/web/server.py", "/server.py", "/sound/"]
)
def test_no_other_file_can_be_loaded(server: WebServer, path: str) -> None:
    assert request(server, path)[0] == 404


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.example.org", "localhost", ""])
def test_another_host_is_refused(server: WebServer, host: str) -> None:
    assert request(server, headers={"Host": host})[0] == 403
    assert request(server, "/socket", headers={**UPGRADE, "Host": host, "Origin": f"http://{host}"})[0] == 403


def test_localhost_is_this_machine_too(server: WebServer) -> None:
    assert request(server, headers={"Host": f"localhost:{server.address[1]}"})[0] == 200


@pytest.mark.parametrize("origin", ["http://example.org", "null", "https://127.0.0.1", "http://127.0.0.1:1", None])
def test_a_socket_from_another_origin_is_refused(server: WebServer, origin: str | None) -> None:
    headers = {**UPGRADE} if origin is None else {**UPGRADE, "Origin": origin}
    assert request(server, "/socket", headers=headers)[0] == 403


def test_a_post_needs_the_origin_of_the_page(server: WebServer) -> None:
    assert request(server, method="POST")[0] == 403
    assert request(server, method="POST", headers={"Origin": f"http://{host_of(server)}"})[0] == 405


@pytest.mark.parametrize("token", ["", "0" * 32, "ä", "\ud800"])
def test_a_wrong_token_is_refused(server: WebServer, token: str) -> None:
    with PageClient(server, token) as page:
        assert page.close_code() == WRONG_TOKEN


def test_a_first_message_that_is_no_token_is_refused(server: WebServer) -> None:
    with PageClient(server, [token_in(server.url)]) as page:  # type: ignore[arg-type]
        assert page.close_code() == WRONG_TOKEN
