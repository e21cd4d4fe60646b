"""Where a call may go: never into the local network, whatever a name or a redirect says.

The addresses of a name are looked up here, judged, and one of them is connected to, so that a name
cannot mean something else a moment later.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings

Allowed = Callable[[str], bool]


class Refused(ValueError):
    """A call that must not be made; the text says why."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect (`address`) and what to say (`host`, `path`)."""

    is_tls: bool
    host: str
    port: int
    address: str
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = 443 if self.is_tls else 80
        return host if self.port == usual else f"{host}:{self.port}"


def is_public(address: str) -> bool:
    """Whether an IP address lies in the public network, also behind IPv4 in IPv6."""
    found = ipaddress.ip_address(address.partition("%")[0])
    inner = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    if inner is not None:
        return is_public(str(inner))
    return found.is_global and not found.is_multicast


def is_permitted(address: str) -> bool:
    """Whether a call may go to an IP address: public, or in a network that the installation names
    in `WAYPOST_PRIVATE_NETWORKS`, such as that of an SMS gateway in the house."""
    if is_public(address):
        return True
    found = ipaddress.ip_address(address.partition("%")[0])
    return any(found in ipaddress.ip_network(each) for each in settings.PRIVATE_NETWORKS)


def aim(url: str, allowed: Allowed = is_permitted) -> Target:
    """The target of *url*; raises Refused when any of its addresses is not *allowed*."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Refused(f"“{url[:80]}” is no address.") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(f"“{url[:80]}” is no http or https address.")
    if parts.username or parts.password:
        raise Refused("An address must not hold a name and a password.")
    is_tls = parts.scheme == "https"
    port = port or (443 if is_tls else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise OSError(f"{parts.hostname} can't be found") from error
    addresses = [str(each[4][0]) for each in found]
    for address in addresses:
        if not allowed(address):
            raise Refused(f"{parts.hostname} leads into the local network ({address}).")
    path = parts.path or "/"
    if parts.query:
        path += f"?{parts.query}"
    return Target(is_tls, parts.hostname, port, addresses[0], path)
