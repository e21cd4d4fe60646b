"""How much one item may hold, and the checks of free-form JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

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
EARLIEST: Final = datetime(1990, 1, 1, tzinfo=UTC)
FUTURE: Final = timedelta(days=1)


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


def to_json(value: Mapping[str, Any]) -> str:
    """Return free-form properties as JSON text that PostgreSQL takes; raise BadFact otherwise."""
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
        size = len(text.encode())
    except (ValueError, TypeError) as error:
        raise BadFact(
            _("Properties can't be written as JSON: %(error)s.") % {"error": error}
        ) from error
    if size > PROPERTIES_BYTES:
        raise BadFact(
            _("Properties take %(size)s bytes, %(most)s are allowed.")
            % {"size": size, "most": PROPERTIES_BYTES}
        )
    if "\\u0000" in text and has_null(value):
        raise BadFact(_("Properties hold a null character, which can't be stored."))
    return text


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
    if isinstance(value, Decimal) and value.is_finite():
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(type(value).__name__)
