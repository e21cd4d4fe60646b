"""Names and values of other systems as ours: codes of attributes, identities, moments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from customers.identity.normalise import NotAnIdentity, normalise
from customers.ingest import BadFact
from customers.models import Normaliser

CODE_LENGTH: Final = 40
# A device's clock is corrected when it is off by more than a slow network explains.
CLOCK_SLACK: Final = timedelta(seconds=30)
_HUMP: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_NO_CODE: Final = re.compile(r"[^a-z0-9]+")
# What other systems call an attribute that has a name of its own here.
_OURS: Final = {
    "language": "language",
    "locale": "language",
    "lang": "language",
    "time_zone": "timezone",
    "timezone": "timezone",
    "birthdate": "birthday",
    "birth_date": "birthday",
    "date_of_birth": "birthday",
    "full_name": "name",
    "nickname": "name",
    "nick_name": "name",
}
# Traits that say who she is, by our kind of identity; one that can't be read stays an attribute.
_SAYS_WHO: Final = {"email": Normaliser.EMAIL, "phone": Normaliser.PHONE}
_WHO: Final = {
    "email": "email",
    "e_mail": "email",
    "phone": "phone",
    "phone_number": "phone",
    "mobile": "phone",
}


def code_of(name: str) -> str:
    """The code of an attribute: `VipLevel`, `vip-level` and `$vip_level` are all vip_level; empty
    when no letter is left, as of 名称."""
    code = _NO_CODE.sub("_", _HUMP.sub("_", name).lower()).strip("_").lstrip("0123456789_")
    code = code[:CODE_LENGTH].rstrip("_")
    return _OURS.get(code, code)


def traits_of(traits: Mapping[str, Any]) -> tuple[list[tuple[str, str]], dict[str, Any]]:
    """(identities, attributes) of what is said of a person. Objects are taken apart one level deep
    (`address.city` becomes address_city); what has no form here is left out."""
    who: list[tuple[str, str]] = []
    attributes: dict[str, Any] = {}
    for code, value in _flat(traits):
        space = _WHO.get(code)
        if space is not None and isinstance(value, str):
            try:
                normalise(_SAYS_WHO[space], value)
            except NotAnIdentity:
                pass
            else:
                who.append((space, value))
                continue
        attributes[code] = value
    if "name" not in attributes:
        parts = [attributes.get(part) for part in ("first_name", "last_name")]
        if name := " ".join(part for part in parts if isinstance(part, str) and part):
            attributes["name"] = name
    return who, attributes


def moment_of(value: object, *, sent_at: datetime | None, now: datetime) -> datetime | None:
    """The moment that a message names, in UTC; None when it names none that can be read.

    `sent_at` is what the sender's clock showed when it sent: how much that is off is taken away
    from the moment. What is then still ahead of now happened now.
    """
    found = read_moment(value)
    if found is None:
        return None
    if sent_at is not None and abs(skew := now - sent_at) > CLOCK_SLACK:
        found += skew
    return min(found, now)


def read_moment(value: object) -> datetime | None:
    """A text of ISO 8601 or milliseconds since 1970, in UTC; without a zone it is meant in UTC."""
    try:
        if isinstance(value, str):
            found = datetime.fromisoformat(value.strip())
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found = datetime.fromtimestamp(value / 1000, UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def text_of(value: object) -> str:
    """An id as a text; empty when there is none. Raises BadFact for an object or a list."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadFact(_("An id must be a text, but %(value)s came.") % {"value": repr(value)[:60]})
    return str(value)


def object_at(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The object at *key*, empty when there is none. Raises BadFact for anything else."""
    value = data.get(key)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise BadFact(
            _("“%(key)s” must be an object, {…}, but %(value)s came.")
            % {"key": key, "value": repr(value)[:60]}
        )
    return value


# helpers


def _flat(traits: Mapping[str, Any]) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in traits.items():
        pairs = (
            [(f"{name}_{inner}", each) for inner, each in value.items()]
            if isinstance(value, dict)
            else [(name, value)]
        )
        for each, inner in pairs:
            code = code_of(each)
            if code and _has_form(inner):
                found.append((code, inner))
    return found


def _has_form(value: object) -> bool:
    if isinstance(value, list):
        return all(isinstance(one, str | int | float) for one in value)
    return value is None or isinstance(value, str | int | float | bool | date)
