"""POST /sa and /debug, as the SDKs of Sensors Analytics (神策) make them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import F, Func
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from config.clock import utc_now
from customers.api.body import read_text
from customers.api.items import BATCH_MOST
from customers.ingest import BadFact, Item
from customers.interop import spool
from customers.interop.calls import DATABASE_AWAY, Call, Refusal, Taken, key_of, take_in
from customers.interop.sensors import Unreadable, identities_of, read_body, read_message
from customers.models import ApiKey, Customer


class SensorsCall(Call):
    """The key is the `token` of the address. While the database is away messages wait on disk: an
    SDK that is answered 5xx loses them, and one of them stops sending at all."""

    is_debug = False

    def post(self, request: HttpRequest) -> HttpResponse:
        """200 as soon as the call was read and its messages lie on disk."""
        now = utc_now()
        token = request.GET.get("token", "")
        try:
            messages = read_body(read_text(request))
        except Unreadable as error:
            raise Refusal(400, "invalid", str(error)) from error
        if len(messages) > BATCH_MOST:
            raise Refusal(400, "invalid", _("A call holds at most %s messages.") % BATCH_MOST)
        try:
            key = key_of(request, [token], now)
            if self.is_debug and request.headers.get("Dry-Run", "").lower() == "true":
                return JsonResponse({"success": True, **tried(messages, now).as_json()})
            taken = take_messages(key, messages, now)
        except DATABASE_AWAY:
            if not spool.looks_like_a_key(token):
                raise Refusal(401, "invalid_key", _("The address needs a token.")) from None
            spool.keep(token, messages, now)
            return JsonResponse({"success": True, "waiting": len(messages)})
        spool.drain_soon()
        return JsonResponse({"success": True, **taken.as_json()})


def tried(messages: list[Any], now: datetime) -> Taken:
    """What can be read of the messages; nothing is stored."""
    taken = Taken()
    taken.accepted = len(_items(messages, taken, now))
    return taken


def take_messages(key: ApiKey, messages: list[Any], now: datetime, *, salt: str = "") -> Taken:
    """Take in the messages of a call. Raises OperationalError when the database is away.

    With `salt`, which names the call, an event without a key of its own gets one: the call may be
    taken in twice, and its events are not doubled.
    """
    taken = Taken()
    items = _items(messages, taken, now)
    if salt:
        items = [_with_keys(item, salt) for item in items]
    take_in(key, _with_deletions(items, messages), taken, now=now)
    return taken


# helpers


def _items(messages: list[Any], taken: Taken, now: datetime) -> list[Item]:
    items: list[Item] = []
    for index, each in enumerate(messages):
        try:
            if not isinstance(each, dict):
                raise BadFact(_("An object is expected, {…}."))
            item = read_message(str(index), each, now=now)
        except BadFact as error:
            taken.errors.append((index, str(error)))
            continue
        if item is None:
            taken.ignored += 1
        else:
            items.append(item)
    return items


def _with_keys(item: Item, salt: str) -> Item:
    return replace(
        item,
        events=[
            event if event.key else replace(event, key=f"{salt}:{item.place}")
            for event in item.events
        ],
    )


def _with_deletions(items: list[Item], messages: list[Any]) -> list[Item]:
    """`profile_delete` takes every attribute away that she has: one query for all of them."""
    gone = {
        item.place for item in items if messages[int(item.place)].get("type") == "profile_delete"
    }
    if not gone:
        return items
    who = {pair for item in items if item.place in gone for pair in item.identities}
    held = _attributes_of({value for _space, value in who})
    return [
        replace(
            item,
            attributes={
                code: None
                for pair in identities_of(messages[int(item.place)])
                for code in held.get(pair, ())
            },
        )
        if item.place in gone
        else item
        for item in items
    ]


def _attributes_of(values: set[str]) -> dict[tuple[str, str], set[str]]:
    """The codes of attributes of customers by their identities."""
    rows = (
        Customer.objects.filter(identities__value__in=sorted(values))
        .annotate(code=Func(F("attributes"), function="jsonb_object_keys"))
        .values_list("identities__namespace__code", "identities__value", "code")
    )
    held: dict[tuple[str, str], set[str]] = {}
    for space, value, code in rows:
        held.setdefault((space, value), set()).add(code)
    return held
