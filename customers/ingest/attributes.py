"""Values of attributes: read by type, and merged by the stated rule of a conflict."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from customers.identity.conflicts import Provenance, beats, standing
from customers.ingest.facts import Change
from customers.ingest.limits import LIST_LENGTH, TEXT_LENGTH, BadFact, shown
from customers.models import Conflict, DataType

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}")

_LARGEST = 10**15


def guess_type(value: object) -> str:
    """The type of an attribute met for the first time, from its first value."""
    if isinstance(value, bool):
        return DataType.BOOLEAN.value
    if isinstance(value, int | float | Decimal):
        return DataType.NUMBER.value
    if isinstance(value, list | tuple):
        return DataType.LIST.value
    if isinstance(value, datetime) or (isinstance(value, str) and _MOMENT.match(value)):
        return DataType.DATETIME.value
    if isinstance(value, date) or (isinstance(value, str) and _DATE.fullmatch(value)):
        return DataType.DATE.value
    return DataType.TEXT.value


def read_value(code: str, data_type: str, value: Any) -> Any:
    """Return *value* as it is stored for an attribute of this type.

    Dates are "YYYY-MM-DD" and moments "YYYY-MM-DDTHH:MM:SS.ffffffZ", so that text order is time
    order. Raises BadFact with what was expected and what came.
    """
    try:
        read = _READERS[data_type](value)
    except (ValueError, TypeError, OverflowError) as error:
        if isinstance(error, BadFact):
            raise
        read = None
    if read is None:
        raise BadFact(
            _("“%(code)s” expects %(type)s, but %(value)s came.")
            % {"code": code, "type": DataType(data_type).label, "value": shown(value)}
        )
    return read


def merge(
    current: dict[str, Any],
    provenance: Provenance,
    incoming: Mapping[str, Any],
    *,
    conflicts: Mapping[str, str],
    source_id: int,
    trust: Mapping[int, int],
    at: datetime,
) -> bool:
    """Write *incoming* into *current* and *provenance*; return whether anything changed.

    A Change goes by the value that is there. The attribute's rule settles a conflict
    (customers.identity.conflicts). A value that is said
    again is held by whoever said it best, so that a later fact meets the right one. None takes the
    value back; the rule "first" knows no taking back.
    """
    changed = False
    said = [source_id, at.astimezone(UTC).isoformat()]
    for code, value in incoming.items():
        if type(value) is Change:
            value = value.of(current.get(code))
            if value == current.get(code):
                continue
        rule = conflicts.get(code, Conflict.LATEST.value)
        if value is None and rule == Conflict.FIRST:
            continue
        held = standing(code, rule, current, provenance)
        if held is not None and not beats(said, held, rule, trust, tie=True):
            continue
        if held != said:
            provenance[code] = list(said)
            changed = True
        if value is None:
            changed |= current.pop(code, None) is not None
        elif current.get(code) != value or type(current.get(code)) is not type(value):
            current[code] = value
            changed = True
    return changed


# helpers


def _text(value: Any) -> str | None:
    if type(value) is str and value.isascii() and value.isprintable() and len(value) < TEXT_LENGTH:
        return value  # nothing below can be found in it
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    text = str(value)
    if "\x00" in text:
        raise BadFact(_("A text holds a null character, which can't be stored."))
    text.encode()
    if len(text) > TEXT_LENGTH:
        raise BadFact(
            _("A text has %(count)s characters, %(most)s are allowed.")
            % {"count": len(text), "most": TEXT_LENGTH}
        )
    return text


def _number(value: Any) -> int | float | None:
    if type(value) is int and -_LARGEST <= value <= _LARGEST:
        return value
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    number = value if isinstance(value, int | float) else float(value)
    if not math.isfinite(number) or abs(number) > _LARGEST:
        return None
    return int(number) if isinstance(number, float) and number.is_integer() else number


def _boolean(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else None


def _date(value: Any) -> str | None:
    if isinstance(value, datetime):
        return None
    found = value if isinstance(value, date) else date.fromisoformat(value)
    return found.isoformat()


def _datetime(value: Any) -> str | None:
    found = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    if found.tzinfo is None:
        return None
    return found.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _list(value: Any) -> list[Any] | None:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple) or len(values) > LIST_LENGTH:
        return None
    read = [_scalar(one) for one in values]
    return None if any(one is None for one in read) else read


def _scalar(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    return _number(value) if isinstance(value, int | float) else _text(value)


_READERS = {
    DataType.TEXT.value: _text,
    DataType.NUMBER.value: _number,
    DataType.BOOLEAN.value: _boolean,
    DataType.DATE.value: _date,
    DataType.DATETIME.value: _datetime,
    DataType.LIST.value: _list,
}
