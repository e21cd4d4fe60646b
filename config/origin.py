"""The public address of Waypost, checked."""

import ipaddress
from dataclasses import dataclass
from typing import Final

from config import env
from config.errors import ConfigurationError
from config.terminal import gettext as _

_LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True)
class Origin:
    """Scheme, host and port without a closing slash, and the host names to answer to."""

    url: str
    https: bool
    hosts: tuple[str, ...]
    local: bool


def public_origin() -> Origin:
    """Read `WAYPOST_URL`.

    Raises `ConfigurationError` for an address with a path, and for plain http to another machine
    unless `WAYPOST_ALLOW_HTTP=1`: passwords and customer data would travel readable.
    """
    parts = env.url("WAYPOST_URL", "http://localhost:8000", schemes=["https", "http"])
    host = parts.hostname or ""
    if parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigurationError(
            _(
                "WAYPOST_URL is {url!r}, but only scheme, host and port are expected, such as "
                "https://waypost.example.com."
            ).format(url=env.without_password(parts.geturl()))
        )
    https = parts.scheme == "https"
    local = is_loopback(host)
    if not https and not local and not env.flag("WAYPOST_ALLOW_HTTP", False):
        raise ConfigurationError(
            _(
                "WAYPOST_URL is {url!r}: passwords and customer data would cross the network "
                "readable. Use an https address, or set WAYPOST_ALLOW_HTTP=1 if that network is "
                "trusted."
            ).format(url=parts.geturl())
        )
    shown = f"[{host}]" if ":" in host else host
    hosts = _LOOPBACK if local else (shown,)
    return Origin(f"{parts.scheme}://{parts.netloc.lower()}", https, hosts, local)


def is_loopback(host: str) -> bool:
    """Tell whether `host` can only be this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
