"""Objects of the API as items of the one door; each bad one becomes an error with its index."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from customers.api.problems import bad_request
from customers.ingest import BadFact, ConsentFact, EventFact, Item, TagFact

BATCH_MOST = 2_000
EVENT_FIELDS = ("event", "customer", "occurred_at", "properties", "key", "attributes")
CUSTOMER_FIELDS = ("customer", "attributes", "tags", "consents")

Reader = Callable[[str, Mapping[str, Any]], Item]


def objects_of(body: object) -> list[Any]:
    """The objects of a call: the one, or those of {"batch": […]}. Raises a Problem (400)."""
    if not isinstance(body, dict):
        raise bad_request(_('An object or {"batch": […]} is expected.'))
    if "batch" not in body:
        return [body]
    batch = body["batch"]
    if not isinstance(batch, list) or not batch:
        raise bad_request(_("“batch” must be a list with at least one object."))
    if len(batch) > BATCH_MOST:
        raise bad_request(
            _("A batch holds at most %(most)s objects, this one has %(count)s.")
            % {"most": BATCH_MOST, "count": len(batch)}
        )
    return batch


def read_all(objects: list[Any], read: Reader) -> tuple[list[Item], list[tuple[int, str]]]:
    """(items whose place is their index, errors by index)."""
    items, errors = [], []
    for index, each in enumerate(objects):
        try:
            if not isinstance(each, dict):
                raise BadFact(_("An object is expected, {…}."))
            items.append(read(str(index), each))
        except BadFact as error:
            errors.append((index, str(error)))
    return items, errors


def read_event(place: str, data: Mapping[str, Any]) -> Item:
    """One object of POST /api/v1/events. Raises BadFact."""
    _only(data, EVENT_FIELDS)
    event = EventFact(
        name=_typed(data, "event", str, ""),
        occurred_at=_moment(data, "occurred_at"),
        properties=_typed(data, "properties", dict, {}),
        key=_typed(data, "key", str, ""),
    )
    return Item(
        place,
        identities=_identities(data),
        attributes=_typed(data, "attributes", dict, {}),
        events=[event],
    )


def read_customer(place: str, data: Mapping[str, Any]) -> Item:
    """One object of POST /api/v1/customers. Raises BadFact."""
    _only(data, CUSTOMER_FIELDS)
    return Item(
        place,
        identities=_identities(data),
        attributes=_typed(data, "attributes", dict, {}),
        tags=_tags(data.get("tags")),
        consents=[_consent(each) for each in _typed(data, "consents", list, [])],
    )


# helpers


def _only(data: Mapping[str, Any], known: tuple[str, ...]) -> None:
    unknown = [key for key in data if key not in known]
    if unknown:
        raise BadFact(
            _("“%(key)s” is not known here. Expected are: %(known)s.")
            % {"key": unknown[0][:40].replace("\x00", "?"), "known": ", ".join(known)}
        )


def _typed(data: Mapping[str, Any], key: str, kind: type, default: Any) -> Any:
    value = data.get(key)
    if value is None:
        return default
    if not isinstance(value, kind):
        names: dict[type, str] = {
            str: _("a text"),
            dict: _("an object, {…}"),
            list: _("a list, […]"),
        }
        raise BadFact(
            _("“%(key)s” must be %(kind)s, but %(value)s came.")
            % {"key": key, "kind": names[kind], "value": repr(value)[:60]}
        )
    return value


def _moment(data: Mapping[str, Any], key: str) -> datetime | None:
    text = _typed(data, key, str, None)
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise BadFact(
            _("“%(key)s” is written as 2026-01-31T09:30:00+08:00, but %(value)s came.")
            % {"key": key, "value": repr(text)[:60]}
        ) from error


def _identities(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """{"phone": "…", "openid": ["…", "…"]} as pairs."""
    pairs = []
    for space, value in _typed(data, "customer", dict, {}).items():
        if value is not None:
            pairs += [(space, each) for each in (value if isinstance(value, list) else [value])]
    return pairs


def _tags(value: Any) -> list[TagFact]:
    """["vip"] or {"tier": "gold", "vip": true, "old": null} (null takes the tag away)."""
    if value is None:
        return []
    if isinstance(value, list) and all(isinstance(code, str) for code in value):
        return [TagFact(code) for code in value]
    if not isinstance(value, dict):
        raise BadFact(_('“tags” is a list of codes, or an object such as {"tier": "gold"}.'))
    facts = []
    for code, one in value.items():
        if one is None or one is False:
            facts.append(TagFact(code, added=False))
        elif one is True:
            facts.append(TagFact(code))
        elif isinstance(one, str | int | float):
            facts.append(TagFact(code, str(one)))
        elif isinstance(one, list) and all(isinstance(each, str) for each in one):
            facts += [TagFact(code, each) for each in one]
        else:
            raise BadFact(
                _("The value of a tag is a text, a number, a list of texts, true or null.")
            )
    return facts


def _consent(value: Any) -> ConsentFact:
    if not isinstance(value, dict):
        raise BadFact(_("A consent is an object with channel, purpose and state."))
    _only(value, ("channel", "purpose", "state", "at", "wording", "proof"))
    return ConsentFact(
        channel=_typed(value, "channel", str, ""),
        purpose=_typed(value, "purpose", str, ""),
        state=_typed(value, "state", str, ""),
        at=_moment(value, "at"),
        wording=_typed(value, "wording", str, ""),
        proof=_typed(value, "proof", dict, {}),
    )
