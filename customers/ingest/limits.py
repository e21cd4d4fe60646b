"""How much one item may hold, and the checks of free-form JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import orjson
from django.utils.translation import gettext as _

ITEMS_PER_BATCH: Final = 50_000
IDENTITIES_PER_ITEM: Final = 20
ATTRIBUTES_PER_ITEM: Final = 200
TAGS_PER_ITEM: Final = 200
CONSENTS_PER_ITEM: Final = 50
EVENTS_PER_ITEM: Final = 1_000
EVENT_NAMES_PER_BATCH: Final = 500
NAME_LENGTH: Final = 120
KEY_LENGTH: Final = 200
TEXT_LENGTH: Final = 2_000
LIST_LENGTH: Final = 100
PROPERTIES_BYTES: Final = 32 * 1024
PROPERTIES_DEPTH: Final = 8
DIGITS: Final = 300
EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
FUTURE: Final = timedelta(days=1)
# Only what JSON itself knows: moments and the like are left to `_plain`.
_STRICT: Final = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS

_BETWEEN: Final = orjson.Fragment(b"\n")


class BadFact(ValueError):
    """A fact that can't be taken in; the text is a sentence for its sender."""


def check_moment(value: datetime, now: datetime) -> datetime:
    """Return *value*; raise BadFact without a zone, before 1990 or more than a day ahead."""
    if value.tzinfo is None:
        raise BadFact(
            _("The moment %(value)s has no time zone. Write it as 2026-01-31T09:30:00+08:00.")
            % {"value": value.isoformat()}
        )
    if not EARLIEST <= value <= now + FUTURE:
        raise BadFact(
            _("The moment %(value)s is not between 1990 and tomorrow.")
            % {"value": value.isoformat()}
        )
    return value


def check_name(name: object) -> str:
    """Return the event's name; raise BadFact when it is empty, too long or unprintable."""
    if not isinstance(name, str) or not (text := name.strip()):
        raise BadFact(_("An event needs a name, such as “order paid”."))
    if len(text) > NAME_LENGTH or not text.isprintable():
        raise BadFact(
            _("The name of an event has at most %(most)s printable characters.")
            % {"most": NAME_LENGTH}
        )
    return text


def to_json(value: Mapping[str, Any]) -> bytes:
    """Return free-form properties as JSON that PostgreSQL takes; raise BadFact otherwise."""
    if type(value) is dict:
        try:
            data = orjson.dumps(value, default=_plain, option=_STRICT)
        except (ValueError, TypeError):
            data = b""
        # Whatever might be too large, too deep, no number or a null character is read carefully.
        if (
            0 < len(data) <= PROPERTIES_BYTES
            and b"null" not in data
            and b"\\u0000" not in data
            and data.count(b"{") + data.count(b"[") <= PROPERTIES_DEPTH
        ):
            return data
    return careful_json(value)


def all_to_json(values: Sequence[Mapping[str, Any]]) -> list[bytes] | None:
    """What `to_json` says of each of them, or None when one needs a closer look than all at once.

    One call for hundreds of events takes a twentieth of the time of a call for each. Between two of
    them stands a line end, which JSON never holds by itself.
    """
    if not values:
        return []
    mixed: list[object] = [_BETWEEN] * (2 * len(values))
    mixed[::2] = values
    try:
        data = orjson.dumps(mixed, default=_plain, option=_STRICT)
    except (ValueError, TypeError):
        return None
    if b"null" in data or b"\\u0000" in data or set(map(type, values)) != {dict}:
        return None
    found = data[1:-3].split(b",\n,")
    is_flat = data.count(b"{") + data.count(b"[") == len(found) + 1
    if not is_flat and any(
        each.count(b"{") + each.count(b"[") > PROPERTIES_DEPTH for each in found
    ):
        return None
    return found if len(max(found, key=len)) <= PROPERTIES_BYTES else None


def careful_json(value: Mapping[str, Any]) -> bytes:
    """As `to_json`, without its short way: every limit is looked at by itself."""
    if not isinstance(value, Mapping):
        raise BadFact(
            _("Properties must be an object, {…}, and not %(type)s.")
            % {"type": type(value).__name__}
        )
    for inner in value.values():
        if isinstance(inner, dict | list | tuple) and is_deep(inner, PROPERTIES_DEPTH - 1):
            raise BadFact(
                _("Properties are nested deeper than %(most)s levels.") % {"most": PROPERTIES_DEPTH}
            )
    try:
        text = json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
        )
        data = text.encode()
    except UnicodeEncodeError as error:
        raise BadFact(_("A text holds half a character, which can't be stored.")) from error
    except TypeError as error:
        raise BadFact(
            _("Properties hold something that JSON has no form for: %(error)s.") % {"error": error}
        ) from error
    except ValueError as error:
        raise BadFact(
            _("Properties hold a number that can't be stored, such as NaN or infinity.")
        ) from error
    if len(data) > PROPERTIES_BYTES:
        raise BadFact(
            _("Properties take %(size)s bytes, %(most)s are allowed.")
            % {"size": len(data), "most": PROPERTIES_BYTES}
        )
    if "\\u0000" in text and has_null(value):
        raise BadFact(_("Properties hold a null character, which can't be stored."))
    return data


def check_count(things: Any, most: int, name: object) -> None:
    """Raise BadFact when an item holds more than *most* of what is called *name*."""
    if len(things) > most:
        raise BadFact(
            _("An item may hold at most %(most)s %(name)s, this one has %(count)s.")
            % {"most": most, "name": name, "count": len(things)}
        )


def shown(value: object) -> str:
    """A value as it can be quoted in a sentence: short, and nothing that no answer can hold."""
    try:
        return repr(value[:60] if isinstance(value, str) else value)[:60].replace("\\x00", "␀")
    except ValueError:  # a whole number of thousands of digits
        return type(value).__name__


def named(code: object) -> str:
    """A code as it can be named in a sentence."""
    text = code[:60] if isinstance(code, str) else shown(code)
    return text.replace("\x00", "␀").encode(errors="replace").decode()


def is_unfit(text: str) -> bool:
    """Whether a text holds a null character or half a character, which no database stores."""
    return "\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text)


def is_deep(value: object, most: int) -> bool:
    """Whether lists and objects in *value* are nested deeper than *most* levels."""
    level = [value]
    for _depth in range(most + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list | tuple)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return bool(level)


def has_null(value: object) -> bool:
    """Whether any text in *value* holds the character U+0000."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, Mapping):
        return any(has_null(key) or has_null(inner) for key, inner in value.items())
    return isinstance(value, list | tuple) and any(has_null(inner) for inner in value)


# helpers


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < DIGITS:
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, Decimal):
        raise ValueError(value)
    raise TypeError(type(value).__name__)
