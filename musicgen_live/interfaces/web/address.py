"""Parses the address of `--web`, and knows by which names a browser may call this machine."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

from musicgen_live.config.libraries import missing_libraries
from musicgen_live.errors import SettingsError

Address = tuple[str, int]
"""Host and port."""

LOOPBACK = "127.0.0.1"

HOW_TO_INSTALL = "pip install '.[web]' in a clone of the repository, with uv: uv sync --extra web"

LIBRARIES = ("segno", "starlette", "uvicorn", "websockets")


def parse_web_address(text: str) -> Address:
    """Parse `8080` (this machine only) or `0.0.0.0:8080` into host and port; SettingsError if it is neither.

    An empty text is a free port of this machine, 0.
    """
    if not text:
        return LOOPBACK, 0
    host, _, port = text.rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65_536:
        raise SettingsError(
            f"--web is {text!r}; leave the address out, or write a port from 1 to 65535, such as 8080, or with an "
            "address of this machine that others reach it by, such as 0.0.0.0:8080"
        )
    return host.strip("[]") or LOOPBACK, int(port)


def check_libraries(names: Sequence[str] = LIBRARIES) -> None:
    """Raise SettingsError if a library of the page is not installed."""
    if missing := missing_libraries(names):
        raise SettingsError(f"The page needs the libraries {', '.join(missing)}. Type: {HOW_TO_INSTALL}")


def is_loopback(host: str) -> bool:
    """Return True if only this machine reaches a host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def url_host(host: str) -> str:
    """Return a host as a URL contains it: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def reachable_host(host: str) -> str:
    """Return the address to type elsewhere in the network for a host that the server listens at.

    For all addresses (`0.0.0.0`) this is the one that packets to the network leave from, if there is one.
    """
    if host not in ("0.0.0.0", "::"):
        return host
    family, outside = (socket.AF_INET, "192.0.2.1") if host == "0.0.0.0" else (socket.AF_INET6, "2001:db8::1")
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            # Sends nothing: it only chooses a route, here to an address that documentation is free to use (RFC 5737).
            probe.connect((outside, 9))
        except OSError:
            return LOOPBACK
        return str(probe.getsockname()[0])


def allowed_hosts(local_address: Address) -> frozenset[str]:
    """Return the values of the Host header that are allowed for a connection that arrived at a local address.

    A name of a stranger that points here is not among them: so web sites reach local programs (DNS rebinding).
    """
    host, port = local_address
    names = {url_host(host)}
    if is_loopback(host):
        names |= {"localhost", LOOPBACK, "[::1]"}
    else:
        own_name = socket.gethostname().lower()
        names |= {own_name, f"{own_name.removesuffix('.local')}.local"}
    # A browser leaves out the port that every URL has.
    return frozenset(f"{name}:{port}" for name in names) | (names if port == 80 else frozenset())


def warning_for_web(address: Address) -> str | None:
    """Return a sentence about who can open the page, if that is not this machine alone."""
    host, _ = address
    if is_loopback(host):
        return None
    place = "the whole network" if host in ("0.0.0.0", "::") else f"the network of {host}"
    return f"The page can be opened from {place}, by anybody who knows its address with all that follows the #."
