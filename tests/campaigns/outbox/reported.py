"""Messages that were sent, and what their customers' events tell of them."""

from __future__ import annotations

from datetime import datetime

from campaigns.gate import decide
from campaigns.models import Message
from campaigns.outbox import dispatch
from customers.models import Customer, Event
from tests.campaigns.making import Shop, make_candidate, make_customers


def sent(shop: Shop, now: datetime, n: int = 1, channel: str = "email") -> list[Message]:
    people = make_customers(shop, n, now)
    for each in people:
        make_candidate(shop, each, now, channel=channel)
    decide(now)
    dispatch(now)
    return list(Message.objects.filter(customer__in=people).order_by("pk"))


def names_of(customer: Customer) -> list[str]:
    return list(
        Event.objects.filter(customer=customer)
        .order_by("occurred_at", "id")
        .values_list("event_type__code", flat=True)
    )
