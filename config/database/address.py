"""From `DATABASE_URL` to Django's settings."""

from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from config import env
from config.errors import ConfigurationError
from config.terminal import gettext as _

_POOL_SECONDS: Final = 15.0
_FORM: Final = "postgresql://USER:PASSWORD@HOST:PORT/NAME"


def database_settings() -> dict[str, Any]:
    """Return `DATABASES["default"]`, from `DATABASE_URL` or for the embedded PostgreSQL.

    Nothing is started or connected. `DATABASE_POOL_SIZE` is the most connections one process
    opens. Raises `ConfigurationError` for an address that can't be read.
    """
    settings: dict[str, Any] = {
        "ENGINE": "config.database",
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "pool": {
                "min_size": 0,
                "max_size": env.integer("DATABASE_POOL_SIZE", 12, least=2, most=1000),
                "timeout": _POOL_SECONDS,
                "max_idle": 120.0,
            },
            "connect_timeout": 10,
            "application_name": "waypost",
        },
    }
    address = env.secret("DATABASE_URL", "")
    if not address:
        # Host and port are known once the server runs.
        return settings | {"NAME": "waypost", "USER": "postgres", "EMBEDDED": True}
    return settings | _read(address, settings["OPTIONS"])


def _read(address: str, options: dict[str, Any]) -> dict[str, Any]:
    scheme, separator, rest = address.partition("://")
    shown = env.without_password(address)
    if not separator or scheme not in ("postgres", "postgresql"):
        raise ConfigurationError(
            _("DATABASE_URL is {address!r}, but {form} is expected.").format(
                address=shown, form=_FORM
            )
        )
    authority, _at, tail = rest.rpartition("@")
    user, _colon, password = authority.partition(":")
    place, _mark, query = tail.partition("?")
    host_port, _slash, name = place.partition("/")
    host, port = _host_and_port(host_port, shown)
    extra = dict(parse_qsl(query, keep_blank_values=True))
    if not name:
        raise ConfigurationError(
            _("DATABASE_URL is {address!r}, but it names no database: {form} is expected.").format(
                address=shown, form=_FORM
            )
        )
    return {
        "NAME": unquote(name),
        "USER": unquote(user),
        "PASSWORD": unquote(password),
        # libpq's own way to name a socket folder: postgresql:///name?host=/run/postgresql
        "HOST": extra.pop("host", unquote(host)),
        "PORT": extra.pop("port", port),
        "OPTIONS": options | extra,
    }


def _host_and_port(host_port: str, shown: str) -> tuple[str, str]:
    if host_port.startswith("["):
        host, _end, port = host_port[1:].partition("]")
        port = port.removeprefix(":")
    else:
        host, _colon, port = host_port.partition(":")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise ConfigurationError(
            _("DATABASE_URL is {address!r}, but its port is no port: {form} is expected.").format(
                address=shown, form=_FORM
            )
        )
    return host, port
