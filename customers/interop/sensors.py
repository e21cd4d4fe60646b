"""The messages of the Sensors Analytics (神策) data API, as its SDKs send them.

Reference: the public description of the data format, and recordings of SensorsAnalyticsSDK
(Python) and sa-sdk-node.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs

from django.utils.translation import gettext as _

from customers.ingest import BadFact, Change, EventFact, How, Item
from customers.interop.names import code_of, moment_of, object_at, text_of, traits_of

UNPACKED_MOST: Final = 16 * 1024 * 1024
EVENTS: Final = ("track", "track_signup", "track_id_bind", "track_id_unbind")
# Facts about products, which are no customers: answered, not kept.
ITEMS: Final = ("item_set", "item_delete")
_CHANGES: Final = {
    "profile_set_once": How.ONCE,
    "profile_increment": How.ADD,
    "profile_append": How.APPEND,
}
PROFILES: Final = ("profile_set", "profile_unset", "profile_delete", *_CHANGES)
# Kinds of identity of ID-Mapping 3.0, by ours.
_IDENTITIES: Final = {
    "$identity_login_id": "user_id",
    "$identity_mobile": "phone",
    "$identity_email": "email",
    "$identity_anonymous_id": "device",
    "$identity_cookie_id": "device",
    "$identity_android_id": "device",
    "$identity_idfv": "device",
    "$identity_mp_openid": "openid",
    "$identity_mp_unionid": "unionid",
}
_NOT_KEPT: Final = ("$is_login_id", "$lib", "$lib_version", "$lib_method", "$lib_detail")


class Unreadable(ValueError):
    """A body that is none of this format; the text is a sentence."""


def read_body(text: str) -> list[Any]:
    """The messages of a call's form: `data` is one, `data_list` a list of them, each packed as
    base64 of gzip of JSON. Raises Unreadable."""
    try:
        form = parse_qs(text, keep_blank_values=True, max_num_fields=20)
    except ValueError as error:
        raise Unreadable(_("The body is no form of data or data_list.")) from error
    packed = (form.get("data_list") or form.get("data") or [""])[0]
    if not packed:
        raise Unreadable(_("The form needs “data” or “data_list”."))
    try:
        # A plus sign that nobody escaped has become a blank.
        raw = base64.b64decode(packed.replace(" ", "+"), validate=True)
    except binascii.Error as error:
        raise Unreadable(_("The data are not base64.")) from error
    if form.get("gzip", ["1"])[0] == "1" or raw[:2] == b"\x1f\x8b":
        raw = _unpack(raw)
    try:
        found = json.loads(raw.decode())
    except RecursionError as error:
        raise Unreadable(_("The JSON is nested too deep.")) from error
    except ValueError as error:
        raise Unreadable(_("The data are not JSON.")) from error
    return found if isinstance(found, list) else [found]


def read_message(place: str, data: Mapping[str, Any], *, now: datetime) -> Item | None:
    """One message as an item; None for those about products. Raises BadFact.

    `profile_delete` becomes an item without attributes: whoever calls knows which there are.
    """
    kind = data.get("type")
    if kind in ITEMS:
        return None
    if kind not in EVENTS and kind not in PROFILES:
        known = ", ".join((*EVENTS, *PROFILES, *ITEMS))
        raise BadFact(
            _("“type” is one of %(known)s, but %(value)s came.")
            % {"known": known, "value": repr(kind)[:40]}
        )
    properties = object_at(data, "properties")
    who = identities_of(data)
    if kind in EVENTS:
        return Item(place, identities=who, events=[_event(str(kind), data, properties, now)])
    if kind == "profile_set":
        named, attributes = traits_of(properties)
        return Item(place, identities=[*who, *named], attributes=_kept(attributes))
    if kind == "profile_unset":
        return Item(place, identities=who, attributes={code_of(name): None for name in properties})
    changes = {}
    if kind in _CHANGES:
        named, values = traits_of(properties)
        who += named
        changes = {
            code: Change(_CHANGES[str(kind)], value)
            for code, value in _kept(values).items()
            if value is not None
        }
    return Item(place, identities=who, changes=changes)


def identities_of(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Who the message is about. A distinct_id is a login id when the message says so or when it
    joins one with the id before (`track_signup`); else it is a device."""
    pairs: list[tuple[str, str]] = []
    is_signup = data.get("type") == "track_signup"
    is_login = bool(object_at(data, "properties").get("$is_login_id")) or is_signup
    named = object_at(data, "identities")
    for theirs, value in named.items():
        if (space := _IDENTITIES.get(theirs)) and (text := text_of(value)):
            pairs.append((space, text))
    # Beside identities it repeats one of them.
    if not pairs and (text := text_of(data.get("distinct_id"))):
        pairs.append(("user_id" if is_login else "device", text))
    if is_signup and (before := text_of(data.get("original_id"))):
        pairs.append(("device", before))
    return pairs


# helpers


def _event(
    kind: str, data: Mapping[str, Any], properties: Mapping[str, Any], now: datetime
) -> EventFact:
    name = data.get("event")
    if not isinstance(name, str):
        raise BadFact(_("“event” must be the name of what happened."))
    kept = {key: value for key, value in properties.items() if key not in _NOT_KEPT}
    key = ""
    if (track := data.get("_track_id")) is not None:
        # The number is random and short: with person and moment it is one message's own.
        key = f"sa:{text_of(track)}:{data.get('time')}:{data.get('distinct_id')}"[:200]
    at = moment_of(data.get("time"), sent_at=None, now=now)
    return EventFact({"track_signup": "signed_up"}.get(kind, name), at, kept, key)


def _kept(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {code: value for code, value in attributes.items() if code != "is_login_id"}


def _unpack(raw: bytes) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        body = unpacker.decompress(raw, UNPACKED_MOST + 1)
    except zlib.error as error:
        raise Unreadable(_("The data are not gzip, though the form says so.")) from error
    if len(body) > UNPACKED_MOST or unpacker.unconsumed_tail:
        raise Unreadable(_("The data take more than 16 MB when they are unpacked."))
    if not unpacker.eof:
        raise Unreadable(_("The gzip of the data is cut off."))
    return body
