"""Addresses of the page, and the names by which a browser may call this machine."""

from __future__ import annotations

import pytest

from musicgen_live.cli.main import with_web_address
from musicgen_live.errors import SettingsError
from musicgen_live.interfaces.web.address import (
    allowed_hosts,
    check_libraries,
    is_loopback,
    parse_web_address,
    reachable_host,
    warning_for_web,
)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("", ("127.0.0.1", 0)),
        ("8080", ("127.0.0.1", 8080)),
        ("0.0.0.0:8080", ("0.0.0.0", 8080)),
        ("[::1]:8080", ("::1", 8080)),
        ("localhost:80", ("localhost", 80)),
    ],
)
def test_an_address_is_host_and_port(text: str, address: tuple[str, int]) -> None:
    assert parse_web_address(text) == address


@pytest.mark.parametrize("text", ["0", "65536", "8080:", "host", "0.0.0.0", "-1", "²"])
def test_a_wrong_address_is_named(text: str) -> None:
    with pytest.raises(SettingsError, match="leave the address out, or write a port from 1 to 65535"):
        parse_web_address(text)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        (["play", "--web"], ["play", "--web="]),
        (["play", "--web", "--seed", "1"], ["play", "--web=", "--seed", "1"]),
        (["play", "--web", "8080"], ["play", "--web", "8080"]),
        (["play", "--web=8080"], ["play", "--web=8080"]),
        ([], []),
    ],
)
def test_the_flag_may_stand_alone(given: list[str], read: list[str]) -> None:
    assert with_web_address(given) == read


def test_this_machine_has_three_names() -> None:
    assert allowed_hosts(("127.0.0.1", 8080)) == {"127.0.0.1:8080", "localhost:8080", "[::1]:8080"}


def test_the_port_of_every_url_may_be_left_out() -> None:
    assert "localhost" in allowed_hosts(("127.0.0.1", 80))


def test_in_a_network_the_address_counts_that_the_connection_came_to() -> None:
    hosts = allowed_hosts(("192.168.1.20", 8080))
    assert "192.168.1.20:8080" in hosts
    assert not hosts & {"localhost:8080", "127.0.0.1:8080", "192.168.1.20"}


@pytest.mark.parametrize(
    ("host", "expected"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("192.168.1.20", False)],
)
def test_loopback_is_reached_by_this_machine_alone(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_whoever_can_open_the_page_is_named() -> None:
    assert warning_for_web(("127.0.0.1", 8080)) is None
    assert "from the whole network" in str(warning_for_web(("0.0.0.0", 8080)))


def test_a_missing_library_is_named_with_what_to_type() -> None:
    check_libraries()
    with pytest.raises(SettingsError, match=r"needs the libraries nosuch_library\. Type: pip install '\.\[web\]'"):
        check_libraries(("starlette", "nosuch_library"))


def test_the_address_to_type_is_one_that_others_reach() -> None:
    assert reachable_host("192.168.1.20") == "192.168.1.20"
    assert reachable_host("0.0.0.0") != "0.0.0.0"
