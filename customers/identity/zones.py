"""Time zones of customers: only true ones are kept, since rules hand them to the database."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

# Names of files beside the zones that PostgreSQL does not take for one.
_NOT_ZONES = frozenset(("localtime", "posixrules", "Factory"))


def known_zone(name: object) -> str:
    """*name* when it is a time zone such as "Asia/Shanghai", else empty."""
    return name if isinstance(name, str) and name in _zones() else ""


# helpers


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - _NOT_ZONES)
