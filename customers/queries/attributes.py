"""Attributes of a customer in words, and the one line that says who she is."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from customers import formats
from customers.models import Attribute, Customer, Source
from customers.models.attribute import DataType
from customers.personal import is_personal_name, kind_of

GENDERS = {"f": "f", "female": "f", "女": "f", "m": "m", "male": "m", "男": "m"}


def attributes_of(customer: Customer, *, unmask: bool) -> list[dict[str, Any]]:
    """Attributes with their value, source and time, by name; two queries."""
    codes = list(customer.attributes)
    known = {each.code: each for each in Attribute.objects.filter(code__in=codes)}
    sources = {each.pk: each for each in Source.objects.all()}
    rows = []
    for code, value in customer.attributes.items():
        if value in (None, "", []):
            continue
        definition = known.get(code)
        source_id, at = customer.provenance.get(code, [None, None])
        is_personal = definition.is_personal if definition else is_personal_name(code)
        hidden = is_personal and not unmask
        data_type = definition.data_type if definition else ""
        rows.append(
            {
                "code": code,
                "is_defined": definition is not None,
                "name": definition.title if definition else code,
                "value": masked_value(code, value) if hidden else say(code, value, data_type),
                "source": sources.get(source_id, ""),
                "at": datetime.fromisoformat(at) if at else None,
            }
        )
    return sorted(rows, key=lambda row: str(row["name"]).casefold())


def in_a_line(customer: Customer, now: datetime, *, unmask: bool) -> list[str]:
    """What one says first of a person: woman, 31, Hangzhou, her clock. Only what is known."""
    found = []
    known = customer.attributes
    if gender := GENDERS.get(str(known.get("gender", "")).casefold()):
        found.append(_gender(gender))
    born = _date(known.get("birthday"))
    if born and unmask:
        today = now.date()
        age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
        found.append(ngettext("%(n)s year old", "%(n)s years old", age) % {"n": age})
    if city := known.get("city"):
        found.append(str(city))
    try:
        local = now.astimezone(ZoneInfo(customer.timezone)) if customer.timezone else None
    except (ZoneInfoNotFoundError, ValueError):
        local = None
    if local is not None:
        clock = f"{local.hour}:{local.minute:02d}"
        found.append(_("local time %(clock)s") % {"clock": clock})
    return found


def say(code: str, value: Any, data_type: str = "") -> str:
    """A value in the reader's words."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, int | float):
        return formats.number(value, 0 if value == int(value) else 2)
    if data_type == DataType.DATE and (born := _date(value)):
        return formats.day(born)
    if code == "gender" and (gender := GENDERS.get(str(value).casefold())):
        return _gender(gender)
    if code == "language":
        return str(dict(settings.LANGUAGES).get(str(value), value))
    return str(value)


def masked_value(code: str, value: Any) -> str:
    """A personal value as those see it who may not read it."""
    return formats.masked(str(value), kind_of(code))


# helpers


def _gender(code: str) -> str:
    return pgettext("gender", "woman") if code == "f" else pgettext("gender", "man")


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
