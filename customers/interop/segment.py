"""The messages of the Segment HTTP API, as Segment's and RudderStack's SDKs send them.

Reference: the public specification of Segment's HTTP tracking API, and recordings of
segment-analytics-python, @segment/analytics-node, rudder-sdk-python and
@rudderstack/rudder-sdk-node.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _

from customers.ingest import BadFact, EventFact, Item
from customers.interop.names import moment_of, object_at, read_moment, text_of, traits_of

TYPES: Final = ("identify", "track", "page", "screen", "group", "alias")
_OF_VIEWS: Final = {"page": "page_viewed", "screen": "screen_viewed"}
_OF_CONTEXT: Final = (("locale", "language"), ("timezone", "timezone"))


@dataclass(frozen=True, slots=True)
class Sent:
    """What a call says of all its messages: when it was sent by the sender's clock, when it came,
    and which previous ids of aliases are ids of signed-in users."""

    at: datetime | None
    now: datetime
    users: Set[str] = frozenset()


def read_message(place: str, data: Mapping[str, Any], sent: Sent) -> Item:
    """One message as an item. Raises BadFact with a sentence for its sender.

    The userId is our user_id, the anonymousId a device. `messageId` is the idempotency key: an SDK
    sends it again when it tries again.
    """
    kind = data.get("type")
    if kind not in TYPES:
        raise BadFact(
            _("“type” is one of %(known)s, but %(value)s came.")
            % {"known": ", ".join(TYPES), "value": repr(kind)[:40]}
        )
    context = object_at(data, "context")
    who = _ids(data)
    attributes: dict[str, Any] = {}
    if kind == "identify":
        traits = {**object_at(context, "traits"), **object_at(data, "traits")}
        named, attributes = traits_of(traits)
        who += named
        for theirs, ours in _OF_CONTEXT:
            if isinstance(context.get(theirs), str):
                attributes.setdefault(ours, context[theirs])
    elif kind == "alias":
        who += previous(data, sent.users)
    elif kind == "group":
        _named, of_group = traits_of(object_at(data, "traits"))
        attributes = {f"group_{code}"[:40]: value for code, value in of_group.items()}
        attributes["group_id"] = text_of(data.get("groupId")) or None
    return Item(place, identities=who, attributes=attributes, events=_events(kind, data, sent))


def previous_id(data: Mapping[str, Any]) -> str:
    """The previous id of an alias; empty for other messages and when it can't be read."""
    try:
        return text_of(data.get("previousId")) if data.get("type") == "alias" else ""
    except BadFact:
        return ""


def previous(data: Mapping[str, Any], users: Set[str]) -> list[tuple[str, str]]:
    """The identity that was used before: of a user when we know such a one, else a device."""
    earlier = text_of(data.get("previousId"))
    if not earlier:
        raise BadFact(_("An alias needs “previousId”, the id that was used before."))
    return [("user_id" if earlier in users else "device", earlier)]


# helpers


def _ids(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    pairs = (("user_id", text_of(data.get("userId"))), ("device", text_of(data.get("anonymousId"))))
    return [(space, value) for space, value in pairs if value]


def _events(kind: str, data: Mapping[str, Any], sent: Sent) -> list[EventFact]:
    properties = dict(object_at(data, "properties"))
    if kind == "track":
        name = data.get("event")
        if not isinstance(name, str):
            raise BadFact(_("“event” must be the name of what happened."))
    elif kind in _OF_VIEWS:
        name = _OF_VIEWS[kind]
        for key in ("name", "category"):
            if isinstance(data.get(key), str) and data[key]:
                properties.setdefault(key, data[key])
    else:
        return []
    said = data.get("timestamp")
    if said is not None:
        # The specification's timestamp is already right by the sender's word.
        at = moment_of(said, sent_at=None, now=sent.now)
    else:
        sent_at = read_moment(data.get("sentAt")) or sent.at
        at = moment_of(data.get("originalTimestamp"), sent_at=sent_at, now=sent.now)
    return [EventFact(name, at, properties, text_of(data.get("messageId")))]
