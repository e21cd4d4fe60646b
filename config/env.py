"""Typed reading of the environment.

Each function takes the variable's name and a default. Without a default the variable must be
set. What can't be read raises `ConfigurationError` with the name, the value and what was
expected. An empty variable counts as missing.
"""

import ipaddress
import os
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, urlsplit

from config.errors import ConfigurationError
from config.terminal import gettext as _


class _Required:
    """Marks a variable that has no default."""


REQUIRED: Final = _Required()

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})
_SECONDS_PER = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|)")


def _seen(name: str) -> str | None:
    return os.environ.get(name, "").strip() or None


def _missing(name: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        _("{name} is not set. Set it to {expected}.").format(name=name, expected=expected)
    )


def _wrong(name: str, seen: str, expected: str) -> ConfigurationError:
    return ConfigurationError(
        _("{name} is {seen!r}, but {expected} is expected.").format(
            name=name, seen=seen, expected=expected
        )
    )


def text(
    name: str, default: str | _Required = REQUIRED, *, choices: Iterable[str] | None = None
) -> str:
    """Return the variable as text; with `choices`, only one of them is accepted."""
    seen = _seen(name)
    allowed = list(choices) if choices is not None else None
    expected = _("one of {choices}").format(choices=", ".join(allowed)) if allowed else _("a text")
    if seen is None:
        if isinstance(default, _Required):
            raise _missing(name, expected)
        return default
    if allowed is not None and seen not in allowed:
        raise _wrong(name, seen, expected)
    return seen


def flag(name: str, default: bool | _Required = REQUIRED) -> bool:
    """Return the variable as a bool: 1/0, true/false, yes/no or on/off."""
    seen = _seen(name)
    if seen is None:
        if isinstance(default, _Required):
            raise _missing(name, _("1 or 0"))
        return default
    if seen.lower() in _TRUE:
        return True
    if seen.lower() in _FALSE:
        return False
    raise _wrong(name, seen, _("1 or 0 (or true/false, yes/no, on/off)"))


def integer(
    name: str,
    default: int | _Required = REQUIRED,
    *,
    least: int | None = None,
    most: int | None = None,
) -> int:
    """Return the variable as a whole number between `least` and `most` (both inclusive)."""
    if least is not None and most is not None:
        expected = _("a whole number of at least {least} and at most {most}")
    elif least is not None:
        expected = _("a whole number of at least {least}")
    elif most is not None:
        expected = _("a whole number of at most {most}")
    else:
        expected = _("a whole number")
    expected = expected.format(least=least, most=most)
    seen = _seen(name)
    if seen is None:
        if isinstance(default, _Required):
            raise _missing(name, expected)
        return default
    if not re.fullmatch(r"[+-]?[0-9]+", seen):
        raise _wrong(name, seen, expected)
    number = int(seen)
    if (least is not None and number < least) or (most is not None and number > most):
        raise _wrong(name, seen, expected)
    return number


def seconds(name: str, default: float | _Required = REQUIRED) -> float:
    """Return a duration in seconds; `90`, `90s`, `1.5m`, `2h`, `1d` and `250ms` are understood."""
    expected = _("a duration such as 30, 30s, 5m, 2h or 1d")
    seen = _seen(name)
    if seen is None:
        if isinstance(default, _Required):
            raise _missing(name, expected)
        return default
    match = _DURATION.fullmatch(seen.lower())
    if match is None:
        raise _wrong(name, seen, expected)
    return float(match[1]) * _SECONDS_PER[match[2]]


def items(name: str, default: Iterable[str] | _Required = REQUIRED) -> list[str]:
    """Return a list of texts, separated by commas in the variable."""
    seen = _seen(name)
    if seen is None:
        if isinstance(default, _Required):
            raise _missing(name, _("a list separated by commas"))
        return list(default)
    return [item.strip() for item in seen.split(",") if item.strip()]


def networks(name: str) -> list[str]:
    """Return a list of networks such as 10.1.0.0/16, separated by commas; empty by default."""
    found = items(name, [])
    for each in found:
        try:
            ipaddress.ip_network(each)
        except ValueError as error:
            raise _wrong(name, each, _("a network such as 10.1.0.0/16")) from error
    return found


def url(
    name: str,
    default: str | _Required = REQUIRED,
    *,
    schemes: Iterable[str],
    needs_host: bool = True,
) -> SplitResult:
    """Return the variable as a split URL with one of `schemes`.

    Messages leave out user and password of the URL.
    """
    allowed = list(schemes)
    expected = _("a URL that begins with {schemes}").format(
        schemes=_(" or ").join(f"{scheme}://" for scheme in allowed)
    )
    seen = _seen(name)
    if seen is None:
        if isinstance(default, _Required):
            raise _missing(name, expected)
        seen = default
    shown = without_password(seen)
    try:
        parts = urlsplit(seen)
        _port = parts.port
    except ValueError:
        wanted = _("{expected} and has a port between 1 and 65535").format(expected=expected)
        raise _wrong(name, shown, wanted) from None
    if parts.scheme not in allowed:
        raise _wrong(name, shown, expected)
    if needs_host and not parts.hostname:
        raise _wrong(name, shown, _("{expected} and names a host").format(expected=expected))
    return parts


def path(name: str, default: Path | _Required = REQUIRED) -> Path:
    """Return the variable as an absolute path; `~` stands for the home folder."""
    seen = _seen(name)
    if seen is None:
        if isinstance(default, _Required):
            raise _missing(name, _("a path"))
        return default
    return Path(seen).expanduser().absolute()


def secret(name: str, default: str | _Required = REQUIRED) -> str:
    """Return a secret from the variable, or from the file that `NAME_FILE` points to.

    Raises `ConfigurationError` when both are set, when the file can't be read or is empty. The
    value never appears in a message.
    """
    seen = _seen(name)
    file_name = f"{name}_FILE"
    file_seen = _seen(file_name)
    if seen is not None and file_seen is not None:
        raise ConfigurationError(
            _("{name} and {file_name} are both set. Keep only one of them.").format(
                name=name, file_name=file_name
            )
        )
    if file_seen is not None:
        try:
            held = Path(file_seen).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or _("it is not a text file")
            raise ConfigurationError(
                _(
                    "{file_name} is {file!r}, but that file can't be read: {reason}. Give the path "
                    "of a readable text file that holds only the secret."
                ).format(file_name=file_name, file=file_seen, reason=reason)
            ) from None
        if not held:
            raise ConfigurationError(
                _(
                    "{file_name} is {file!r}, but that file is empty. Write the secret into it."
                ).format(file_name=file_name, file=file_seen)
            )
        return held
    if seen is None:
        if isinstance(default, _Required):
            raise ConfigurationError(
                _("{name} is not set. Set it, or set {file_name} to a file that holds it.").format(
                    name=name, file_name=file_name
                )
            )
        return default
    return seen


def without_password(address: str) -> str:
    """Return a URL with user and password replaced by `***`, for messages and logs."""
    head, separator, rest = address.partition("://")
    if not separator:
        return address
    authority, slash, tail = rest.partition("/")
    if "@" in rest:
        # A password may hold an unescaped slash: cut at the last @ of the whole address.
        tail = rest.rpartition("@")[2]
        return f"{head}://***@{tail}"
    return f"{head}://{authority}{slash}{tail}"
