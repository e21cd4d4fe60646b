"""The world of a simulation: one journey, one customer, and what engine and gate work on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connection

from campaigns.gate import limits, work
from config.database.apart import apart
from customers.ingest import Batch, ConsentFact, Item, Refused, TagFact, ingest
from customers.ingest.events import INGESTED
from customers.models import Brand, Customer, Segment, SegmentMember
from customers.rules import evaluate, read_rule
from customers.segments.hearing import MOVES
from journeys.actions.publish import set_triggers, take_over, ways_of
from journeys.engine.history import way_ids
from journeys.engine.versions import Version, read_versions
from journeys.graph.schema import Graph
from journeys.models import Journey, JourneyVersion
from journeys.nodes import REGISTRY
from journeys.simulation.script import Invented, Script

SOURCE: Final = "simulation"
# Beyond every number that a database gives away: nothing real has one of these, so that no link of
# a simulated message leads anywhere, and no draft is taken for another.
FIRST_MESSAGE: Final = 850_000_000_000_000_000
FIRST: Final = 2**61
MOST_EVENTS: Final = 20_000
SAMPLE_CODES: Final = 20
# Of a crowd, how far back events are known, and how many at most.
LOOKED_BACK: Final = "100 days"
MOST_OF_ALL: Final = 300_000
LARGE: Final = (
    "customers_customer", "customers_identity", "customers_event", "customers_consent",
    "customers_customertag", "customers_segmentmember", "campaigns_message", "journeys_enrollment",
)  # fmt: skip

# What is written on the way, and which rows of it are there when it begins: hers, up to then.
_HERS: Final = "t.customer_id = %(customer)s"
TABLES: Final[Mapping[str, str]] = {
    "customers_customer": "t.id = %(customer)s",
    "customers_identity": _HERS,
    "customers_sighting": _HERS,
    "customers_consent": _HERS,
    "customers_consentchange": "",
    "customers_customertag": _HERS,
    "customers_tagchange": "",
    "customers_tagdirty": "",
    "customers_segment": "true",
    "customers_segmentmember": _HERS,
    "customers_bitchange": "",
    "customers_bitdue": "",
    "customers_event": f"{_HERS} AND t.occurred_at <= %(start)s"
    f" ORDER BY t.occurred_at DESC LIMIT {MOST_EVENTS}",
    "customers_eventkey": "",
    "customers_eventschema": "",  # whatever is thrown in is taken in
    "customers_eventtype": "true",
    "customers_namespace": "true",
    "customers_source": "true",
    "customers_tag": "true",
    "customers_attribute": "true",
    "customers_mergereview": "",
    "campaigns_bucket": "true",
    "campaigns_candidate": "",
    "campaigns_channelaccount": "true",
    "campaigns_confirmation": "",
    "campaigns_decision": "",
    "campaigns_experiment": "t.journey_id = %(journey)s",
    "campaigns_inappmessage": "",
    "campaigns_message": f"{_HERS} AND t.accepted_at <= %(start)s AND t.next_attempt_at IS NULL",
    "campaigns_offer": "true",
    "campaigns_offercode": f"{_HERS} OR t.id IN (SELECT c.id FROM {{home}}.campaigns_offer o"
    " CROSS JOIN LATERAL (SELECT f.id FROM {home}.campaigns_offercode f WHERE f.offer_id = o.id"
    f" AND f.issued_at IS NULL ORDER BY f.id LIMIT {SAMPLE_CODES}) c WHERE o.brand_id = %(brand)s)",
    "campaigns_quotause": "true",
    "campaigns_recordedmessage": "",
    "campaigns_shortlink": "",
    "campaigns_suppression": f"{_HERS} OR t.value <> '' AND t.value = ANY(%(addresses)s)",
    "campaigns_task": "",
    "campaigns_verdictcount": "",
    "campaigns_waitingreport": "",
    "journeys_audienceentry": "",
    "journeys_bucket": "true",
    "journeys_delivery": "",
    "journeys_enrollment": "",
    "journeys_entrant": "",
    "journeys_entrytally": "",
    "journeys_eventtrigger": "",
    "journeys_heldtimer": "",
    "journeys_journey": "t.id = %(journey)s",
    "journeys_journeyversion": "",
    "journeys_listener": "",
    "journeys_nodecount": "",
    "journeys_stretch": "",
    "journeys_subscription": "",  # nobody is told
    "journeys_throttle": "",
    "journeys_timer": "",
    "journeys_triggerclock": "",
    "journeys_triggerrun": "",
    "journeys_way": "",
    "journeys_webhookcall": "",
    "django_celery_beat_clockedschedule": "",
    "django_celery_beat_crontabschedule": "",
    "django_celery_beat_periodictask": "",
    "django_celery_beat_periodictasks": "",
}
# Real codes are worth money, and are none of a reader's business.
_SAMPLES: Final = "UPDATE campaigns_offercode SET code = 'SAMPLE-' || id"
VIEWS: Final = ("journeys_due", "journeys_step")


@dataclass(frozen=True)
class World:
    """What the simulation works with, inside of `open_world`."""

    cursor: Any
    journey: Journey
    version: Version
    customer_id: int
    refused: Refused | None  # what the door said of an invented customer

    @property
    def brand(self) -> Brand:
        """The brand whose journey it is."""
        return self.journey.brand


@contextmanager
def open_world(
    journey: Journey,
    content: Mapping[str, Any],
    graph: Graph,
    script: Script,
    *,
    seconds: float,
) -> Iterator[World]:
    """A world in which *graph*, written as *content*, has just been published as *journey*.

    *journey* may be one that was never saved. It is gone after the block. No
    statement takes longer than *seconds*.
    """
    who = script.customer
    customer_id = FIRST + who.draw if isinstance(who, Invented) else who
    values = {
        "customer": customer_id,
        "start": script.start,
        "journey": journey.pk,
        "brand": journey.brand_id,
        "addresses": _addresses(who, customer_id),
    }
    temporary = (INGESTED, MOVES, work.TABLES, limits.TABLES)
    told: list[Refused] = []

    def fill(cursor: Any) -> None:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('pg_temp.campaigns_message', 'id'), %s)",
            [FIRST_MESSAGE],
        )
        cursor.execute(_SAMPLES)
        _publish(journey, content, graph, script.start)

    with apart(
        TABLES, values, views=VIEWS, temporary=temporary, fill=fill, seconds=seconds
    ) as cursor:
        if isinstance(who, Invented):
            told = _invent(journey.brand_id, customer_id, who, graph, script.start)
        held = Journey.objects.select_related("brand", "current").get(code=journey.code)
        version = read_versions([held.current_id or 0])[held.current_id or 0]
        yield World(cursor, held, version, customer_id, told[0] if told else None)


@contextmanager
def open_crowd(
    journey: Journey,
    content: Mapping[str, Any],
    graph: Graph,
    ids: Sequence[int],
    start: datetime,
    *,
    seconds: float,
) -> Iterator[World]:
    """The same with many real customers, who have their earlier walks through this journey."""
    values = {
        "ids": list(ids),
        "start": start,
        "journey": journey.pk,
        "brand": journey.brand_id,
        "addresses": _with_domains(_values_of(ids)),
    }
    tables = {
        name: condition.replace("= %(customer)s", "= ANY(%(ids)s)")
        for name, condition in TABLES.items()
    }
    tables["customers_event"] = (
        "t.customer_id = ANY(%(ids)s) AND t.occurred_at <= %(start)s"
        f" AND t.occurred_at > %(start)s - interval '{LOOKED_BACK}' LIMIT {MOST_OF_ALL}"
    )
    tables["journeys_enrollment"] = "t.journey_id = %(journey)s AND t.customer_id = ANY(%(ids)s)"

    def fill(cursor: Any) -> None:
        cursor.execute(f"ANALYZE {', '.join(f'pg_temp.{name}' for name in LARGE)}")
        cursor.execute(_SAMPLES)
        _publish(journey, content, graph, start)

    temporary = (INGESTED, MOVES, work.TABLES, limits.TABLES)
    with apart(
        tables, values, views=VIEWS, temporary=temporary, fill=fill, seconds=seconds
    ) as cursor:
        held = Journey.objects.select_related("brand", "current").get(code=journey.code)
        version = read_versions([held.current_id or 0])[held.current_id or 0]
        yield World(cursor, held, version, 0, None)


# helpers


def _addresses(who: Invented | int, customer_id: int) -> list[str]:
    """Hers and their domains, which may be suppressed."""
    if isinstance(who, Invented):
        return _with_domains([value for _space, value in who.identities])
    return _with_domains(_values_of([customer_id]))


def _values_of(ids: Sequence[int]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT value FROM customers_identity WHERE customer_id = ANY(%s)", [list(ids)]
        )
        return [value for (value,) in cursor.fetchall()]


def _with_domains(values: Sequence[str]) -> list[str]:
    domains = [value.rpartition("@")[2].lower() for value in values if "@" in value]
    return list(dict.fromkeys([*values, *(value.lower() for value in values), *domains]))


def _publish(journey: Journey, content: Mapping[str, Any], graph: Graph, start: datetime) -> None:
    """What publishing writes, for this one journey."""
    text = json.dumps([content, start.isoformat(), journey.brand_id], sort_keys=True, default=str)
    # The engine keeps what it has read of a version by its number: the same text has the same one.
    number = FIRST + int.from_bytes(hashlib.sha256(text.encode()).digest()[:7])
    held = Journey.objects.select_related("brand").filter(pk=journey.pk).first()
    if held is None:
        held = Journey(pk=FIRST, brand=journey.brand, code=journey.code, name=graph.name)
        held.save(force_insert=True)
    version = JourneyVersion.objects.create(
        pk=number, journey=held, number=1, graph=dict(content), published_at=start
    )
    set_triggers(held, version, graph, start)
    way_ids(ways_of(graph))
    for kind in REGISTRY.values():
        kind.stand([node for node in graph.nodes.values() if type(node) is kind], version, start)
    held.state = "draft"
    take_over(held, version, graph)


def _invent(
    brand_id: int, customer_id: int, who: Invented, graph: Graph, start: datetime
) -> list[Refused]:
    """Let her come in by the door, as anybody does."""
    Customer.objects.create(
        pk=customer_id,
        created_at=start,
        is_known=True,
        brand_ids=[brand_id],
    )
    item = Item(
        "customer",
        customer_id=customer_id,
        identities=who.identities,
        attributes=who.attributes,
        tags=[TagFact(code, value) for code, value in who.tags],
        consents=[
            ConsentFact(channel, purpose, state, at=start)
            for channel, purpose, state in who.consents
        ],
    )
    if who.identities or who.attributes or who.tags or who.consents:
        done = ingest(Batch(SOURCE, [item], brand_id=brand_id, source_kind="journey"), now=start)
        if done.refused:
            return done.refused
    _join_segments(customer_id, who, graph, start)
    return []


def _join_segments(customer_id: int, who: Invented, graph: Graph, start: datetime) -> None:
    """She is in the segments that she was put into, and in those whose rule she fits."""
    named = {
        reference.code
        for node in graph.nodes.values()
        for reference in node.refers()
        if reference.noun == "segment"
    }
    text = json.dumps([dict(rule) for node in graph.nodes.values() for _s, rule in node.rules()])
    joined = []
    for segment in Segment.objects.all():
        if segment.code in who.segments:
            joined.append(segment)
        elif segment.code in named or f'"{segment.code}"' in text:
            rule, _problems = read_rule(segment.rule) if segment.rule else (None, [])
            if rule is not None and evaluate(rule, [customer_id], now=start):
                joined.append(segment)
    SegmentMember.objects.bulk_create(
        [
            SegmentMember(segment_id=segment.pk, customer_id=customer_id, since=start)
            for segment in joined
        ]
    )
