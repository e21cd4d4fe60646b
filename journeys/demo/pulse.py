"""A little traffic every minute, so that the demo's canvas moves. Registered by the demo alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from celery import shared_task
from django.db.models import Max
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from config.clock import utc_now
from customers.ingest import Batch, EventFact, Item, ingest
from customers.models import Brand, Identity
from journeys.demo.door import consents_of
from journeys.demo.feedback import note, reaction_to, sent_after
from journeys.demo.people import LARKFELL, YUNZHU, Person, make_person
from journeys.demo.rhythms import Happening, session
from journeys.demo.staff import answer_calls

NAME = "Demo: a little traffic"
SPACES = (f"{LARKFELL}_member", f"{YUNZHU}_member")
FIRST = 100_000
JOINS = 0.5  # of the minutes in which somebody new joins
LOOKS_BACK = timedelta(hours=30)


@shared_task(name="journeys.demo.pulse")
def pulse(customers: int, seed: int) -> int:
    """Let a few customers do something; returns the number of events."""
    return beat(customers, seed, utc_now())


def beat(customers: int, seed: int, now: datetime) -> int:
    """What happens in the minute before *now*. Does nothing when the demo is gone."""
    brands = {brand.code: brand for brand in Brand.objects.filter(code__in=(LARKFELL, YUNZHU))}
    if len(brands) < 2:
        return 0
    draw = Random(f"{seed}:pulse:{now:%Y%m%d%H%M}")
    newest = _newest()
    taken = 0
    if draw.random() < JOINS:
        taken += _joins(brands, newest + 1, seed, now)
    for _ in range(draw.randint(2, 5)):
        person = make_person(draw.randrange(max(1, min(customers, newest))), seed, now)
        brand = draw.choice(person.brands)
        number = 200_000 + int(now.timestamp()) // 60 % 1_000_000
        found = list(session(draw, person, brand, now, number))
        taken += _send(brands[brand], person, _ending(found, now), now)
    answer_calls(seed, now)
    return taken + _reactions(brands, seed, now)


def register(customers: int, seed: int) -> None:
    """Let Beat call `pulse` every minute; an admin may switch it off."""
    schedule, _ = IntervalSchedule.objects.get_or_create(every=60, period="seconds")
    PeriodicTask.objects.update_or_create(
        name=NAME,
        defaults={
            "task": "journeys.demo.pulse",
            "interval": schedule,
            "kwargs": json.dumps({"customers": customers, "seed": seed}),
            "queue": "default",
            "expire_seconds": 60,
            "description": "Made-up customers of the demo look in, join and buy.",
        },
    )


# helpers


def _newest() -> int:
    """The number of the person who joined last."""
    values = Identity.objects.filter(namespace__code__in=SPACES).aggregate(last=Max("value"))
    last = (
        Identity.objects.filter(namespace__code__in=SPACES)
        .order_by("-id")
        .values_list("value", flat=True)[:200]
    )
    numbers = [int(value[1:]) - FIRST for value in [*last, values["last"]] if value]
    return max(numbers, default=0)


def _joins(brands: dict[str, Brand], number: int, seed: int, now: datetime) -> int:
    person = make_person(number, seed, now)
    at = now - timedelta(seconds=5)
    joined = EventFact(
        "member_joined", at, {"brand": person.home, "channel": "shop"}, f"join-{number}"
    )
    item = Item(
        str(number),
        person.identities(person.home),
        attributes={**person.attributes(), "member_since": now.date().isoformat()},
        consents=consents_of(person),
        events=[joined],
    )
    brand = brands[person.home]
    return ingest(Batch(f"{brand.code}_shop", [item], brand_id=brand.pk), now=now).event_count


def _send(brand: Brand, person: Person, found: Sequence[Happening], now: datetime) -> int:
    facts = [EventFact(each.name, each.at, each.properties, each.key) for each in found]
    item = Item(str(person.number), person.identities(brand.code)[:1], events=facts)
    return ingest(Batch(f"{brand.code}_shop", [item], brand_id=brand.pk), now=now).event_count


def _ending(found: Sequence[Happening], now: datetime) -> list[Happening]:
    """*found*, moved so that the last thing has just happened."""
    if not found:
        return []
    by = now - found[-1].at
    return [
        Happening(each.at + by, each.number, each.brand, each.name, each.properties, each.key)
        for each in found
    ]


def _reactions(brands: dict[str, Brand], seed: int, now: datetime) -> int:
    """Deliveries, openings and clicks that are due; their keys keep them from coming twice."""
    sent = sent_after(0, now - LOOKS_BACK)
    members = Identity.objects.filter(
        namespace__code__in=SPACES, customer_id__in={message.customer_id for message in sent}
    )
    numbers = {
        customer_id: int(value[1:]) - FIRST
        for customer_id, value in members.values_list("customer_id", "value")
    }
    taken, reactions = 0, []
    for message in sent:
        number = numbers.get(message.customer_id)
        if number is None:
            continue
        person = make_person(number, seed, now)
        reaction = reaction_to(message, person, seed)
        if reaction is None:
            continue
        due = [each for each in reaction.happenings(number) if each.key and each.at <= now]
        due = [each for each in due if each.at > now - timedelta(minutes=10)]
        if due:
            taken += _send(brands[message.brand], person, due, now)
        reactions.append(reaction)
    note(reactions, now)
    return taken
