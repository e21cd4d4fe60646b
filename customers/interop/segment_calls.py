"""POST /v1/batch and the calls for one message, as Segment's and RudderStack's SDKs make them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from config.clock import utc_now
from customers.api.body import read_json
from customers.api.items import BATCH_MOST
from customers.ingest import BadFact, Item
from customers.interop.calls import (
    AGAIN_SECONDS,
    DATABASE_AWAY,
    Call,
    Refusal,
    Taken,
    basic_user,
    key_of,
    take_in,
)
from customers.interop.names import read_moment
from customers.interop.segment import Sent, previous_id, read_message
from customers.models import Identity

USER = "user_id"


class SegmentCall(Call):
    """`kind` is empty for a batch, else the type of the one message that is the body."""

    kind = ""

    def post(self, request: HttpRequest) -> HttpResponse:
        """200 when the call was read, whatever became of each message: an SDK would send a batch
        again, or drop it, as a whole. 503 while the database is away: SDKs wait and try again."""
        now = utc_now()
        body = read_json(request)
        if not isinstance(body, dict):
            raise Refusal(400, "invalid", _("An object is expected, {…}."))
        in_body = body.get("writeKey")
        tokens = (basic_user(request), in_body if isinstance(in_body, str) else "")
        try:
            key = key_of(request, tokens, now)
            taken = Taken()
            take_in(key, self.items(body, taken, now), taken, now=now)
        except DATABASE_AWAY as error:
            raise Refusal(
                503, "unavailable", _("The database is away. Try again soon."), AGAIN_SECONDS
            ) from error
        return JsonResponse({"success": True, **taken.as_json()})

    def items(self, body: Mapping[str, Any], taken: Taken, now: datetime) -> list[Item]:
        """The messages as items; what can't be read is noted."""
        messages = self.messages(body)
        sent_at = read_moment(body.get("sentAt"))
        sent = Sent(sent_at, now, _users(messages))
        items: list[Item] = []
        for index, each in enumerate(messages):
            try:
                if not isinstance(each, dict):
                    raise BadFact(_("An object is expected, {…}."))
                items.append(read_message(str(index), each, sent))
            except BadFact as error:
                taken.errors.append((index, str(error)))
        return items

    def messages(self, body: Mapping[str, Any]) -> list[Any]:
        """The messages of the body. Raises Refusal (400)."""
        if self.kind:
            return [{**body, "type": self.kind}]
        batch = body.get("batch")
        if not isinstance(batch, list) or len(batch) > BATCH_MOST:
            raise Refusal(
                400, "invalid", _("“batch” must be a list of at most %s messages.") % BATCH_MOST
            )
        return batch


# helpers


def _users(messages: list[Any]) -> set[str]:
    """Which previous ids of aliases are ids of users that we know: one query for all."""
    earlier = {previous_id(each) for each in messages if isinstance(each, dict)} - {""}
    if not earlier:
        return set()
    known = Identity.objects.filter(namespace__code=USER, value__in=sorted(earlier))
    return set(known.values_list("value", flat=True))
